/**
 * The sorters: the tables S1 to S11 of Mesos' sorter_tests.cpp with their numbers, and the laws. The order
 * that is kept up step by step is always the one that a plain sort of everything would give.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DrfSorter } from '../../src/core/allocator/drf-sorter.ts';
import { RandomSorter } from '../../src/core/allocator/random-sorter.ts';
import {
  orderOf,
  type Sorter,
  type SorterClient,
  type SorterOptions,
} from '../../src/core/allocator/sorter.ts';
import { chance } from '../support/seed.ts';

/** A sorter spoken to by path. */
class Desk {
  readonly sorter: Sorter<string>;
  readonly clients = new Map<string, SorterClient<string>>();

  constructor(sorter: Sorter<string>, ...totals: number[]) {
    this.sorter = sorter;
    this.totals(...totals);
  }

  of(path: string): SorterClient<string> {
    return this.clients.get(path)!;
  }

  /** Active, and holds these. */
  add(path: string, ...amounts: number[]): void {
    this.clients.set(path, this.sorter.add(path, `data of ${path}`));
    this.activate(path);
    if (amounts.length > 0) this.allocate(path, ...amounts);
  }

  remove(path: string): void {
    this.sorter.remove(this.of(path));
    this.clients.delete(path);
  }

  activate(path: string, active = true): void {
    this.sorter.setActive(this.of(path), active);
  }

  deactivate(path: string): void {
    this.activate(path, false);
  }

  weigh(path: string, weight: number): void {
    this.sorter.setWeight(path, weight);
  }

  totals(...totals: number[]): void {
    this.sorter.setTotals(totals);
  }

  allocate(path: string, ...amounts: number[]): void {
    this.sorter.allocated(this.of(path), amounts);
  }

  free(path: string, ...amounts: number[]): void {
    this.sorter.unallocated(this.of(path), amounts);
  }

  get order(): string {
    return orderOf(this.sorter)
      .map(({ path }) => path)
      .join(' ');
  }
}

/** cpus:100;mem:100, unless said otherwise. */
const drf = (totals: readonly number[] = [100, 100], options?: SorterOptions): Desk =>
  new Desk(new DrfSorter(options), ...totals);

/** What is done, and the order after it. */
type Step = readonly [step: (desk: Desk) => void, order: string];

function play(desk: Desk, steps: readonly Step[]): void {
  for (const [at, [step, order]] of steps.entries()) {
    step(desk);
    expect(desk.order, `after step ${at + 1}`).toBe(order);
  }
}

describe.each([
  ['flat', (name: string) => name, true],
  ['on a shallow tree', (name: string) => `${name}/${name}`, false],
  ['on a deep tree', (name: string) => [name, name, name, name].join('/'), false],
] as const)('%s, the smallest dominant share comes first', (_, path, flat) => {
  const [a, b, c, d, e, f] = [...'abcdef'].map(path) as [string, string, string, string, string, string];

  it('of those who are active, by what they hold and what there is (S1)', () => {
    play(drf([100, 100], { flat }), [
      [(s) => [s.add(a, 5, 5), s.add(b, 6, 6)], `${a} ${b}`],
      [(s) => [s.add(c, 1, 1), s.add(d, 3, 1)], `${c} ${d} ${a} ${b}`],
      [(s) => [s.remove(a), s.free(b, 4, 4)], `${c} ${b} ${d}`],
      [(s) => [s.add(e, 1, 5), s.totals(50, 100)], `${c} ${b} ${e} ${d}`],
      [(s) => [s.totals(50, 200), s.add(f, 5, 1), s.allocate(c, 0, 15)], `${e} ${b} ${d} ${c} ${f}`],
      [(s) => s.deactivate(d), `${e} ${b} ${c} ${f}`],
      [(s) => s.activate(d), `${e} ${b} ${d} ${c} ${f}`],
    ]);
  });

  it('divided by the weight of the outermost role (S2)', () => {
    play(drf([100, 100], { flat }), [
      [(s) => [s.add(a, 5, 5), s.weigh('b', 2), s.add(b, 6, 6)], `${b} ${a}`],
      [(s) => s.add(c, 4, 4), `${b} ${c} ${a}`],
      [(s) => [s.weigh('d', 10), s.add(d, 10, 20)], `${d} ${b} ${c} ${a}`],
      [(s) => [s.remove(b), s.allocate(d, 10, 25)], `${c} ${d} ${a}`],
      [(s) => [s.weigh('e', 0.1), s.add(e, 1, 1)], `${c} ${d} ${a} ${e}`],
      [(s) => s.remove(a), `${c} ${d} ${e}`],
    ]);
  });

  it('and of equal shares the one that was given to less often, then the smaller path (S3)', () => {
    const counts: Record<string, number> = { [a]: 1, [b]: 1, [c]: 3, [d]: 2, [e]: 1 };
    play(drf([100, 100], { flat }), [
      [
        (s) => {
          for (const [client, count] of Object.entries(counts)) {
            s.add(client);
            for (let time = 0; time < count; time++) s.allocate(client, 6 / count, 6 / count);
          }
        },
        `${a} ${b} ${e} ${d} ${c}`,
      ],
      [(s) => s.free(c, 2, 2), `${c} ${a} ${b} ${e} ${d}`],
      [(s) => s.allocate(c, 2, 2), `${a} ${b} ${e} ${d} ${c}`],
      [(s) => s.deactivate(c), `${a} ${b} ${e} ${d}`],
      [(s) => s.activate(c), `${a} ${b} ${e} ${d} ${c}`],
      [(s) => s.deactivate(a), `${b} ${e} ${d} ${c}`],
      [(s) => [s.free(a, 6, 6), s.allocate(a, 6, 6)], `${b} ${e} ${d} ${c}`],
      [(s) => s.activate(a), `${b} ${e} ${a} ${d} ${c}`],
    ]);
  });

  it('by the new totals when these change (S9)', () => {
    play(drf([10, 100], { flat }), [
      [(s) => [s.add(a, 2, 1), s.add(b, 1, 2)], `${b} ${a}`],
      [(s) => s.totals(100, 10), `${a} ${b}`],
    ]);
    play(drf([10], { flat }), [
      [(s) => [s.add(a, 6), s.add(b, 4)], `${b} ${a}`],
      [(s) => [s.totals(5), s.free(a, 5)], `${a} ${b}`],
    ]);
  });

  it('of revocable resources, too (S10)', () => {
    play(drf([20], { flat }), [[(s) => [s.add(a, 2), s.add(b, 1), s.allocate(b, 9)], `${a} ${b}`]]);
  });
});

describe('on a tree, siblings are compared, level by level', () => {
  it('a role that is a client and has clients below it competes with them as a virtual leaf (S5)', () => {
    play(drf(), [
      [(s) => ['a/b', 'c', 'd', 'd/e'].map((path) => s.add(path)), 'a/b c d d/e'],
      [(s) => s.allocate('c', 8, 8), 'a/b d d/e c'],
      [(s) => [s.allocate('d', 3, 3), s.allocate('d/e', 2, 2)], 'a/b d/e d c'],
      [(s) => s.allocate('a/b', 6, 6), 'd/e d a/b c'],
    ]);
  });

  it('a leaf becomes an inner node and a leaf again; its weight is not that of its virtual leaf (S6)', () => {
    play(drf(), [
      [(s) => [s.add('a', 10, 10), s.add('b', 6, 6)], 'b a'],
      [(s) => s.add('a/c', 5, 5), 'b a/c a'],
      [(s) => s.remove('a'), 'a/c b'],
      [(s) => s.add('a', 10, 10), 'b a/c a'],
      [(s) => s.weigh('a/c', 0.2), 'b a a/c'],
      [(s) => s.weigh('a', 3), 'a a/c b'],
      [(s) => s.weigh('a/c', 1), 'a/c a b'],
      [(s) => s.remove('a/c'), 'a b'],
    ]);
  });

  it('an inner node becomes a client and ceases to be one (S7)', () => {
    play(drf(), [
      [(s) => [s.add('x/a', 10, 10), s.add('x/b', 6, 6)], 'x/b x/a'],
      [(s) => s.add('x', 7, 7), 'x/b x x/a'],
      [(s) => s.add('z', 20, 20), 'z x/b x x/a'],
      [(s) => s.remove('x'), 'x/b x/a z'],
    ]);
  });

  it('an inactive client counts for its ancestors, and a role without active clients is passed over', () => {
    play(drf(), [
      [(s) => [s.add('a/b', 1, 1), s.add('a/c', 9, 9), s.add('d', 5, 5)], 'd a/b a/c'],
      [(s) => s.deactivate('a/c'), 'd a/b'],
      [(s) => s.deactivate('a/b'), 'd'],
      [(s) => [s.free('a/c', 9, 9), s.activate('a/b')], 'a/b d'],
    ]);
  });

  it('a role keeps its count while somebody is in it, whoever comes and goes', () => {
    play(drf(), [
      [(s) => [s.add('a'), s.add('b'), s.add('a/c', 1)], 'b a a/c'],
      [(s) => [s.free('a/c', 1), s.remove('a/c')], 'b a'],
      [(s) => s.allocate('b', 0), 'a b'],
      [(s) => s.add('a/d'), 'a a/d b'],
      [(s) => [s.allocate('a/d', 0), s.allocate('b', 0)], 'a a/d b'],
    ]);
  });

  it('and begins anew when all have left it', () => {
    play(drf(), [
      [(s) => [s.add('a/b/c', 1), s.add('b')], 'b a/b/c'],
      [(s) => s.remove('a/b/c'), 'b'],
      [(s) => s.add('a/b/c'), 'a/b/c b'],
    ]);
  });

  it('a name that sorts before "." comes before the virtual leaf', () => {
    play(drf(), [[(s) => ['a', 'a/+', 'a/0'].map((path) => s.add(path)), 'a/+ a a/0']]);
  });
});

it('flat paths are names, whatever they hold', () => {
  play(drf([100], { flat: true }), [
    [(s) => [s.add('a', 3), s.add('a/b', 1), s.add('a/c', 4), s.add('d', 2)], 'a/b d a a/c'],
  ]);
});

it('nothing in the cluster: by count and path alone', () => {
  play(drf([]), [[(s) => [s.add('b', 1), s.add('c'), s.add('a', 9)], 'c a b']]);
});

it('a client says its path, data, activity and how often something was allocated to it', () => {
  const desk = drf();
  const client = desk.sorter.add('a/b', 'data');
  expect(client).toMatchObject({ path: 'a/b', data: 'data', active: false, count: 0 });
  expect(desk.order).toBe('');
  desk.sorter.allocated(client, [1]);
  desk.sorter.unallocated(client, [1]);
  desk.sorter.setActive(client, true);
  expect(client).toMatchObject({ active: true, count: 1 });
  desk.sorter.add('a', 'its parent');
  desk.sorter.add('a/b/c', 'its child');
  expect(orderOf(desk.sorter)[0]).toBe(client);
  desk.sorter.remove(client);
  expect(desk.sorter.add('a/b', 'another')).toMatchObject({ active: false, count: 0 });
});

it('a weight holds before its path is there, and after it went', () => {
  play(drf(), [
    [(s) => [s.weigh('a', 4), s.add('a/b', 8), s.add('c', 3)], 'a/b c'],
    [(s) => [s.remove('a/b'), s.add('a', 8)], 'a c'],
  ]);
});

it('arrays that were handed in may be used again', () => {
  const sorter = new DrfSorter<string>();
  const [a, b] = [sorter.add('a', ''), sorter.add('b', '')];
  const scratch = [100, 10];
  sorter.setTotals(scratch);
  scratch.splice(0, 2, 2, 1);
  sorter.allocated(a, scratch);
  scratch.splice(0, 2, 1, 2);
  sorter.allocated(b, scratch);
  for (const client of [a, b]) sorter.setActive(client, true);
  expect(orderOf(sorter)).toEqual([a, b]);
});

it.each([
  ['drf', new DrfSorter<string>()],
  ['random', new RandomSorter<string>(() => 0.5)],
])('%s: a visit ends when it is told', (_, sorter) => {
  const desk = new Desk(sorter);
  for (const path of ['a', 'a/b', 'a/b/c', 'd']) desk.add(path);
  for (let wanted = 1; wanted <= 4; wanted++) {
    let seen = 0;
    sorter.visit(() => ++seen === wanted);
    expect(seen).toBe(wanted);
  }
});

// --- Laws ---

interface Holder {
  active: boolean;
  held: number[];
  count: number;
}

/** The same by the definition: nothing is kept but who holds what, and every order is sorted anew. */
class Plain {
  readonly flat: boolean;
  totals: readonly number[] = [];
  readonly weights = new Map<string, number>();
  readonly clients = new Map<string, Holder>();
  /** Of every path that is or has a client: allocations in its subtree since then. */
  readonly counts = new Map<string, number>();

  constructor(flat: boolean) {
    this.flat = flat;
  }

  /** With itself, outer first. */
  lineOf(path: string): string[] {
    if (this.flat) return [path];
    const names = path.split('/');
    return names.map((_, at) => names.slice(0, at + 1).join('/'));
  }

  inside(root: string): [string, Holder][] {
    return [...this.clients].filter(([path]) => root === '' || this.lineOf(path).includes(root));
  }

  allocate(path: string, amounts: readonly number[], sign: 1 | -1): void {
    const client = this.clients.get(path)!;
    client.held = client.held.map((held, column) => held + sign * (amounts[column] ?? 0));
    if (sign < 0) return;
    client.count += 1;
    for (const node of this.lineOf(path)) this.counts.set(node, (this.counts.get(node) ?? 0) + 1);
  }

  remove(path: string): void {
    this.clients.delete(path);
    for (const node of this.lineOf(path)) if (this.inside(node).length === 0) this.counts.delete(node);
  }

  order(root = ''): string[] {
    const depth = root === '' ? 0 : this.lineOf(root).length;
    const children = new Set(this.inside(root).map(([path]) => this.lineOf(path)[depth] ?? '.'));
    return [...children]
      .map((child) => {
        if (child === '.') {
          const { count, held } = this.clients.get(root)!;
          const members = [[root, this.clients.get(root)!]] as const;
          return { path: `${root}/.`, members, below: [root], count, share: this.share(held, 1) };
        }
        const members = this.inside(child);
        const isLeaf = members.length === 1 && this.clients.has(child);
        const held = this.totals.map((_, column) =>
          members.reduce((sum, [, client]) => sum + client.held[column]!, 0),
        );
        return {
          path: child,
          members,
          below: isLeaf ? [child] : this.order(child),
          count: this.counts.get(child) ?? 0,
          share: this.share(held, this.weights.get(child) ?? 1),
        };
      })
      .filter(({ members }) => members.some(([, { active }]) => active))
      .sort((a, b) => a.share - b.share || a.count - b.count || (a.path < b.path ? -1 : 1))
      .flatMap(({ below }) => below);
  }

  share(held: readonly number[], weight: number): number {
    return Math.max(0, ...this.totals.map((total, at) => (total > 0 ? held[at]! / total : 0))) / weight;
  }
}

const COLUMNS = 3;
const path = fc.oneof(
  fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
  fc.array(fc.constantFrom('a', 'b', '!'), { minLength: 1, maxLength: 4 }).map((names) => names.join('/')),
);
const act = fc.record({
  does: fc.constantFrom(
    ...(['add', 'add', 'add', 'remove', 'activate', 'deactivate', 'weigh', 'totals'] as const),
    ...(['allocate', 'allocate', 'allocate', 'free', 'free all', 'look', 'look'] as const),
  ),
  path,
  weight: fc.constantFrom(0.5, 1, 2, 3),
  /** Of what is allocated or given back; times ten, the totals. */
  amounts: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: COLUMNS }),
});
type Act = typeof act extends fc.Arbitrary<infer A> ? A : never;

/** Acts on both. What makes no sense now, makes no difference. */
function perform({ does, path, weight, amounts }: Act, desk: Desk, plain: Plain): void {
  const client = plain.clients.get(path);
  if (does === 'add' && !client) {
    desk.add(path);
    plain.clients.set(path, { active: true, held: Array.from({ length: COLUMNS }, () => 0), count: 0 });
  } else if (does === 'weigh') {
    desk.weigh(path, weight);
    plain.weights.set(path, weight);
  } else if (does === 'totals') {
    plain.totals = amounts.map((amount) => 10 * amount);
    desk.totals(...plain.totals);
  } else if (does === 'look') {
    expect(desk.order).toBe(plain.order().join(' '));
  } else if (client) {
    if (does === 'remove') {
      desk.remove(path);
      plain.remove(path);
    } else if (does === 'activate' || does === 'deactivate') {
      desk[does](path);
      client.active = does === 'activate';
    } else if (does === 'allocate') {
      desk.allocate(path, ...amounts);
      plain.allocate(path, amounts, 1);
    } else {
      const some = client.held.map((held, column) => Math.min(held, amounts[column] ?? 0));
      const given = does === 'free all' ? [...client.held] : some;
      desk.free(path, ...given);
      plain.allocate(path, given, -1);
    }
  }
}

describe.each([
  ['a tree', false],
  ['flat', true],
])('the laws of the order, %s', (_, flat) => {
  it('after any history it is what sorting everything anew gives', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 200, size: 'max' }), (acts) => {
        const desk = drf([], { flat });
        const plain = new Plain(flat);
        for (const one of acts) perform(one, desk, plain);
        expect(desk.order).toBe(plain.order().join(' '));
        for (const [path, { count, active }] of plain.clients)
          expect(desk.of(path)).toMatchObject({ path, count, active });
      }),
      { numRuns: 200 },
    );
  });
});

it('a role holds the sum of what is held below it, however that is divided, and whoever went', () => {
  const below = path.map((name) => `role/${name}`);
  const portions = fc.array(fc.tuple(below, fc.integer({ min: 1, max: 20 })), { minLength: 1 });
  fc.assert(
    fc.property(portions, fc.array(below), fc.constantFrom('role', 'rival'), (portions, leavers, winner) => {
      const desk = drf([10_000]);
      for (const path of ['role', 'rival']) desk.add(path, 100);
      const held = new Map<string, number>();
      for (const [path, amount] of portions) {
        if (!held.has(path)) desk.add(path);
        held.set(path, (held.get(path) ?? 0) + amount);
        desk.allocate(path, amount);
        desk.allocate('rival', amount);
        // To be looked at is to be put in order: the next one moves.
        expect(desk.order.split(' ')).toHaveLength(held.size + 2);
      }
      for (const path of new Set(leavers)) {
        if (!held.has(path)) continue;
        desk.remove(path);
        desk.free('rival', held.get(path)!);
      }
      desk.free(winner, 1);
      expect(desk.order.startsWith('rival')).toBe(winner === 'rival');
    }),
  );
});

describe('the lottery', () => {
  const DRAWS = 20_000;
  /** More than five standard deviations of any frequency among so many draws. */
  const NEAR = 0.02;

  /** How often each came at that place. */
  function frequencies(desk: Desk, place: number): Record<string, number> {
    const found: Record<string, number> = {};
    for (let draw = 0; draw < DRAWS; draw++) {
      const winner = orderOf(desk.sorter)[place]?.path ?? 'nobody';
      found[winner] = (found[winner] ?? 0) + 1 / DRAWS;
    }
    return found;
  }

  function expectNear(found: Record<string, number>, expected: Record<string, number>): void {
    expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
    for (const [path, frequency] of Object.entries(expected))
      expect(Math.abs(found[path]! - frequency), `${path}: ${found[path]}, not ${frequency}`).toBeLessThan(
        NEAR,
      );
  }

  /** When all have these chances to be first: the second is drawn of the others. */
  const second = (chances: Record<string, number>): Record<string, number> =>
    Object.fromEntries(
      Object.entries(chances).map(([path, own]) => [
        path,
        Object.entries(chances).reduce(
          (sum, [first, other]) => (first === path ? sum : sum + (other * own) / (1 - other)),
          0,
        ),
      ]),
    );

  const lottery = (weights: Record<string, number>, paths: readonly string[], flat: boolean): Desk => {
    const desk = new Desk(new RandomSorter(chance('lottery').next, { flat }));
    for (const [path, weight] of Object.entries(weights)) desk.weigh(path, weight);
    for (const path of paths) desk.add(path);
    return desk;
  };

  it.each([
    [
      'a flat one',
      true,
      { a: 1, b: 2, c: 3, d: 4, e: 5 },
      { a: 1 / 15, b: 2 / 15, c: 3 / 15, d: 4 / 15, e: 5 / 15 },
    ],
    [
      'a tree, where the chance of a role is divided',
      false,
      { a: 1, 'a/b': 2, c: 2, 'c/d': 1, 'c/e': 2 },
      { a: 1 / 9, 'a/b': 2 / 9, 'c/d': 2 / 9, 'c/e': 4 / 9 },
    ],
    ['a deeper one', false, { c: 2, 'c/d': 3 }, { a: 1 / 3, 'c/d/x': 1 / 4, 'c/d/y': 1 / 4, 'c/e': 1 / 6 }],
  ])('%s: first comes who has the weight, next of those left (S11)', (_, flat, weights, chances) => {
    const desk = lottery(weights, Object.keys(chances), flat);
    expectNear(frequencies(desk, 0), chances);
    expectNear(frequencies(desk, 1), second(chances));
  });

  it('so many that not all of them are drawn one by one: the same chances, and each comes once', () => {
    const light = Array.from({ length: 150 }, (_, i) => `light-${i}`);
    const desk = lottery({ heavy: 150, half: 75 }, ['heavy', 'half', ...light], true);
    const kindsAt = (place: number): Record<string, number> => {
      const kinds: Record<string, number> = {};
      for (const [path, part] of Object.entries(frequencies(desk, place))) {
        const kind = path.replace(/-.*/, '');
        kinds[kind] = (kinds[kind] ?? 0) + part;
      }
      return kinds;
    };
    expectNear(kindsAt(0), { heavy: 150 / 375, half: 75 / 375, light: 150 / 375 });
    // Of those that are left when the first is gone: for each kind of first, its chance and what it leaves.
    const heavy = (75 / 375) * (150 / 300) + (150 / 375) * (150 / 374);
    const half = (150 / 375) * (75 / 225) + (150 / 375) * (75 / 374);
    expectNear(kindsAt(1), { heavy, half, light: 1 - heavy - half });
    const order = orderOf(desk.sorter).map(({ path }) => path);
    expect(order).toHaveLength(152);
    expect(new Set(order).size).toBe(152);
    desk.deactivate('heavy');
    expectNear(kindsAt(0), { half: 75 / 225, light: 150 / 225 });
    desk.weigh('half', 150);
    expectNear(kindsAt(0), { half: 1 / 2, light: 1 / 2 });
  });

  it('the inactive have no part: theirs falls to those beside them', () => {
    const desk = lottery({ c: 2 }, ['a', 'a/b', 'c/d', 'c/e'], false);
    desk.deactivate('c/d');
    expectNear(frequencies(desk, 0), { a: 1 / 6, 'a/b': 1 / 6, 'c/e': 2 / 3 });
    desk.deactivate('c/e');
    expectNear(frequencies(desk, 0), { a: 1 / 2, 'a/b': 1 / 2 });
  });

  it('everybody is drawn once, and what is held makes no difference', () => {
    const desk = lottery({}, ['a', 'b'], true);
    desk.totals(10);
    desk.allocate('a', 9);
    desk.free('a', 1);
    expect(desk.of('a').count).toBe(1);
    expectNear(frequencies(desk, 0), { a: 1 / 2, b: 1 / 2 });
    expect(desk.order.split(' ').sort()).toEqual(['a', 'b']);
    desk.remove('a');
    expect(desk.order).toBe('b');
  });
});
