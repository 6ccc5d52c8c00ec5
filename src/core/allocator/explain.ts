/**
 * Why clients got no more than they did. For one client and one agent: what is free there for its role is cut three
 * times, by claims, limits and headroom; each cut is a reason if it takes what the client's minimum, or the nearest of
 * its demands, asks for. Worked out when somebody asks, from lists: an allocation pays nothing for it.
 */
import type { Demand, Gate, Refusal } from '../allocator.ts';
import { covers, type Quantities, quantitiesOf } from '../quantities.ts';
import { type Resources, subtract, UNRESERVED, usableBy } from '../resources.ts';
import type { FrameworkId } from '../task.ts';
import type { AgentBook } from './agent-book.ts';
import type { Books } from './books.ts';
import type { Client } from './client.ts';
import { fitsConstraints, type Matches } from './constraints.ts';
import { LEAST_OF } from './least.ts';
import { type Amounts, unpack } from './parcel.ts';
import { Portions } from './portion.ts';

export interface Scope {
  readonly framework?: FrameworkId | undefined;
  readonly role?: string | undefined;
}

/** One for each client in scope and each agent where something stands in the way; or one for all agents. */
export function explain(books: Books, matches: Matches, { framework, role }: Scope): readonly Refusal[] {
  const refusals: Refusal[] = [];
  const portions = new Portions(books);
  const inScope = (client: Client): boolean =>
    client.isMember &&
    (framework === undefined || client.framework.id === framework) &&
    (role === undefined || client.role.path === role);
  for (const client of books.clients().filter(inScope)) {
    const who = { framework: client.framework.id, role: client.role.path };
    const everywhere: Gate[] = [];
    if (!client.framework.active) everywhere.push({ kind: 'disconnected' });
    if (client.suppressed) everywhere.push({ kind: 'suppressed' });
    if (everywhere.length > 0) refusals.push({ ...who, gates: everywhere });
    else
      for (const agent of books.agentsInOrder()) {
        const gates = gatesOf(books, portions, client, agent, matches);
        if (gates.length > 0) refusals.push({ ...who, agent: agent.id, gates });
      }
  }
  return refusals;
}

/** Resources with their amounts, which are asked for again and again. */
interface Lot {
  readonly resources: Resources;
  readonly has: Quantities;
}

const lotOf = (resources: Resources): Lot => ({ resources, has: quantitiesOf(resources) });

/** All gates between them, in the order in which they stand. */
function gatesOf(
  books: Books,
  portions: Portions,
  client: Client,
  agent: AgentBook,
  matches: Matches,
): Gate[] {
  const { node, path } = client.role;
  const { tree, columns } = books;
  const gates: Gate[] = [];
  if (!agent.active) gates.push({ kind: 'inactive' });
  if (!fitsConstraints(agent, client, matches))
    gates.push({ kind: 'constraint', constraints: client.terms.constraints ?? [] });

  const all = lotOf(portions.usable(agent, client, [], agent.kept));
  const isEnough = suffices(client, all);
  if (!isEnough && agent.claims.length > 0 && suffices(client, lotOf(portions.usable(agent, client, [], []))))
    for (const claim of agent.claims)
      gates.push({ kind: 'claimed', framework: claim.framework, role: claim.role });

  const cutTo = (bounds: Amounts): Lot =>
    tree.hasQuota ? lotOf(portions.usable(agent, client, bounds, agent.kept)) : all;
  const within = cutTo(portions.limits(node));
  for (const name of missed(client, all, within)) {
    const tightest = tree.tightestLimit(node, columns.of(name));
    if (tightest) gates.push({ kind: 'limit', name, ...tightest });
  }
  // What is free on an inactive agent is kept for nobody.
  const offered = agent.active ? cutTo(portions.bounds(node)) : within;
  for (const name of missed(client, within, offered)) {
    const held = (within.has[name] ?? 0) - (offered.has[name] ?? 0);
    gates.push({ kind: 'headroom', name, held, roles: tree.lacking(columns.of(name)) });
  }

  const others = subtract(agent.specialFree, usableBy(agent.specialFree, path));
  if (!isEnough && others.length > 0)
    gates.push({ kind: 'reserved', roles: [...new Set(others.map((r) => r.role))].sort() });

  const demand = nearest(client.demands, all);
  const [name] = demand ? lacking(demand, all) : [];
  if (demand && name !== undefined) {
    const free = all.has[name] ?? 0;
    gates.push({ kind: 'shortfall', demand: demand.name, name, needs: demand.needs[name] ?? 0, free });
  }

  const isWorth = suffices(client, offered);
  if (!isWorth && gates.length === 0) gates.push({ kind: 'minimum', free: all.has });

  const until = isWorth ? filteredUntil(books, agent, client, offered) : undefined;
  if (until !== undefined) gates.push({ kind: 'filter', until });
  return gates;
}

/** Whether an offer of these would be made to the client. */
function suffices({ terms }: Client, { resources, has }: Lot): boolean {
  const minimum = terms.minimum ?? LEAST_OF;
  const isMore = resources.some(
    (r) => !(r.name === 'ports' && r.role === UNRESERVED) && r.shared === undefined,
  );
  return isMore && (minimum.length === 0 || minimum.some((least) => covers(has, least)));
}

function filteredUntil(books: Books, agent: AgentBook, client: Client, offer: Lot): number | undefined {
  if (!agent.filters) return undefined;
  const { plain, ports, special } = unpack(offer.resources, books.columns);
  return agent.filters.endOf(client.index, plain, ports.length > 0 ? agent.portsFreeCount : 0, special);
}

/** The names that a cut took below what is asked for: by the minimum, if that was met before, or by the nearest demand. */
function missed(client: Client, before: Lot, after: Lot): string[] {
  if (after === before) return [];
  const minimum = client.terms.minimum ?? LEAST_OF;
  const missesMinimum = suffices(client, before) && !suffices(client, after);
  const demand = nearest(client.demands, before);
  const asked: Quantities[] = [...(missesMinimum ? minimum : []), ...(demand ? [demand.needs] : [])];
  const isMissed = (name: string): boolean => {
    const [more, less] = [before.has[name] ?? 0, after.has[name] ?? 0];
    if (missesMinimum && minimum.length === 0) return less < more;
    return asked.some(({ [name]: amount = 0 }) => less < amount && amount <= more);
  };
  return Object.keys(before.has).filter(isMissed).sort();
}

/** The names of which a demand needs more than this. */
const lacking = (demand: Demand, { has }: Lot): string[] =>
  Object.keys(demand.needs)
    .filter((name) => (has[name] ?? 0) < (demand.needs[name] ?? 0))
    .sort();

/** The first of those that lack the fewest names. */
function nearest(demands: readonly Demand[], lot: Lot): Demand | undefined {
  const fewest = Math.min(...demands.map((demand) => lacking(demand, lot).length));
  return demands.find((demand) => lacking(demand, lot).length === fewest);
}
