/** What makes one agent better than another, as numbers: each rule by itself. */
import { describe, expect, it } from 'vitest';
import { parseCondition } from '../../src/core/constraint.ts';
import { matches } from '../../src/framework/patterns.ts';
import {
  affinityScore,
  aimsOf,
  antiAffinityScore,
  emptinessScore,
  packingScore,
  spreadScore,
} from '../../src/framework/scores.ts';
import { Counts } from '../../src/framework/tally.ts';

const counts = (of: Readonly<Record<string, number>>): Counts => {
  const all = new Counts();
  for (const [value, count] of Object.entries(of)) all.add(value, count);
  return all;
};

describe('spread', () => {
  const dc1 = { attribute: 'dc', targets: { dc1: 80 }, weight: 100 };
  const score = (value: string | undefined, used: Readonly<Record<string, number>>, targets = dc1.targets) =>
    spreadScore(aimsOf([{ ...dc1, targets }], 10), [value], [counts(used)]);

  it.each([
    ['dc1', { dc1: 2, dc2: 0 }, 0.625],
    ['dc2', { dc1: 2, dc2: 0 }, 0.5],
    ['dc1', { dc1: 7, dc2: 0 }, 0],
    ['dc2', { dc1: 7, dc2: 0 }, 0.5],
    ['dc1', { dc1: 9, dc2: 0 }, -0.25],
    [undefined, { dc1: 2 }, -1],
  ])('with 80 %% of 10 meant for dc1, %s with %j is %d', (value, used, expected) =>
    expect(score(value, used)).toBeCloseTo(expected, 10));

  it('has nothing for a value that nothing is meant for', () => {
    expect(score('dc3', { dc1: 0 }, { dc1: 100 })).toBe(-1);
  });

  it('weighs several attributes', () => {
    const aims = aimsOf(
      [
        { attribute: 'dc', targets: { dc1: 60, dc2: 40 }, weight: 100 },
        { attribute: 'rack', targets: { r1: 40, r2: 60 }, weight: 50 },
      ],
      10,
    );
    const used = [counts({ dc1: 2, dc2: 0 }), counts({ r1: 1, r2: 1 })];
    const scores = [
      ['dc1', 'r1'],
      ['dc2', 'r1'],
      ['dc1', 'r2'],
    ].map((values) => spreadScore(aims, values, used).toFixed(3));
    expect(scores).toEqual(['0.500', '0.667', '0.556']);
  });

  it.each([
    [
      { dc1: 0, dc2: 0 },
      { dc1: 0, dc2: 0 },
    ],
    [
      { dc1: 2, dc2: 0 },
      { dc1: -1, dc2: 1 },
    ],
    [
      { dc1: 3, dc2: 3, dc3: 0 },
      { dc1: -1, dc2: -1, dc3: 1 },
    ],
    [
      { dc1: 1, dc2: 2, dc3: 3 },
      { dc1: 1, dc2: 0, dc3: -1 },
    ],
  ])('without targets, from the fewest to the most: %j is %j', (used, expected) => {
    const found = Object.keys(used).map((value) => [value, score(value, used, {} as { dc1: number })]);
    expect(Object.fromEntries(found)).toEqual(expected);
  });
});

describe('affinity', () => {
  const attributes = new Map([
    ['ssd', 'yes'],
    ['rack', 'r1'],
  ]);
  const score = (...wishes: [constraint: string, weight: number][]) =>
    affinityScore(
      wishes.map(([line, weight]) => ({ condition: parseCondition(line), weight })),
      attributes,
      matches,
    );

  it.each<[number, [string, number][]]>([
    [0, []],
    [0.5, [['ssd is_set', 50]]],
    [1, [['ssd is_set', 100]]],
    [-0.3, [['rack ~ r.', -30]]],
    [0, [['rack == r2', 100]]],
    [
      0.5,
      [
        ['ssd is_set', 100],
        ['rack == r2', 100],
      ],
    ],
    [
      0,
      [
        ['ssd is_set', 100],
        ['rack == r1', -100],
      ],
    ],
  ])('is %d for %j', (expected, wishes) => expect(score(...wishes)).toBe(expected));
});

it('ever more instances of the job on an agent make it worse, and never worse than an affinity of 100', () => {
  const scores = [0, 1, 2, 100].map(antiAffinityScore);
  expect(scores[0]).toBeCloseTo(0);
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  expect(scores.at(-1)).toBeGreaterThan(-1);
});

it('packing is better the less is left over; emptiness is the opposite', () => {
  expect(packingScore(0, 0)).toBe(1);
  expect(packingScore(1, 1)).toBe(0);
  expect(packingScore(0.2, 0.5)).toBeGreaterThan(packingScore(0.3, 0.5));
  expect(emptinessScore(1, 1)).toBe(1);
});
