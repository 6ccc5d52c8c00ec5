/**
 * What one client would be offered on one agent, in each stage, and the three things that can stand against
 * an offer: the client's constraints, its minimum, and what it has refused before.
 */
import type { AttributeConstraint, Claim, OfferConstraints } from '../../../src/core/allocator.ts';
import { covers, type Quantities, quantitiesOf } from '../../../src/core/quantities.ts';
import {
  add,
  canonical,
  contains,
  joinRanges,
  NOTHING,
  type Resources,
  scalar,
  subtract,
  UNRESERVED,
  usableBy,
} from '../../../src/core/resources.ts';
import {
  type Client,
  claimed,
  claimsOn,
  countPorts,
  cutPlain,
  type Filter,
  freeOn,
  isPorts,
  isWanting,
  type PlainAgent,
  type PlainBooks,
  plainOf,
  same,
  shrinkEach,
  unclaimedOn,
  withPlain,
} from './plain-books.ts';
import { guaranteed, room, surplus } from './plain-quota.ts';

export type Matches = (pattern: string, text: string) => boolean;

/** Less than both is worth no offer: 0.01 cpus, 32 MiB. */
export const SMALLEST: readonly Quantities[] = [{ cpus: 10 }, { mem: 32_000 }];

/**
 * Unreserved, and reserved for the role or for what is above it; of the ports, those that the split gives.
 */
export function usable(
  books: PlainBooks,
  { role, terms }: Client,
  agent: PlainAgent,
  free: Resources,
  made: Resources = NOTHING,
): Resources {
  const wanting = books.clients.filter((client) => isWanting(books, client)).length;
  const most = terms.ports?.count ?? Math.ceil(countPorts(agent.total) / wanting);
  return canonical(
    usableBy(free, role)
      // A shared entry is never used up; once in an offer is enough.
      .filter((r) => !(r.shared && contains(made, [r])))
      .map((r) =>
        isPorts(r)
          ? { ...r, ranges: pick(r.ranges, most - countPorts(made), terms.ports?.numbers ?? []) }
          : r,
      ),
  );
}

type Ranges = Parameters<typeof joinRanges>[0];

/** So many of these numbers: the wanted ones upwards, then the others from the highest one downwards. */
function pick(ranges: Ranges, most: number, wanted: Ranges): Ranges {
  const numbers = ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
  const isWanted = (port: number): boolean => wanted.some(([from, to]) => from <= port && port <= to);
  const first = numbers.filter(isWanted);
  const then = numbers.filter((port) => !isWanted(port)).reverse();
  return joinRanges([...first, ...then].slice(0, Math.max(0, most)).map((port) => [port, port]));
}

/**
 * Stage 1: what is guaranteed to the role, and if that is anything, what surplus and limits allow beside it.
 */
export function guaranteedOffer(
  books: PlainBooks,
  client: Client,
  agent: PlainAgent,
  made: Resources,
): Resources {
  const { role } = client;
  const all = usable(books, client, agent, unclaimedOn(books, agent), made);
  const plain = plainOf(all);
  const due = shrinkEach(plain, (name) => guaranteed(books, role, name));
  if (due.length === 0) return NOTHING;
  const more = shrinkEach(subtract(plain, due), (name) =>
    Math.min(room(books, role, name) - scalar(due, name), surplus(books, name)),
  );
  const own = all.filter((r) => r.role === UNRESERVED || r.role === role);
  return withPlain(own, add(due, more));
}

/** Stage 2: what limits and the guarantees of others leave. What is owed to the role is not kept from itself. */
export function openOffer(books: PlainBooks, client: Client, agent: PlainAgent, made: Resources): Resources {
  const { role } = client;
  const all = usable(books, client, agent, unclaimedOn(books, agent), made);
  return cutPlain(all, (name) =>
    Math.min(room(books, role, name), guaranteed(books, role, name) + surplus(books, name)),
  );
}

/**
 * Stage 0: what the one is offered for whom room was made; nothing if that is not enough for it (any more).
 * Claims made earlier come first; those made later keep what this one can spare.
 */
export function claimedOffer(books: PlainBooks, client: Client, agent: PlainAgent, claim: Claim): Resources {
  const claims = claimsOn(books, agent);
  const [earlier, later] = [claims.slice(0, claims.indexOf(claim)), claims.slice(claims.indexOf(claim) + 1)];
  const free = freeOn(books, agent);
  const unclaimed = (name: string): number =>
    Math.max(0, scalar(plainOf(free), name) - claimed(earlier, name));
  const need = (name: string): number => claim.needs[name] ?? 0;
  if (Object.keys(claim.needs).some((name) => unclaimed(name) < need(name))) return NOTHING;
  const kept = cutPlain(free, (name) => Math.max(need(name), unclaimed(name) - claimed(later, name)));
  const offer = cutPlain(usable(books, client, agent, kept), (name) => room(books, client.role, name));
  return covers(quantitiesOf(plainOf(offer)), claim.needs) ? offer : NOTHING;
}

/**
 * Whether it is worth an offer. Ports and what is shared alone never are: there would always be more of them.
 */
export function isAllocatable({ terms }: Client, offer: Resources): boolean {
  const minimum = terms.minimum ?? SMALLEST;
  const isEnough = minimum.length === 0 || minimum.some((one) => covers(quantitiesOf(offer), one));
  return isEnough && offer.some((r) => !isPorts(r) && !r.shared);
}

/**
 * The filters that stand against an offer: all that it has was refused. Ports are counted, whichever they
 * are.
 */
export const filtersOf = (
  books: PlainBooks,
  client: Client,
  agent: PlainAgent,
  offer: Resources,
): readonly Filter[] =>
  books.filters.filter(
    (filter) =>
      same(filter, client) &&
      filter.agent === agent.id &&
      offer.every((r) =>
        isPorts(r) ? countPorts(freeOn(books, agent)) <= filter.ports : contains(filter.refused, [r]),
      ),
  );

/** Any group suffices; in a group all must hold. No groups at all exclude nothing. */
export function fits(
  constraints: OfferConstraints | undefined,
  agent: PlainAgent,
  matches: Matches,
): boolean {
  if (constraints === undefined || constraints.length === 0) return true;
  return constraints.some((group) =>
    group.every((one) => holds(one, agent.attributes[one.attribute], matches)),
  );
}

/** An attribute that the agent does not have equals nothing and matches nothing. */
function holds(constraint: AttributeConstraint, value: string | undefined, matches: Matches): boolean {
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
