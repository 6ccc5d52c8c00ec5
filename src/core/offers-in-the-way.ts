/**
 * Which offers have to be taken back so that quotas hold that have just changed: those that a lowered limit has no room
 * for, and as many as a raised guarantee needs to find free what it is promised. An offer may be accepted at any moment,
 * so the newest go first: they are the least likely to be.
 */

import { isPlain } from './allocator/parcel.ts';
import type { Consumption } from './allocator.ts';
import type { ClusterState, Offer } from './cluster.ts';
import { amountText } from './gate-text.ts';
import { type Quantities, quantitiesOf } from './quantities.ts';
import { bottomUp, isWithin, less, sum } from './quota-rules.ts';
import type { Resources } from './resources.ts';
import { ancestorsOf } from './roles.ts';
import { isLive } from './task-state.ts';

type Books = Pick<ClusterState, 'agents' | 'tasks' | 'offers'>;

export interface InTheWay {
  readonly offer: Offer;
  readonly why: string;
}

/** What quota counts of these: the unreserved amounts. */
export const plainOf = (resources: Resources): Quantities => quantitiesOf(resources.filter(isPlain));

/** @param consumption with what is offered, and with the quotas as they shall be */
export function offersInTheWay(books: Books, consumption: readonly Consumption[]): InTheWay[] {
  const taken: InTheWay[] = [];
  const standing = new Map(
    [...books.offers.values()].reverse().map((offer) => [offer, plainOf(offer.resources)]),
  );
  const consumed = new Map(consumption.map((row) => [row.role, row.consumed]));
  let free = freeIn(books);

  const take = (offer: Offer, amounts: Quantities, why: string): void => {
    taken.push({ offer, why });
    standing.delete(offer);
    free = sum(free, amounts);
    for (const role of pathOf(offer.role)) {
      const before = consumed.get(role);
      if (before) consumed.set(role, less(before, amounts));
    }
  };

  for (const { role, limit } of consumption)
    for (const [name, most] of Object.entries(limit))
      for (const [offer, amounts] of standing) {
        if ((consumed.get(role)?.[name] ?? 0) <= most) break;
        if (isWithin(offer.role, role) && amounts[name])
          take(offer, amounts, `the limit of role ${role} is ${amountText(name, most)} now`);
      }

  const guarantees = guaranteesIn(consumption);
  const order = bottomUp(guarantees.keys());
  let lacking = lackingNames(order, guarantees, consumed, free);
  for (const [offer, amounts] of standing) {
    if (lacking.length === 0) break;
    /** More than what is guaranteed to its role, or to one above it: taking it back leaves no other promise unmet. */
    const isBeyond = (name: string): boolean =>
      pathOf(offer.role).every((role) => {
        const guarantee = guarantees.get(role)?.[name];
        return guarantee === undefined || (consumed.get(role)?.[name] ?? 0) > guarantee;
      });
    const found = lacking.find((name) => amounts[name] && isBeyond(name));
    if (found === undefined) continue;
    take(offer, amounts, `what it holds of ${found} is guaranteed to others`);
    lacking = lackingNames(order, guarantees, consumed, free);
  }
  return taken;
}

const pathOf = (role: string): string[] => [...ancestorsOf(role), role];

const guaranteesIn = (consumption: readonly Consumption[]): Map<string, Quantities> =>
  new Map(
    consumption
      .filter(({ guarantee }) => Object.keys(guarantee).length > 0)
      .map(({ role, guarantee }) => [role, guarantee]),
  );

/** Neither held by a task nor offered, on agents that are there. */
function freeIn({ agents, tasks, offers }: Books): Quantities {
  const isHere = ({ agent }: { agent: Offer['agent'] }): boolean => agents.get(agent)?.state === 'ready';
  const held = [...[...tasks.values()].filter(({ state }) => isLive(state)), ...offers.values()]
    .filter(isHere)
    .map(({ resources }) => plainOf(resources))
    .reduce(sum, {});
  const total = [...agents.values()]
    .filter(({ state }) => state === 'ready')
    .map((agent) => plainOf(agent.total))
    .reduce(sum, {});
  return less(total, held);
}

/** Of which less is free than what all unmet guarantees need; a child's is a part of its parent's. */
function lackingNames(
  order: readonly string[],
  guarantees: ReadonlyMap<string, Quantities>,
  consumed: ReadonlyMap<string, Quantities>,
  free: Quantities,
): string[] {
  const below = new Map<string | undefined, Quantities>();
  for (const role of order) {
    const required: Record<string, number> = { ...below.get(role) };
    for (const [name, amount] of Object.entries(guarantees.get(role) ?? {}))
      required[name] = Math.max(required[name] ?? 0, amount - (consumed.get(role)?.[name] ?? 0));
    const parent = ancestorsOf(role).at(-1);
    below.set(parent, sum(below.get(parent) ?? {}, required));
  }
  const required = below.get(undefined) ?? {};
  return Object.keys(required).filter((name) => (required[name] ?? 0) > (free[name] ?? 0));
}
