/** Why instances of a service wait for a place: what stands in the way, in one sentence and agent by agent. */
import {
  type AgentId,
  type AgentView,
  type Blocked,
  demandOf,
  explanationOf,
  type Quantities,
  quantitiesOf,
} from 'tender/framework';
import type { ServiceSpec } from './spec.ts';
import type { Answer } from './why.ts';

export interface Waiting {
  readonly spec: ServiceSpec;
  /** So many have no place; so many run. */
  readonly missing: number;
  readonly running: number;
  readonly blocked: readonly Blocked[];
  /** Not only what was found on offers: a limit makes those smaller, and what is free looks like less. */
  readonly isTold: boolean;
  readonly limits: Readonly<Record<string, Quantities>>;
  readonly agents: ReadonlyMap<AgentId, AgentView>;
  readonly now: number;
}

export function whyWaiting(waiting: Waiting): Answer {
  const { spec, missing, running, blocked, isTold, limits, agents, now } = waiting;
  const { name, count } = spec;
  if (agents.size === 0)
    return {
      sentence: `${name} waits: no agent has joined yet.`,
      agents: [],
      help: 'add a machine: tender token create --role agent',
    };
  const needs = Object.entries(quantitiesOf(demandOf(spec)));
  const { decisive, lines, help } = explanationOf(blocked, {
    now,
    nameOf: (agent) => agents.get(agent)?.name ?? agent,
    limits,
    wants: Object.fromEntries(needs.map(([resource, amount]) => [resource, amount * missing])),
  });
  const nowhere = missing === 1 ? '1 instance fits on no agent' : `${missing} instances fit on no agent`;
  return {
    sentence: `${name} waits${decisive === '' || !isTold ? ` for room: ${nowhere}` : `: ${decisive}`}; ${running} of ${count} run.`,
    agents: lines.map(({ agent = 'everywhere', reasons }) => ({ agent, reasons })),
    help,
  };
}
