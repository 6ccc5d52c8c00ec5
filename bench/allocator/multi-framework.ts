/**
 * MultiFrameworkAllocations: rounds of allocating, launching and giving back the rests without a filter, until the last
 * task is launched. In Mesos' benchmark those that are done go on taking offers and giving them back; small ones are
 * then first in every round, and others starve. So it is measured a second time as a framework should behave, and
 * tender's do: who is done suppresses its offers.
 */

import { HierarchicalAllocator } from '../../src/core/allocator/hierarchical-allocator.ts';
import type { Share } from '../../src/core/allocator.ts';
import { resourcesOf } from '../../src/core/resources.ts';
import { note } from '../figures.ts';
import { compare, detail, table } from './comparison.ts';
import type { Part } from './part.ts';
import { GIVE_UP } from './published.ts';
import { seeded } from './seeded.ts';
import { duration, grouped, once, spreadOf, timed } from './spread.ts';
import { AGENT, AGENTS, type KindShares, TASKS, Workload } from './workload.ts';

const REPEATS = 5;
/** Parts of all tasks, at which the shares are looked at; and at the end. */
const MARKS = [0.25, 0.5, 0.75];

type Done = 'suppress' | 'return';

export const part: Part = {
  runs: () => [['suppress'], ['return']],
  measure([done]) {
    const what =
      done === 'suppress' ? 'who is done suppresses' : 'who is done returns its offers, as with Mesos';
    table(`MultiFrameworkAllocations, 554 frameworks, ${grouped(TASKS)} tasks: ${what}`);
    const first = launchAll(1, done as Done);
    const others = first.workload.launched < TASKS ? [] : repeated(done as Done);
    print(first, others);
  },
};

const repeated = (done: Done): Launch[] => Array.from({ length: REPEATS }, (_, i) => launchAll(2 + i, done));

interface Launch {
  /** ms: all of it, and of each round its allocation and its recovering of rests. */
  readonly whole: number;
  readonly allocate: readonly number[];
  readonly recover: readonly number[];
  readonly offers: number;
  readonly workload: Workload;
  readonly curve: readonly (readonly KindShares[])[];
}

function launchAll(seed: number, done: Done): Launch {
  const allocator = new HierarchicalAllocator({ random: seeded(seed) });
  const workload = new Workload();
  for (const agent of AGENTS) allocator.setAgent(agent, resourcesOf(AGENT));
  for (const [framework, role] of workload.roles) allocator.setFramework(framework, [role]);
  const allocate: number[] = [];
  const recover: number[] = [];
  const curve: (readonly KindShares[])[] = [];
  let count = 0;
  const start = performance.now();
  while (workload.launched < TASKS && performance.now() - start < GIVE_UP.ms) {
    let offers: readonly Share[] = [];
    const allocating = timed(() => {
      offers = allocator.allocate(allocate.length * 1000).offers;
    });
    const rests = offers.map((offer) => workload.launch(offer));
    const recovering = timed(() => {
      for (const rest of rests) allocator.recover(rest);
    });
    if (done === 'suppress')
      for (const { framework } of offers) if (workload.isDone(framework)) allocator.suppress(framework);
    allocate.push(allocating);
    recover.push(recovering);
    count += offers.length;
    while (workload.launched >= (MARKS[curve.length] ?? 2) * TASKS) curve.push(workload.shares());
  }
  const whole = performance.now() - start;
  return { whole, allocate, recover, offers: count, workload, curve: [...curve, workload.shares()] };
}

function print(first: Launch, others: readonly Launch[]): void {
  compare('until all are launched, the process’ first time', once(first.whole), { theirs: GIVE_UP });
  if (others.length > 0)
    compare('until all are launched, then', spreadOf(others.map(({ whole }) => whole)), { theirs: GIVE_UP });
  const all = [first, ...others];
  compare('   one allocation', spreadOf(all.flatMap(({ allocate }) => allocate)));
  compare('   giving back the rests of its offers', spreadOf(all.flatMap(({ recover }) => recover)));
  const { allocate, offers, workload, curve, whole } = first;
  const rounds = allocate.length;
  note(
    `${grouped(workload.launched)} tasks in ${grouped(rounds)} rounds with ${grouped(offers)} offers, ` +
      `${duration(whole / rounds)} a round`,
  );
  const { cpus, mem } = workload.used();
  note(`in use at the end: ${percent(cpus)} of the cpus, ${percent(mem)} of the memory`);
  printCurve(curve);
}

function printCurve(curve: Launch['curve']): void {
  note('dominant share of a role, least to most of its kind, when so many tasks are launched:');
  const marks = [...MARKS.slice(0, curve.length - 1).map(percent), 'at the end'];
  detail(
    ['', ...marks]
      .map((cell) => cell.padEnd(18))
      .join('')
      .trimEnd(),
  );
  for (const [i, { kind }] of curve[0]!.entries()) {
    const cells = curve.map((shares) => `${percent(shares[i]!.least)} – ${percent(shares[i]!.most)}`);
    detail(
      [kind, ...cells]
        .map((cell) => cell.padEnd(18))
        .join('')
        .trimEnd(),
    );
  }
}

const percent = (part: number): string => `${(part * 100).toFixed(1)} %`;
