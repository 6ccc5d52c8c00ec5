/**
 * Arithmetic of resources: the tables R1 and R2 of Mesos' resources_tests.cpp, and the laws that the allocator, the
 * offers and the placement all lean on.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  add,
  canonical,
  contains,
  countRanges,
  cutRanges,
  equals,
  isEmpty,
  joinRanges,
  NOTHING,
  type Range,
  type Resource,
  type Resources,
  rangesOf,
  resourcesOf,
  scalar,
  subtract,
  toMilli,
  usableBy,
} from '../../src/core/resources.ts';
import { formatResources, parseResources } from '../../src/core/resources-text.ts';

const text = (ranges: readonly Range[]): string => ranges.map(([from, to]) => `${from}-${to}`).join(',');
const parse = parseResources;

/** One kind for each name, as on a real cluster. */
const role = fc.constantFrom('*', '*', 'web', 'web/api');
const range = fc
  .tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 30 }))
  .map(([from, more]): Range => [from, from + more]);
const entry: fc.Arbitrary<Resource> = fc.oneof(
  fc.record({ name: fc.constantFrom('cpus', 'mem', 'disk'), role, scalar: fc.integer({ min: 0, max: 1e9 }) }),
  fc.record({ name: fc.constant('ports'), role, ranges: fc.array(range, { maxLength: 4 }) }),
  fc.record({
    name: fc.constant('disks'),
    role,
    set: fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 }),
  }),
);
const anyResources = fc.array(entry, { maxLength: 8 }).map(canonical);

describe('ranges', () => {
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
});

describe('fixed point', () => {
  it.each([
    [1.5011, 1501],
    [1.5014, 1501],
    [1.5015, 1502],
    [0.0005, 1],
    [0.0004, 0],
    [-1.5015, -1502],
  ])('%d is %d thousandths', (value, milli) => {
    expect(toMilli(value)).toBe(milli);
  });

  it('does not drift: 100,000 times + 1.001 and − 1.001', () => {
    const one = parse('cpus:1.001');
    let sum = one;
    for (let i = 0; i < 100_000; i++) sum = add(sum, one);
    expect(scalar(sum, 'cpus')).toBe(100_001 * 1001);
    for (let i = 0; i < 100_000; i++) sum = subtract(sum, one);
    expect(formatResources(sum)).toBe('cpus:1.001');
  });
});

describe('as text', () => {
  it('reads what Mesos writes', () => {
    expect(parse(' cpus:2; mem:1024 ;cpus(web):4;ports:[31000-32000];disks:{b,a};; ')).toEqual([
      { name: 'cpus', role: '*', scalar: 2000 },
      { name: 'cpus', role: 'web', scalar: 4000 },
      { name: 'disks', role: '*', set: ['a', 'b'] },
      { name: 'mem', role: '*', scalar: 1_024_000 },
      { name: 'ports', role: '*', ranges: [[31000, 32000]] },
    ]);
    expect(parse('')).toEqual(NOTHING);
    expect(formatResources(parse('cpus:.5;cpus:1'))).toBe('cpus:1.5');
  });

  it.each([
    ['cpus', 'NAME:VALUE or NAME(ROLE):VALUE'],
    ['cpus:', 'NAME:VALUE or NAME(ROLE):VALUE'],
    ['cpus():2', 'NAME:VALUE or NAME(ROLE):VALUE'],
    ['cpus:two', 'a number, [FROM-TO,…] or {a,b}'],
    ['cpus:-1', 'a number, [FROM-TO,…] or {a,b}'],
    ['cpus:1e3', 'a number, [FROM-TO,…] or {a,b}'],
    ['cpus:99999999999999999999', 'a number, [FROM-TO,…] or {a,b}'],
    ['cpus:0.00001', 'at least 0.001'],
    ['ports:[1-2', 'a closing ]'],
    ['ports:[5]', 'FROM-TO with FROM ≤ TO'],
    ['ports:[9-1]', 'FROM-TO with FROM ≤ TO'],
    ['disks:{a', 'a closing }'],
  ])('%s: expected %s', (item, expected) => {
    expect(() => parse(`mem:1;${item}`)).toThrow(
      expect.objectContaining({ code: 'resources.syntax', fields: { item, expected } }),
    );
  });

  it('one name is either a number or ranges or a set', () => {
    expect(() => parse('cpus:1;cpus:[1-2]')).toThrow(expect.objectContaining({ code: 'resources.kind' }));
  });

  it('parse(format(r)) = r', () => {
    fc.assert(fc.property(anyResources, (r) => void expect(parse(formatResources(r))).toEqual(r)));
  });
});

describe('laws', () => {
  const pair = (law: (a: Resources, b: Resources) => void): void =>
    fc.assert(fc.property(anyResources, anyResources, (a, b) => void law(a, b)));

  it('a + b = b + a', () => pair((a, b) => expect(add(a, b)).toEqual(add(b, a))));

  it('(a + b) + c = a + (b + c)', () => {
    fc.assert(
      fc.property(anyResources, anyResources, anyResources, (a, b, c) => {
        expect(add(add(a, b), c)).toEqual(add(a, add(b, c)));
      }),
    );
  });

  it('nothing is neutral', () =>
    pair((a) => expect([add(a, NOTHING), subtract(a, NOTHING)]).toEqual([a, a])));

  it('a + b holds a and b', () =>
    pair((a, b) => expect([contains(add(a, b), a), contains(add(a, b), b)]).toEqual([true, true])));

  it('(a + b) − b = a, where a and b share no port and no name of a set', () =>
    pair((a, b) => {
      const apart = subtract(
        a,
        b.filter((r) => !('scalar' in r)),
      );
      expect(subtract(add(apart, b), b)).toEqual(apart);
    }));

  it('a − b is within a, never negative, and canonical', () =>
    pair((a, b) => {
      const rest = subtract(a, b);
      expect(contains(a, rest)).toBe(true);
      expect(rest.every((r) => !('scalar' in r) || r.scalar > 0)).toBe(true);
      expect(canonical(rest)).toEqual(rest);
    }));

  it('a − a = nothing', () => pair((a) => expect(isEmpty(subtract(a, a))).toBe(true)));

  it('what holds b gives b and the rest: (a − b) + b = a', () =>
    pair((a, b) => {
      const part = subtract(a, subtract(a, b));
      expect(contains(a, part)).toBe(true);
      expect(add(subtract(a, part), part)).toEqual(a);
    }));

  it('a holds b exactly if nothing is left of b without a', () =>
    pair((a, b) => expect(contains(a, b)).toBe(isEmpty(subtract(b, a)))));

  it('canonical form is reached at once, from any order', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 8 }), (entries) => {
        const once = canonical(entries);
        expect(canonical(once)).toEqual(once);
        expect(canonical([...entries].reverse())).toEqual(once);
        expect(new Set(once.map((r) => `${r.name} ${r.role}`)).size).toBe(once.length);
      }),
    );
  });
});

describe('roles', () => {
  it('a reservation does not stand for unreserved resources, nor they for it', () => {
    expect(contains(parse('cpus(web):4'), parse('cpus:1'))).toBe(false);
    expect(contains(parse('cpus:4'), parse('cpus(web):1'))).toBe(false);
    expect(formatResources(subtract(parse('cpus:2;cpus(web):2'), parse('cpus(web):1')))).toBe(
      'cpus:2;cpus(web):1',
    );
    expect(equals(parse('cpus:1'), parse('cpus(web):1'))).toBe(false);
  });

  it.each([
    ['web/api', 'cpus:1;cpus(web):2;cpus(web/api):3'],
    ['web', 'cpus:1;cpus(web):2'],
    ['website', 'cpus:1'],
    ['batch', 'cpus:1;cpus(batch):4'],
  ])('%s may use unreserved resources, its own and its ancestors’', (name, usable) => {
    const all = parse('cpus:1;cpus(web):2;cpus(web/api):3;cpus(batch):4');
    expect(formatResources(usableBy(all, name))).toBe(usable);
  });

  it('a name’s amount counts over all roles', () => {
    expect(scalar(parse('cpus:1;cpus(web):2;mem:5'), 'cpus')).toBe(3000);
    expect(text(rangesOf(parse('ports:[1-2];ports(web):[3-4]'), 'ports'))).toBe('1-4');
    expect(formatResources(resourcesOf({ cpus: 500, mem: 0 }, { ports: [[80, 80]] }))).toBe(
      'cpus:0.5;ports:[80-80]',
    );
  });
});
