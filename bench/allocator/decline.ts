/**
 * DeclineOffers: every offer is declined for ever, two rounds for each framework. Mesos takes the time of a cycle from
 * its trigger to its last offer; so does this, and gives the time of the declines apart. In the first half of the
 * rounds every agent is offered; in the second one everybody has refused everything.
 */
import { freemem } from 'node:os';
import { note } from '../figures.ts';
import { amount, compare, detail, megabytes, table } from './comparison.ts';
import { type Cycle, DecliningCluster } from './declining-cluster.ts';
import { type Held, held, since } from './held.ts';
import type { Part } from './part.ts';
import { AGENTS_ADDED, CYCLES } from './published.ts';
import { duration, grouped, once, spreadOf, timed } from './spread.ts';

const PUBLISHED = [
  ['1000', '100'],
  ['5000', '500'],
  ['10000', '1000'],
  ['20000', '2000'],
] as const;
const AGENTS = ['1000', '5000', '10000', '20000', '30000', '50000'];
const FRAMEWORKS = ['1', '50', '100', '200', '500', '1000', '3000', '6000'];

/** ms a cycle. */
const TARGETS: Readonly<Record<string, number>> = { '10000 × 1000': 50, '20000 × 2000': 200 };

/** A point that takes longer is left, and that is said (ms). */
const PATIENCE = 40 * 60_000;
/** Bytes that a filter may take, at most. */
const FILTER = 32;
const LOOKS = 7;

export const part: Part = {
  runs: (full) =>
    full
      ? [...AGENTS.flatMap((agents) => FRAMEWORKS.map((frameworks) => [agents, frameworks])), PUBLISHED[3]]
      : PUBLISHED,
  measure([agents, frameworks]) {
    measure(Number(agents), Number(frameworks));
  },
};

function measure(agents: number, frameworks: number): void {
  const point = `${agents} × ${frameworks}`;
  table(`DeclineOffers, ${grouped(agents)} agents × ${grouped(frameworks)} frameworks`);
  const before = held();
  const cluster = new DecliningCluster(agents, frameworks);
  compare('add frameworks', once(timed(() => cluster.addFrameworks())));
  const added = timed(() => cluster.addAgents());
  const first = cluster.cycle();
  compare('add agents, and the first offers (cold)', once(added + first.allocate), {
    theirs: AGENTS_ADDED[point],
  });
  compare(`   of that, the first cycle (${grouped(first.offers)} offers)`, once(first.allocate));

  const cycles: Cycle[] = [];
  const rounds = Math.min(2 * frameworks, Math.floor((0.6 * freemem()) / (agents * FILTER)));
  const start = performance.now();
  while (cycles.length < rounds && performance.now() - start < PATIENCE) cycles.push(cluster.cycle());
  printCycles(cycles, point);
  if (cycles.length < 2 * frameworks)
    note(`stopped after ${grouped(cycles.length)} of ${grouped(2 * frameworks)} rounds: time or memory`);
  else printLooks(cluster);
  printMemory(before, [first, ...cycles]);
  note(`${grouped(cycles.length)} rounds took ${duration(performance.now() - start)}`);
}

function printCycles(cycles: readonly Cycle[], point: string): void {
  const offering = cycles.filter(({ offers }) => offers > 0);
  const idle = cycles.filter(({ offers }) => offers === 0);
  if (offering.length === 0)
    return note('after the first cycle there was nobody left to be offered anything');
  const { offers } = offering[0]!;
  compare(`a cycle of ${point} that makes ${grouped(offers)} offers`, spreadOf(offering.map(allocateOf)), {
    theirs: CYCLES[point],
    target: TARGETS[point],
  });
  const tenth = Math.ceil(offering.length / 10);
  const part = (from: number, to?: number): string =>
    duration(spreadOf(offering.slice(from, to).map(allocateOf)).p50);
  detail(`p50 of the first tenth of these rounds ${part(0, tenth)}, of the last ${part(-tenth)}`);
  compare('   the declines of so many offers (Mesos does not count them)', spreadOf(offering.map(declineOf)));
  compare('   both', spreadOf(offering.map((cycle) => allocateOf(cycle) + declineOf(cycle))));
  if (idle.length > 1) compare('a cycle when nothing has changed', spreadOf(idle.slice(1).map(allocateOf)));
}

const allocateOf = ({ allocate }: Cycle): number => allocate;
const declineOf = ({ decline }: Cycle): number => decline;

/** Everybody has refused everything: what a cycle costs that tries everybody on every agent. */
function printLooks(cluster: DecliningCluster): void {
  const looks = Array.from({ length: LOOKS }, () => cluster.lookAtAll());
  compare('a cycle that looks at all agents, everything refused', spreadOf(looks));
  const revived = Array.from({ length: LOOKS }, (_, i) =>
    cluster.revive(Math.floor((i * cluster.frameworks.length) / LOOKS)),
  );
  compare('one framework revives, until it is offered all of it', spreadOf(revived));
}

function printMemory(before: Held, cycles: readonly Cycle[]): void {
  const filters = cycles.reduce((sum, { offers }) => sum + offers, 0);
  const { rss, heap, buffers } = since(before, held());
  amount(`RSS over the empty process, with ${grouped(filters)} filters`, rss);
  detail(`heap ${megabytes(heap)}, typed arrays ${megabytes(buffers)}`);
  detail(`highest RSS so far ${megabytes(process.resourceUsage().maxRSS * 1024)}`);
}
