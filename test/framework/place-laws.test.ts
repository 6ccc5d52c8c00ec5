/** What holds of every placement, whatever is wanted and offered. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributesOf } from '../../src/core/attributes.ts';
import { holds, isCondition } from '../../src/core/constraint.ts';
import { applyOperation } from '../../src/core/operations.ts';
import { contains, type Resources, resourcesOf, subtract } from '../../src/core/resources.ts';
import type { AgentId } from '../../src/core/task.ts';
import { FILTERS } from '../../src/framework/filters.ts';
import { groundOf, spotOf } from '../../src/framework/fit.ts';
import { needsOf } from '../../src/framework/needs.ts';
import type { AcceptOperation } from '../../src/framework/operations.ts';
import { matches } from '../../src/framework/patterns.ts';
import { place, type Wanted } from '../../src/framework/place.ts';
import { Tally } from '../../src/framework/tally.ts';
import { offersOf, placed, ROLE, rules, viewsOf, wishes } from './sites.ts';

const LINES = [
  'rack == r1',
  'rack != r1',
  'rack in [r0, r2]',
  'hostname ~ n[0-4]',
  'size > 2',
  'distinct_hosts',
  'max_per(rack, 2)',
];

const machine = fc.record({
  attributes: fc.record(
    { rack: fc.constantFrom('r0', 'r1', 'r2'), size: fc.constantFrom('1', '3') },
    { requiredKeys: [] },
  ),
  total: fc
    .record({
      cpus: fc.integer({ min: 1, max: 8 }),
      mem: fc.integer({ min: 1, max: 8 }),
      own: fc.integer({ min: 0, max: 2 }),
    })
    .map(
      ({ cpus, mem, own }) =>
        `cpus:${cpus};cpus(${ROLE}):${own};mem:${mem * 256};disk:500;ports:[31000-31003]`,
    ),
});
const world = fc
  .array(machine, { minLength: 1, maxLength: 8 })
  .map((machines) => viewsOf(Object.fromEntries(machines.map((one, i) => [`n${i}`, one]))));

const job = fc.record({
  count: fc.integer({ min: 1, max: 6 }),
  cpus: fc.integer({ min: 100, max: 3000 }),
  ports: fc.constantFrom({}, { http: undefined }, { http: 31_001 }, { http: 31_000, admin: undefined }),
  constraints: fc.subarray(LINES, { maxLength: 2 }).map((lines) => rules(...lines)),
  affinity: fc.constantFrom([], wishes({ 'rack == r2': 60 }), wishes({ 'size > 2': -100 })),
  spread: fc.constantFrom(
    [],
    [{ attribute: 'rack', targets: {}, weight: 50 }],
    [{ attribute: 'rack', targets: { r0: 70 }, weight: 50 }],
  ),
  placement: fc.constantFrom('spread' as const, 'pack' as const),
  home: fc.boolean(),
});
const work = fc.array(job, { minLength: 1, maxLength: 4 }).map((jobs) =>
  jobs.flatMap(({ count, cpus, home, ...more }, at) =>
    Array.from(
      { length: count },
      (_, i): Wanted => ({
        key: `j${at}.${i}`,
        job: `j${at}`,
        executor: 'process',
        demand: resourcesOf({ cpus, mem: 200_000 }),
        ...more,
        ...(home && { home: { volume: `j${at}-${i}`, size: 200_000, principal: 'f' } }),
      }),
    ),
  ),
);

/** As the master does it: each on what those before it have left and made. */
const applied = (before: readonly AcceptOperation[], free: Resources): Resources =>
  before.reduce((all, operation) => {
    if (operation.op === 'reserve')
      return applyOperation(all, { kind: 'reserve', resources: operation.resources });
    if (operation.op === 'create') return applyOperation(all, { kind: 'create', volumes: operation.volumes });
    throw new Error(`not before a first launch: ${operation.op}`);
  }, free);

describe('every placement', () => {
  it('takes no more of an agent than it has', () => {
    fc.assert(
      fc.property(world, work, (views, wanted) => {
        for (const { placements } of placed(wanted, views).groups) {
          let free = views.get(placements[0]!.agent)!.total;
          for (const { before, resources } of placements) {
            free = applied(before, free);
            expect(contains(free, resources)).toBe(true);
            free = subtract(free, resources);
          }
          const ports = placements.flatMap(({ hostPorts }) => Object.values(hostPorts));
          expect(new Set(ports).size).toBe(ports.length);
        }
      }),
    );
  });

  it('breaks no constraint', () => {
    fc.assert(
      fc.property(world, work, (views, wanted) => {
        const all = placed(wanted, views).groups.flatMap(({ placements }) => placements);
        for (const { wanted: one, agent } of all) {
          const mates = all.filter(({ wanted: other }) => other.job === one.job);
          const rackOf = (id: AgentId): string | undefined => attributesOf(views.get(id)).get('rack');
          for (const rule of one.constraints ?? []) {
            if (isCondition(rule))
              expect(holds(rule, attributesOf(views.get(agent)).get(rule.attribute), matches)).toBe(true);
            if (rule.is === 'distinct_hosts')
              expect(mates.filter((mate) => mate.agent === agent)).toHaveLength(1);
            if (rule.is === 'max_per')
              expect(mates.filter((mate) => rackOf(mate.agent) === rackOf(agent)).length).toBeLessThanOrEqual(
                rule.most,
              );
          }
        }
      }),
    );
  });

  it('is the same whatever the order of the offers', () => {
    const orders = world.chain((views) =>
      fc.tuple(fc.constant(views), fc.shuffledSubarray(offersOf(views), { minLength: views.size })),
    );
    fc.assert(
      fc.property(orders, work, ([views, shuffled], wanted) => {
        expect(placed(wanted, views, {}, shuffled)).toEqual(placed(wanted, views));
      }),
    );
  });

  it('leaves nothing without a place, and without a reason for every agent', () => {
    fc.assert(
      fc.property(world, work, (views, wanted) => {
        const { groups, unplaced } = placed(wanted, views);
        const keys = groups.flatMap(({ placements }) => placements.map(({ wanted: { key } }) => key));
        expect([...keys, ...unplaced.map(({ wanted: { key } }) => key)].sort()).toEqual(
          wanted.map(({ key }) => key).sort(),
        );
        for (const { refused } of unplaced) {
          expect(refused.map(({ agent }) => agent).sort()).toEqual([...views.keys()].sort());
          for (const { by } of refused) expect(by.length).toBeGreaterThan(0);
        }
      }),
    );
  });

  it('of the most important instance is as if nothing else waited', () => {
    fc.assert(
      fc.property(world, work, (views, wanted) => {
        const together = placed(wanted.slice(0, 1), views);
        const [first] = placed(wanted, views)
          .groups.flatMap(({ placements }) => placements)
          .filter(({ wanted: { key } }) => key === wanted[0]!.key);
        const alone = together.groups[0]?.placements[0];
        // Of a spread it matters how many there shall be.
        if ((wanted[0]!.spread ?? []).length === 0) expect(first?.agent).toBe(alone?.agent);
      }),
    );
  });
});

it('a filter that refuses says why, and one that does not says nothing', () => {
  fc.assert(
    fc.property(world, work, fc.integer({ min: 0, max: 3 }), (views, wanted, running) => {
      const tally = new Tally('j0', () => running, views);
      for (const view of views.values())
        for (const one of wanted) {
          const [needs, spot] = [needsOf(one), spotOf(view.id, ROLE, view, groundOf(view.total))];
          for (const filter of FILTERS)
            expect(filter.explain(needs, spot, tally).length === 0).toBe(filter.passes(needs, spot, tally));
        }
    }),
  );
});

it('of ten thousand instances on a thousand agents, each looks only at agents that something was placed on', () => {
  const views = viewsOf(
    Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`n${i}`, { total: 'cpus:16;mem:65536' }])),
  );
  const wanted = Array.from(
    { length: 10_000 },
    (_, i): Wanted => ({
      key: `web.${i}`,
      job: 'web',
      executor: 'process',
      demand: resourcesOf({ cpus: 1000 }),
      ports: {},
    }),
  );
  let asked = 0;
  const running = (): number => {
    asked++;
    return 0;
  };
  const { groups, unplaced } = place(wanted, offersOf(views), views, running, () => 0);
  expect(unplaced).toEqual([]);
  expect(groups.map(({ placements }) => placements.length)).toEqual(Array(1000).fill(10));
  // Each agent once at first, and once more after each instance: never all of them again.
  expect(asked).toBeLessThan(30_000);
});
