/** Amounts by name: their text, and shrinking resources to them (table R3 of Mesos' resources_tests.cpp). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  covers,
  formatQuantities,
  parseQuantities,
  type Quantities,
  quantitiesOf,
} from '../../src/core/quantities.ts';
import {
  contains,
  isIndivisible,
  type Resources,
  sameResource,
  shrink,
  shrinkToLimits,
} from '../../src/core/resources.ts';
import { formatResources, parseResources as parse } from '../../src/core/resources-text.ts';
import { anyResources } from './any-resources.ts';

describe('as text', () => {
  it('is names and numbers, none of them twice; nothing of a name is an amount, too', () => {
    expect(parseQuantities(' mem:1024; cpus:0 ;gpus: 1.5;')).toEqual({ mem: 1_024_000, cpus: 0, gpus: 1500 });
    expect(parseQuantities('')).toEqual({});
    expect(formatQuantities({ mem: 1_024_000, cpus: 0, gpus: 1500 })).toBe('cpus:0;gpus:1.5;mem:1024');
  });

  it.each([
    ['cpus', 'NAME:NUMBER'],
    ['cpus:-1', 'NAME:NUMBER'],
    ['ports:[1-2]', 'NAME:NUMBER'],
    ['cpus(web):1', 'NAME:NUMBER'],
    ['cpus{REV}:1', 'NAME:NUMBER'],
    ['cpus:0.0001', 'at least 0.001'],
    ['mem:2', 'mem only once'],
  ])('%s: expected %s', (item, expected) => {
    expect(() => parseQuantities(`mem:1;${item}`)).toThrow(
      expect.objectContaining({ code: 'resources.syntax', fields: { item, expected } }),
    );
  });
});

describe('amounts', () => {
  it('sum up all resources of a name, whatever they are', () => {
    expect(quantitiesOf(parse('cpus:1;cpus(web):2;cpus{REV}:4;ports:[1-9];disk[mount:/a]:5'))).toEqual({
      cpus: 7000,
      disk: 5000,
    });
  });

  it.each<[Quantities, Quantities, boolean]>([
    [{ cpus: 2 }, { cpus: 2 }, true],
    [{ cpus: 2, mem: 1 }, { cpus: 1 }, true],
    [{ cpus: 2 }, { cpus: 3 }, false],
    [{ cpus: 2 }, { mem: 1 }, false],
    [{}, { mem: 0 }, true],
    [{}, { constructor: 0 }, true],
  ])('%j covers %j: %s', (has, wanted, does) => {
    expect(covers(has, wanted)).toBe(does);
  });
});

describe('shrinking', () => {
  it.each([
    ['cpus:2;mem:20', 'cpus:1', 'cpus:1'],
    ['cpus:2;mem:20', '', ''],
    ['cpus:1', 'cpus:2;mem:1', 'cpus:1'],
    ['disk[mount:/a]:20', 'disk:10', ''],
    ['disk[mount:/a]:20', 'disk:20', 'disk[mount:/a]:20'],
    ['disk[path:/a]:20', 'disk:10', 'disk[path:/a]:10'],
    ['disk(web)[vol:a]:20', 'disk:10', ''],
    ['cpus:2;cpus(web):2;cpus{REV}:2', 'cpus:3', 'cpus:2;cpus{REV}:1'],
    ['disk:50;disk[mount:/a]:50', 'disk:100', 'disk:50;disk[mount:/a]:50'],
    ['disk[mount:/a]:80;disk[mount:/b]:30', 'disk:40', 'disk[mount:/b]:30'],
    ['ports:[1-9];disks:{a};cpus:1', '', 'disks:{a};ports:[1-9]'],
  ])('%s to "%s" is %s', (resources, amounts, rest) => {
    expect(formatResources(shrink(parse(resources), parseQuantities(amounts)))).toBe(rest);
  });

  it.each([
    ['cpus:2;mem:20', 'cpus:1', 'cpus:1;mem:20'],
    ['cpus:2;mem:20', 'cpus:0', 'mem:20'],
    ['cpus:2;ports:[1-9]', '', 'cpus:2;ports:[1-9]'],
    ['disk[mount:/a]:20', 'disk:10', ''],
  ])('%s to limits "%s" is %s', (resources, limits, rest) => {
    expect(formatResources(shrinkToLimits(parse(resources), parseQuantities(limits)))).toBe(rest);
  });

  const amounts: fc.Arbitrary<Quantities> = fc.dictionary(
    fc.constantFrom('cpus', 'mem', 'disk'),
    fc.oneof(fc.integer({ min: 0, max: 2e9 }), fc.integer({ min: 0, max: 1e6 })),
  );
  const law = (check: (r: Resources, q: Quantities) => void): void =>
    fc.assert(fc.property(anyResources, amounts, (r, q) => void check(r, q)));

  it('leaves a part of what there was, and no more than the amounts', () =>
    law((r, q) => {
      const rest = shrink(r, q);
      expect(contains(r, rest)).toBe(true);
      expect(covers(q, quantitiesOf(rest))).toBe(true);
    }));

  it('leaves as much as fits', () =>
    law((r, q) => {
      const rest = shrink(r, q);
      const sums = quantitiesOf(rest);
      for (const entry of r) {
        if (!('scalar' in entry) || contains(rest, [entry])) continue;
        const room = (q[entry.name] ?? 0) - (sums[entry.name] ?? 0);
        if (isIndivisible(entry)) expect(room).toBeLessThan(entry.scalar);
        else expect(room).toBe(0);
      }
    }));

  it('halves nothing that is indivisible', () =>
    law((r, q) => {
      for (const entry of shrink(r, q).filter(isIndivisible))
        expect(r.find((one) => sameResource(one, entry))).toEqual(entry);
    }));

  it('to limits is the same, but for the names that have none', () =>
    law((r, q) => {
      const [bound, unbound] = [r.filter(({ name }) => name in q), r.filter(({ name }) => !(name in q))];
      const rest = shrinkToLimits(r, q);
      expect(rest.filter(({ name }) => name in q)).toEqual(shrink(bound, q));
      expect(rest.filter(({ name }) => !(name in q))).toEqual(unbound);
    }));
});
