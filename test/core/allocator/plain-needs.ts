/** What is waited for in vain, and what a role could lose: what preemption asks. */
import type { Demand, Need } from '../../../src/core/allocator.ts';
import { type Quantities, quantitiesOf } from '../../../src/core/quantities.ts';
import { type Resources, scalar } from '../../../src/core/resources.ts';
import {
  type Client,
  claimed,
  claimsOn,
  cutPlain,
  freeOn,
  isWanting,
  type PlainAgent,
  type PlainBooks,
  plainOf,
  same,
} from './plain-books.ts';
import { fits, type Matches, usable } from './plain-offer.ts';
import { consumed, guaranteed, isWithin, requiredTotal, room, surplus } from './plain-quota.ts';

/**
 * Of each demand, those units that find no room although the limits leave them some. What is only refused for
 * a while is room, and so is what is reserved for it, or claimed and being made; what is kept for the
 * guarantees of others is none.
 */
export const needsOf = (books: PlainBooks, role: string, matches: Matches): Need[] =>
  books.clients
    .filter((client) => client.role === role && isWanting(books, client))
    .sort((a, b) => (a.framework < b.framework ? -1 : 1))
    .flatMap((client) => client.demands.flatMap((demand) => needOf(books, client, demand, matches)));

function needOf(books: PlainBooks, client: Client, demand: Demand, matches: Matches): Need[] {
  const { framework, role } = client;
  const places = [...books.agents]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .filter((agent) => agent.active && fits(client.terms.constraints, agent, matches))
    .map((agent) => ({ agent, free: freeFor(books, client, agent) }));
  const all = places.flatMap(({ free }) => free);
  const apart = (name: string): number => scalar(all, name) - scalar(plainOf(all), name);
  const claims = places.flatMap(({ agent }) => claimsOn(books, agent)).filter((claim) => same(claim, client));
  const spare = (name: string): number =>
    requiredTotal(books, name) > 0
      ? guaranteed(books, role, name) + surplus(books, name) + claimed(claims, name)
      : Infinity;
  const limited = (name: string): number => room(books, role, name);

  const allowed = unitsIn(demand.needs, (name) => limited(name) + apart(name));
  const spared = unitsIn(demand.needs, (name) => Math.min(limited(name), spare(name)) + apart(name));
  const placed = places
    .map(({ free }) => unitsIn(demand.needs, (name) => scalar(free, name)))
    .reduce((sum, units) => sum + units, 0);
  const count = Math.min(demand.count, allowed) - Math.min(placed, spared);
  if (count <= 0) return [];
  const agents = places.map(({ agent, free }) => ({ agent: agent.id, free: quantitiesOf(free) }));
  return [{ framework, role, demand, count, guaranteed: isOwed(books, role, demand), agents }];
}

/**
 * Whether what is promised to the role, or to one above it, covers all of that which the demand needs of it.
 */
function isOwed(books: PlainBooks, role: string, { needs }: Demand): boolean {
  const isPromised = (name: string): boolean =>
    books.quotas.some((one) => isWithin(role, one.role) && (one.quota.guarantee[name] ?? 0) > 0);
  const promised = Object.keys(needs).filter(isPromised);
  return promised.length > 0 && promised.every((name) => guaranteed(books, role, name) >= (needs[name] ?? 0));
}

const unitsIn = (needs: Quantities, has: (name: string) => number): number =>
  Math.min(
    ...Object.entries(needs).map(([name, amount]) =>
      amount > 0 ? Math.floor(has(name) / amount) : Infinity,
    ),
  );

/** What is free there and not claimed by others. */
function freeFor(books: PlainBooks, client: Client, agent: PlainAgent): Resources {
  const free = freeOn(books, agent);
  const others = claimsOn(books, agent).filter((claim) => !same(claim, client));
  const left = cutPlain(free, (name) => scalar(plainOf(free), name) - claimed(others, name));
  return usable(books, client, agent, left);
}

/** By the names of which something is guaranteed to the role. */
export function beyondGuarantee(books: PlainBooks, role: string): Quantities {
  const { guarantee = {} } = books.quotas.find((one) => one.role === role)?.quota ?? {};
  const beyond = Object.entries(guarantee)
    .filter(([, amount]) => amount > 0)
    .map(([name, amount]) => [name, Math.max(0, consumed(books, role, name) - amount)] as const);
  return Object.fromEntries(beyond);
}
