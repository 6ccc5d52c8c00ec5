/**
 * How much of an offer its framework could use, by what it says it waits for. Only that counts in its share while the offer
 * is out: otherwise a framework whose tasks come and go would seem to hold all the memory of an agent each time it is
 * offered the tenth of a cpu beside it, and lose that tenth to those whose tasks stay.
 */
import type { Demand } from '../allocator.ts';
import type { Columns } from './columns.ts';
import type { Amounts } from './parcel.ts';

/** A demand in columns. */
export interface Wish {
  readonly needs: readonly (readonly [column: number, amount: number])[];
  readonly count: number;
}

/** Ports are no amounts. */
export const wishesOf = (demands: readonly Demand[], columns: Columns): Wish[] =>
  demands.map(({ needs, count }) => ({
    needs: Object.entries(needs)
      .filter(([name, amount]) => name !== 'ports' && amount > 0)
      .map(([name, amount]) => [columns.of(name), amount] as const),
    count,
  }));

/** Each wish in turn, as often as it fits. undefined: none fits, or there are none. */
export function usableOf(wishes: readonly Wish[], offered: Amounts): Amounts | undefined {
  const left = [...offered];
  let fits = false;
  for (const { needs, count } of wishes) {
    const times = Math.min(
      count,
      ...needs.map(([column, amount]) => Math.floor((left[column] ?? 0) / amount)),
    );
    if (times <= 0 || needs.length === 0) continue;
    fits = true;
    for (const [column, amount] of needs) left[column]! -= times * amount;
  }
  return fits ? offered.map((amount, column) => amount - left[column]!) : undefined;
}
