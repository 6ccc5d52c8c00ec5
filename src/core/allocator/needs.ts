/**
 * Which demands of a role find no room, though the limits leave them some. What is only refused for a while is room, and
 * so is what is reserved for the role or claimed for the framework; what is kept for the guarantees of others is none.
 */
import type { Claim, Demand, Need } from '../allocator.ts';
import { type Quantities, quantitiesOf } from '../quantities.ts';
import type { Resources } from '../resources.ts';
import type { AgentBook } from './agent-book.ts';
import type { Books } from './books.ts';
import type { Client } from './client.ts';
import { fitsConstraints, type Matches } from './constraints.ts';
import { isPlain } from './parcel.ts';
import { Portions } from './portion.ts';

export function needsOf(books: Books, matches: Matches, role: string): readonly Need[] {
  return books
    .clients()
    .filter((client) => client.wants && client.role.path === role)
    .sort((a, b) => (a.framework.id < b.framework.id ? -1 : 1))
    .flatMap((client) => {
      const places = placesOf(books, matches, client);
      return client.demands.flatMap((demand) => needOf(books, client, demand, places));
    });
}

interface Place {
  readonly agent: AgentBook;
  /** What is free there and not claimed by others. */
  readonly free: Resources;
}

function needOf(books: Books, client: Client, demand: Demand, places: readonly Place[]): Need[] {
  const { needs } = demand;
  const { tree, columns } = books;
  const { node, path: role } = client.role;
  const all = quantitiesOf(places.flatMap(({ free }) => free));
  const plain = quantitiesOf(places.flatMap(({ free }) => free.filter(isPlain)));
  const claims = places.flatMap(({ agent }) => agent.claims.filter((claim) => isOf(claim, client)));
  const claimed = books.sumOfNeeds(claims);
  /** What no limit speaks of, and no headroom: reserved for the role, or revocable. */
  const apart = (name: string): number => (all[name] ?? 0) - (plain[name] ?? 0);
  const room = (name: string): number => tree.room(node, columns.of(name));
  const spare = (name: string): number => {
    const column = columns.of(name);
    if ((tree.required[column] ?? 0) <= 0) return Number.POSITIVE_INFINITY;
    return tree.guaranteed(node, column) + books.surplus(column) + (claimed[column] ?? 0);
  };

  const allowed = unitsIn(needs, (name) => room(name) + apart(name));
  const spared = unitsIn(needs, (name) => Math.min(room(name), spare(name)) + apart(name));
  const placed = places
    .map(({ free }) => quantitiesOf(free))
    .reduce((sum, free) => sum + unitsIn(needs, (name) => free[name] ?? 0), 0);
  const count = Math.min(demand.count, allowed) - Math.min(placed, spared);
  if (count <= 0) return [];
  const agents = places.map(({ agent, free }) => ({ agent: agent.id, free: quantitiesOf(free) }));
  const guaranteed = isGuaranteed(books, client, needs);
  return [{ framework: client.framework.id, role, demand, count, guaranteed, agents }];
}

function placesOf(books: Books, matches: Matches, client: Client): Place[] {
  const portions = new Portions(books);
  return books
    .agentsInOrder()
    .filter((agent) => agent.active && fitsConstraints(agent, client, matches))
    .map((agent) => {
      const others = books.sumOfNeeds(agent.claims.filter((claim) => !isOf(claim, client)));
      return { agent, free: portions.usable(agent, client, [], others) };
    });
}

const isOf = (claim: Claim, { framework, role }: Client): boolean =>
  claim.framework === framework.id && claim.role === role.path;

/** How often so much is in it. */
const unitsIn = (needs: Quantities, has: (name: string) => number): number =>
  Math.min(
    ...Object.entries(needs).map(([name, amount]) =>
      amount > 0 ? Math.floor(has(name) / amount) : Number.POSITIVE_INFINITY,
    ),
  );

/** By those of its names of which anything is guaranteed to the role. */
function isGuaranteed({ tree, columns }: Books, { role: { node } }: Client, needs: Quantities): boolean {
  const promised = Object.entries(needs).filter(([name]) => tree.hasGuaranteeOf(node, columns.of(name)));
  return (
    promised.length > 0 &&
    promised.every(([name, amount]) => tree.guaranteed(node, columns.of(name)) >= amount)
  );
}
