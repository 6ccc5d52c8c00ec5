/**
 * Random resources of one agent, for laws: every kind of entry, few enough different ones that two lists often speak of
 * the same. As on a real agent one name means one kind of value, and a volume or a whole disk has one size.
 */
import fc from 'fast-check';
import {
  canonical,
  type DiskFacts,
  type Range,
  type Reservation,
  type Resource,
  withLayers,
} from '../../src/core/resources.ts';

export const range = fc
  .tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 30 }))
  .map(([from, more]): Range => [from, from + more]);

const web = { role: 'web', kind: 'static' } as const;
const layers = fc.constantFrom<readonly Reservation[]>(
  [],
  [],
  [],
  [web],
  [{ role: 'web', kind: 'dynamic' }],
  [{ role: 'web', kind: 'dynamic', principal: 'alice' }],
  [{ role: 'web', kind: 'dynamic', labels: { rack: 'a' } }],
  [{ role: 'web', kind: 'dynamic', principal: 'alice', labels: { rack: 'a', row: '7' } }],
  [{ role: 'web/api', kind: 'dynamic' }],
  [web, { role: 'web/api', kind: 'dynamic', principal: 'alice' }],
);
const isDynamic = (list: readonly Reservation[]): boolean => list.some(({ kind }) => kind === 'dynamic');

const amount = fc.integer({ min: 0, max: 1e9 });
const plain = fc.oneof(
  fc.record({ name: fc.constantFrom('cpus', 'mem', 'disk'), scalar: amount }),
  fc.record({ name: fc.constant('ports'), ranges: fc.array(range, { maxLength: 4 }) }),
  fc.record({
    name: fc.constant('disks'),
    set: fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 }),
  }),
);
const ordinary = fc
  .tuple(plain, layers, fc.boolean())
  .map(([entry, list, isRevocable]) =>
    withLayers(
      { ...entry, role: '*', ...(isRevocable && !isDynamic(list) && { revocable: true as const }) },
      list,
    ),
  );

const source = fc.constantFrom<DiskFacts['source']>(
  undefined,
  { kind: 'path', root: '/mnt/a' },
  { kind: 'mount', root: '/mnt/a' },
  { kind: 'mount', root: '/mnt/b' },
);
const volume = fc.constantFrom<DiskFacts['volume']>(
  undefined,
  { id: 'db' },
  { id: 'db', principal: 'alice' },
  { id: 'log.1' },
);
const special = fc
  .tuple(source, volume, layers, fc.boolean(), amount)
  .filter(([from, as, list]) => from !== undefined || (as !== undefined && list.length > 0))
  .map(([from, as, list, isShared, free]) => {
    const made = list.length > 0 ? as : undefined;
    const scalar = from?.kind === 'mount' ? 500_000 : made ? 64_000 : free;
    const disk = { ...(from && { source: from }), ...(made && { volume: made }) };
    return withLayers(
      { name: 'disk', role: '*', disk, scalar, ...(isShared && made && { shared: true as const }) },
      list,
    );
  });

export const anyEntry: fc.Arbitrary<Resource> = fc.oneof(ordinary, ordinary, special);
export const anyResources = fc.array(anyEntry, { maxLength: 8 }).map(canonical);
