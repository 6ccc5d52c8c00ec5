/**
 * One run: a cluster, a plan, and the question after each step whether everything still holds. At the end all faults
 * stop, and within a stated time the cluster has to be as it should be.
 */
import batch from '../../plugins/batch/index.ts';
import service from '../../plugins/service/index.ts';
import stateful from '../../plugins/stateful/index.ts';
import { ACTIONS } from './actions.ts';
import { FAULTS } from './faults.ts';
import { INVARIANTS } from './invariants/index.ts';
import keeper from './keeper.ts';
import once from './once.ts';
import type { Step } from './plan.ts';
import { Promises } from './promises.ts';
import { SimCluster, type Violation } from './sim-cluster.ts';
import { tidyUp } from './tidy-up.ts';

export interface RunOptions {
  readonly seed: number;
  readonly plan: readonly Step[];
  /** Milliseconds until all faults stop. */
  readonly length: number;
  readonly agents: number;
  readonly keep?: { readonly notes: boolean; readonly messages: boolean };
}

export interface Outcome {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** Over all that happened: the same for the same run. */
  readonly hash: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly lines: readonly string[];
  /** Virtual time (ms), and how long after the last fault it was quiet. */
  readonly passed: number;
  readonly quietAfter: number | undefined;
}

/** It is looked at least this often (ms). */
const LOOK = 10_000;
/** Everything has to be in order so long after the last fault (ms); and to stay so. */
const QUIET_WITHIN = 300_000;
const STAYS = 30_000;
const LOOK_FOR_QUIET = 5_000;

const actions = new Map(ACTIONS.map((action) => [action.name, action]));
const faults = new Map(FAULTS.map((fault) => [fault.name, fault]));

export async function simulate({ seed, plan, length, agents, keep }: RunOptions): Promise<Outcome> {
  const sim = new SimCluster({
    seed,
    masters: seed % 2 === 0 ? 3 : 1,
    frameworks: [service, batch, stateful, once, keeper],
    ...(keep && { keep }),
  });
  const stopListening = unhandled((error) =>
    sim.found('0 nothing throws', String((error as Error)?.stack ?? error)),
  );
  try {
    return await run(sim, { seed, plan, length, agents });
  } finally {
    stopListening();
  }
}

async function run(sim: SimCluster, { seed, plan, length, agents }: RunOptions): Promise<Outcome> {
  const promises = new Promises();
  const ends = new Set<() => void>();
  await sim.start(agents);
  const startedAt = sim.now;
  for (const step of plan) {
    await until(sim, promises, startedAt + step.at);
    if (sim.violations.length > 0) break;
    sim.count(step.name);
    if (step.kind === 'action') actions.get(step.name)?.run(sim, promises, step);
    else if (breaks(sim, step, ends)) sim.count('faults');
    check(sim, promises);
  }
  await until(sim, promises, startedAt + length);
  const quietAfter = sim.violations.length > 0 ? undefined : await settle(sim, promises, ends);
  sim.counts.set('acknowledged commands', promises.acknowledged);
  sim.counts.set('unanswered commands', promises.failed);
  sim.counts.set('task updates', sim.witness.updates);
  sim.counts.set('tasks started', sim.starts.size);
  return {
    seed,
    violations: sim.violations,
    hash: sim.trace.hash(),
    counts: Object.fromEntries(sim.counts),
    lines: sim.trace.lines,
    passed: sim.now - startedAt,
    quietAfter,
  };
}

/** Steps through time, and looks around now and then. */
async function until(sim: SimCluster, promises: Promises, time: number): Promise<void> {
  while (sim.now < time && sim.violations.length === 0) {
    await sim.clock.advance(Math.min(LOOK, time - sim.now));
    check(sim, promises);
  }
}

function check(sim: SimCluster, promises: Promises): void {
  for (const { name, always } of INVARIANTS)
    for (const what of always?.(sim, promises) ?? []) sim.found(name, what);
}

function breaks(sim: SimCluster, step: Step, ends: Set<() => void>): boolean {
  const end = faults.get(step.name)?.begin(sim, step);
  if (!end) return false;
  sim.note('fault', `${step.name} for ${(step.lasts / 1000).toFixed(1)} s`);
  const over = (): void => {
    if (!ends.delete(over)) return;
    sim.note('fault', `${step.name}: over`);
    end();
  };
  ends.add(over);
  sim.clock.after(step.lasts, over);
  return true;
}

/** @returns how long it took until all was quiet (ms) */
async function settle(
  sim: SimCluster,
  promises: Promises,
  ends: Set<() => void>,
): Promise<number | undefined> {
  for (const over of [...ends]) over();
  sim.network.heal();
  sim.note('fault', 'all are over');
  const since = sim.now;
  const isTidy = tidyUp(sim, promises);
  let wrong: [string, string][] = [];
  let quietSince: number | undefined;
  while (sim.now - since < QUIET_WITHIN || quietSince !== undefined) {
    await sim.clock.advance(LOOK_FOR_QUIET);
    check(sim, promises);
    if (sim.violations.length > 0) return undefined;
    wrong = isTidy() ? disquiet(sim, promises) : [['7 everybody is back', 'an operator cannot tidy up']];
    quietSince = wrong.length > 0 ? undefined : (quietSince ?? sim.now);
    if (quietSince !== undefined && sim.now - quietSince >= STAYS) return quietSince - since;
  }
  for (const [name, what] of wrong) sim.found(name, `${QUIET_WITHIN / 1000} s after the last fault ${what}`);
  return undefined;
}

function disquiet(sim: SimCluster, promises: Promises): [string, string][] {
  if (!sim.leader) return [['7 everybody is back', 'there is no master']];
  return INVARIANTS.flatMap(({ name, quiet }) =>
    (quiet?.(sim, promises) ?? []).map((what): [string, string] => [name, what]),
  );
}

function unhandled(report: (error: unknown) => void): () => void {
  process.on('unhandledRejection', report);
  process.on('uncaughtException', report);
  return () => {
    process.off('unhandledRejection', report);
    process.off('uncaughtException', report);
  };
}
