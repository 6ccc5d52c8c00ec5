/** Flat ranges are sets of numbers: every operation is held against real sets. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countOf,
  difference,
  type FlatRanges,
  flatten,
  highest,
  intersection,
  lowest,
  unflatten,
  union,
} from '../../../src/core/allocator/flat-ranges.ts';
import { joinRanges } from '../../../src/core/ranges.ts';

const some = fc.uniqueArray(fc.integer({ min: 1, max: 24 }), { maxLength: 24 });
const flat = (numbers: readonly number[]): FlatRanges =>
  flatten(joinRanges(numbers.map((n): [number, number] => [n, n])));
const sorted = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b);

describe('flat ranges', () => {
  it.each([
    ['union', union, (a: number[], b: number[]) => [...a, ...b]],
    ['difference', difference, (a: number[], b: number[]) => a.filter((n) => !b.includes(n))],
    ['intersection', intersection, (a: number[], b: number[]) => a.filter((n) => b.includes(n))],
  ])('%s is that of the sets', (_, operation, expected) => {
    fc.assert(
      fc.property(some, some, (a, b) => {
        expect(operation(flat(a), flat(b))).toEqual(flat(expected(a, b)));
      }),
    );
  });

  it('the lowest and the highest so many', () => {
    fc.assert(
      fc.property(some, fc.integer({ min: -1, max: 26 }), (numbers, most) => {
        const all = sorted(numbers);
        expect(lowest(flat(numbers), most)).toEqual(flat(all.slice(0, Math.max(0, most))));
        expect(highest(flat(numbers), most)).toEqual(flat(all.reverse().slice(0, Math.max(0, most))));
      }),
    );
  });

  it('are counted, and come back as pairs', () => {
    fc.assert(
      fc.property(some, (numbers) => {
        expect(countOf(flat(numbers))).toBe(numbers.length);
        expect(flatten(unflatten(flat(numbers)))).toEqual(flat(numbers));
      }),
    );
  });
});
