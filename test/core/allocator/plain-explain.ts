/**
 * Why one client got no more of one agent. What it could use there is cut twice, by the limits of its role
 * and by the guarantees of others; each cut is a reason if it takes what the minimum or the nearest demand
 * asks for.
 */
import type { Demand, Gate } from '../../../src/core/allocator.ts';
import { quantitiesOf } from '../../../src/core/quantities.ts';
import { NOTHING, type Resources, scalar, UNRESERVED, usableBy } from '../../../src/core/resources.ts';
import {
  type Client,
  claimsOn,
  cutPlain,
  freeOn,
  type PlainAgent,
  type PlainBooks,
  unclaimedOn,
} from './plain-books.ts';
import { filtersOf, fits, isAllocatable, type Matches, openOffer, SMALLEST, usable } from './plain-offer.ts';
import { limitsOf, room, unmet } from './plain-quota.ts';

/** All gates between this client and this agent, in the order in which they stand. */
export function gatesOf(
  books: PlainBooks,
  client: Client,
  agent: PlainAgent,
  now: number,
  matches: Matches,
): Gate[] {
  const { role, terms } = client;
  const gates: Gate[] = [];
  if (!agent.active) gates.push({ kind: 'inactive' });
  if (!fits(terms.constraints, agent, matches))
    gates.push({ kind: 'constraint', constraints: terms.constraints ?? [] });

  const all = usable(books, client, agent, unclaimedOn(books, agent));
  const enough = isAllocatable(client, all);
  if (!enough && isAllocatable(client, usable(books, client, agent, freeOn(books, agent))))
    for (const claim of claimsOn(books, agent))
      gates.push({ kind: 'claimed', framework: claim.framework, role: claim.role });

  const within = cutPlain(all, (name) => room(books, role, name));
  // What is free on an inactive agent is kept for nobody.
  const offered = agent.active ? openOffer(books, client, agent, NOTHING) : within;
  for (const name of missedNames(client, all, within)) {
    const [tightest] = limitsOf(books, role, name).sort(
      (a, b) => a.limit - a.consumed - (b.limit - b.consumed),
    );
    if (tightest) gates.push({ kind: 'limit', name, ...tightest });
  }
  for (const name of missedNames(client, within, offered))
    gates.push({
      kind: 'headroom',
      name,
      held: scalar(within, name) - scalar(offered, name),
      roles: books.quotas
        .map((quota) => quota.role)
        .filter((one) => unmet(books, one, name) > 0)
        .sort(),
    });

  const others = freeOn(books, agent).filter(
    (r) => r.role !== UNRESERVED && usableBy([r], role).length === 0,
  );
  if (!enough && others.length > 0)
    gates.push({ kind: 'reserved', roles: [...new Set(others.map((r) => r.role))].sort() });

  const demand = nearest(client.demands, all);
  const [name] = demand ? lacking(demand, all) : [];
  if (demand && name !== undefined)
    gates.push({
      kind: 'shortfall',
      demand: demand.name,
      name,
      needs: demand.needs[name] ?? 0,
      free: scalar(all, name),
    });

  const isWorth = isAllocatable(client, offered);
  if (!isWorth && gates.length === 0) gates.push({ kind: 'minimum', free: quantitiesOf(all) });

  const refused = isWorth ? filtersOf(books, client, agent, offered) : [];
  const until = Math.max(now, ...refused.map((filter) => filter.until));
  if (until > now) gates.push({ kind: 'filter', until });
  return gates;
}

/**
 * The names that a cut took below what is asked for: by the minimum, if that was met before, or by the
 * nearest demand.
 */
function missedNames(client: Client, before: Resources, after: Resources): string[] {
  const minimum = client.terms.minimum ?? SMALLEST;
  const missesMinimum = isAllocatable(client, before) && !isAllocatable(client, after);
  const demand = nearest(client.demands, before);
  const asked = [...(missesMinimum ? minimum : []), ...(demand ? [demand.needs] : [])];
  const isMissed = (name: string): boolean => {
    const [had, has] = [scalar(before, name), scalar(after, name)];
    if (missesMinimum && minimum.length === 0) return has < had;
    return asked.some(({ [name]: amount = 0 }) => has < amount && amount <= had);
  };
  return Object.keys(quantitiesOf(before)).filter(isMissed).sort();
}

/** The names of which a demand needs more than this. */
const lacking = (demand: Demand, has: Resources): string[] =>
  Object.keys(demand.needs)
    .filter((name) => scalar(has, name) < (demand.needs[name] ?? 0))
    .sort();

/** The first of those that lack the fewest names. */
const nearest = (demands: readonly Demand[], has: Resources): Demand | undefined => {
  const fewest = Math.min(...demands.map((demand) => lacking(demand, has).length));
  return demands.find((demand) => lacking(demand, has).length === fewest);
};
