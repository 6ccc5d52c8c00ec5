/** A framework's own conditions on the agents that it wants offers of. */
import type { AttributeConstraint } from '../allocator.ts';
import type { AgentBook } from './agent-book.ts';
import type { Client } from './client.ts';

/** Whether the pattern (RE2) describes the whole text. The core has no such engine: it is given one. */
export type Matches = (pattern: string, text: string) => boolean;

/** Asked once per agent and client, until the agent's attributes or the client's terms change. */
export function fitsConstraints(agent: AgentBook, client: Client, matches: Matches): boolean {
  const { constraints } = client.terms;
  if (constraints === undefined || constraints.length === 0) return true;
  const known = client.fits.get(agent);
  if (known !== undefined) return known;
  const fits = constraints.some((group) => group.every((one) => holds(one, agent.attributes, matches)));
  client.fits.set(agent, fits);
  return fits;
}

function holds(
  constraint: AttributeConstraint,
  attributes: Readonly<Record<string, string>>,
  matches: Matches,
): boolean {
  const value = Object.hasOwn(attributes, constraint.attribute)
    ? attributes[constraint.attribute]
    : undefined;
  switch (constraint.is) {
    case 'exists':
      return value !== undefined;
    case 'not_exists':
      return value === undefined;
    case 'equals':
      return value === constraint.value;
    case 'not_equals':
      return value !== constraint.value;
    case 'matches':
      return value !== undefined && matches(constraint.value, value);
    case 'not_matches':
      return value === undefined || !matches(constraint.value, value);
  }
}
