/**
 * BENCHMARK_FullSort and HierarchyFullSort: the sorter alone, with allocations in turn to all its clients. Mesos' sorter
 * books whole resources, a hundred ranges of ports among them; this one is told amounts, and the ports are the books'
 * affair. So the same is measured a second time through the whole allocator, ports and all.
 */
import { DrfSorter } from '../../src/core/allocator/drf-sorter.ts';
import { HierarchicalAllocator } from '../../src/core/allocator/hierarchical-allocator.ts';
import { RandomSorter } from '../../src/core/allocator/random-sorter.ts';
import { orderOf, type Sorter, type SorterClient } from '../../src/core/allocator/sorter.ts';
import { resourcesOf } from '../../src/core/resources.ts';
import type { AgentId, FrameworkId } from '../../src/core/task.ts';
import { compare, table } from './comparison.ts';
import { fragments } from './declining-cluster.ts';
import type { Part } from './part.ts';
import { type Published, SORTER } from './published.ts';
import { seeded } from './seeded.ts';
import { grouped, once, spreadOf, timed } from './spread.ts';

const AGENTS = [1000, 5000, 10_000, 20_000, 30_000, 50_000];
const CLIENTS = [1, 50, 100, 200, 500, 1000];
/** Height with the root, and children of each node. */
const TREES = ['3 32', '7 3', '10 2'] as const;

const REMOVE_TARGET = 300;
const SORT_TARGET = 1;
const REPEATS = 7;

/** cpus, mem, disk */
const TOTAL = [24_000, 4_096_000, 4_096_000];
const USED = [16_000, 2_014_000, 1_024_000];

export const part: Part = {
  runs: (full) => [
    ...(full ? AGENTS : [10_000, 50_000]).flatMap((agents) =>
      (full ? CLIENTS : [100, 1000]).map((clients) => ['flat', `${agents}`, `${clients}`]),
    ),
    ...(full ? AGENTS : [50_000]).flatMap((agents) => TREES.map((tree) => ['tree', `${agents}`, tree])),
    ['allocator', '50000', '1000'],
  ],
  measure([kind, agents, shape = '']) {
    if (kind === 'allocator') return measureAllocator(Number(agents), Number(shape));
    const paths = kind === 'tree' ? pathsOfTree(shape) : pathsOf(Number(shape));
    const name = kind === 'tree' ? `in a tree ${shape.replace(' ', ' × ')}` : 'side by side';
    measureSorter('drf', () => new DrfSorter(), name, Number(agents), paths);
    measureSorter('random', () => new RandomSorter(seeded()), name, Number(agents), paths);
  },
};

const pathsOf = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i}`);

/** Every node but the root is a client, after its descendants. */
function pathsOfTree(shape: string): string[] {
  const [height = 0, width = 0] = shape.split(' ').map(Number);
  const below = (path: string, depth: number): string[] =>
    depth === 0
      ? []
      : [
          ...Array.from({ length: width }, (_, i) => below(`${path}${i}/`, depth - 1)).flat(),
          path.slice(0, -1),
        ];
  return below('', height).filter((path) => path !== '');
}

const STEPS = [
  'add clients',
  'add agents',
  'allocate',
  'sort',
  'sort again',
  'remove',
  'remove clients',
] as const;
type Step = (typeof STEPS)[number];

function measureSorter(
  rule: 'drf' | 'random',
  make: () => Sorter<undefined>,
  name: string,
  agents: number,
  paths: readonly string[],
): void {
  table(`FullSort, ${rule}, ${grouped(agents)} agents, ${grouped(paths.length)} clients ${name}`);
  const rounds = Array.from({ length: REPEATS }, () => stepsOf(make(), agents, paths));
  const isPublished = rule === 'drf' && agents === 50_000 && paths.length === 1000;
  const published: Partial<Record<Step, Published>> = isPublished
    ? { allocate: SORTER.allocate, remove: SORTER.remove }
    : {};
  const targets: Partial<Record<Step, number>> =
    agents === 50_000 ? { 'sort again': SORT_TARGET, remove: REMOVE_TARGET } : {};
  for (const step of STEPS)
    compare(
      step === 'remove' || step === 'sort again' ? `${step}, ${rule}, ${paths.length} clients ${name}` : step,
      spreadOf(rounds.map((times) => times[step])),
      { theirs: published[step], target: rule === 'drf' ? targets[step] : undefined },
    );
}

/** All clients are active, unlike in Mesos' benchmark: else there is nothing to sort. */
function stepsOf(sorter: Sorter<undefined>, agents: number, paths: readonly string[]): Record<Step, number> {
  const clients: SorterClient<undefined>[] = [];
  const eachAgent = (what: (client: SorterClient<undefined>) => void): void => {
    for (let i = 0; i < agents; i++) what(clients[i % clients.length]!);
  };
  return {
    'add clients': timed(() => {
      for (const path of paths) clients.push(sorter.add(path, undefined));
      for (const client of clients) sorter.setActive(client, true);
    }),
    'add agents': timed(() => {
      for (let i = 1; i <= agents; i++) sorter.setTotals(TOTAL.map((amount) => amount * i));
    }),
    allocate: timed(() => eachAgent((client) => sorter.allocated(client, USED))),
    sort: timed(() => orderOf(sorter)),
    'sort again': timed(() => orderOf(sorter)),
    remove: timed(() => eachAgent((client) => sorter.unallocated(client, USED))),
    'remove clients': timed(() => {
      for (const client of clients) sorter.remove(client);
    }),
  };
}

function measureAllocator(agents: number, frameworks: number): void {
  table(`The same through the allocator, ${grouped(agents)} agents, ${grouped(frameworks)} frameworks`);
  const total = resourcesOf({ cpus: 24_000, mem: 4_096_000, disk: 4_096_000 }, { ports: [[31000, 32000]] });
  const resources = resourcesOf(
    { cpus: 16_000, mem: 2_014_000, disk: 1_024_000 },
    { ports: fragments([31000, 32000], 100) },
  );
  const allocator = new HierarchicalAllocator({ random: seeded() });
  const shares = Array.from({ length: agents }, (_, i) => ({
    framework: `framework-${i % frameworks}` as FrameworkId,
    role: '*',
    agent: `agent-${i}` as AgentId,
    resources,
  }));
  for (let i = 0; i < frameworks; i++) allocator.setFramework(`framework-${i}` as FrameworkId, ['*']);
  for (const { agent } of shares) allocator.setAgent(agent, total);
  const rounds = Array.from({ length: REPEATS }, () => ({
    use: timed(() => {
      for (const share of shares) allocator.use(share);
    }),
    order: timed(() => allocator.order()),
    recover: timed(() => {
      for (const share of shares) allocator.recover(share);
    }),
  }));
  compare('the first time: use', once(rounds[0]!.use), { theirs: SORTER.allocate });
  compare('use', spreadOf(rounds.map(({ use }) => use)), { theirs: SORTER.allocate });
  compare('recover', spreadOf(rounds.map(({ recover }) => recover)), { theirs: SORTER.remove });
}
