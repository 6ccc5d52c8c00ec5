/** Ranges: table R1 of Mesos' resources_tests.cpp, and that they behave as the sets of numbers they stand for. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { countRanges, cutRanges, joinRanges, type Range } from '../../src/core/ranges.ts';
import { add, rangesOf, subtract } from '../../src/core/resources.ts';
import { parseResources as parse } from '../../src/core/resources-text.ts';
import { range } from './any-resources.ts';

const text = (ranges: readonly Range[]): string => ranges.map(([from, to]) => `${from}-${to}`).join(',');

it.each([
  ['[20000-40000]', '[30000-50000,10000-20000]', '10000-50000'],
  ['[1-2]', '[3-4]', '1-4'],
  ['[1-2]', '[4-5]', '1-2,4-5'],
  ['[1-10]', '[2-3]', '1-10'],
  ['[5-5]', '[5-5]', '5-5'],
])('%s + %s = [%s]', (a, b, sum) => {
  expect(text(rangesOf(add(parse(`ports:${a}`), parse(`ports:${b}`)), 'ports'))).toBe(sum);
});

it.each([
  ['[20000-40000]', '[10000-20000,30000-50000]', '20001-29999'],
  ['[50000-60000]', '[50000-50001]', '50002-60000'],
  ['[1-10]', '[3-3,5-6]', '1-2,4-4,7-10'],
  ['[1-10]', '[0-20]', ''],
  ['[1-3,7-9]', '[3-7]', '1-2,8-9'],
  ['[1-3,7-9]', '[2-8]', '1-1,9-9'],
])('%s − %s = [%s]', (a, b, rest) => {
  expect(text(rangesOf(subtract(parse(`ports:${a}`), parse(`ports:${b}`)), 'ports'))).toBe(rest);
});

it('are joined in any order, and a range that ends before it begins is none', () => {
  expect(
    joinRanges([
      [5, 6],
      [9, 8],
      [1, 2],
      [3, 4],
    ]),
  ).toEqual([[1, 6]]);
  expect(
    countRanges(
      joinRanges([
        [1, 10],
        [5, 12],
      ]),
    ),
  ).toBe(12);
});

it('behave as the sets of numbers that they stand for', () => {
  const numbers = (ranges: readonly Range[]): number[] =>
    ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
  fc.assert(
    fc.property(fc.array(range, { maxLength: 5 }), fc.array(range, { maxLength: 5 }), (a, b) => {
      const [x, y] = [joinRanges(a), joinRanges(b)];
      expect(numbers(x)).toEqual([...new Set(a.flatMap((one) => numbers([one])))].sort((p, q) => p - q));
      expect(numbers(cutRanges(x, y))).toEqual(numbers(x).filter((n) => !numbers(y).includes(n)));
    }),
  );
});
