/**
 * Batch work is done, and done as often as its framework remembers. An index that is done has really ended with 0; what was
 * remembered of one is not forgotten; a failure counts once. Runs of a job come one after the other, no time of a schedule has
 * two of them, and those that people were told of are there. Once quiet nothing stands still that could go on.
 */
import type { BatchMemory, Run } from '../../../plugins/batch/memory.ts';
import { holds, openIndices } from '../../../plugins/batch/run.ts';
import { type BatchSpec, batchSchema, isPlain } from '../../../plugins/batch/spec.ts';
import type { Json } from '../../../src/core/json.ts';
import { countRanges } from '../../../src/core/resources.ts';
import type { FrameworkId, TaskSpec } from '../../../src/core/task.ts';
import { latestTime } from '../../../src/framework/schedule.ts';
import { BATCH, neverTwice } from '../batch-jobs.ts';
import { idOf, type Machine } from '../machine.ts';
import { present } from '../people.ts';
import type { Promises } from '../promises.ts';
import { roomFor, roomOn } from '../room.ts';
import type { SimCluster } from '../sim-cluster.ts';
import { inputOf, type Success, workKey } from '../work-witness.ts';
import type { Invariant } from './invariant.ts';

interface Job {
  readonly name: string;
  readonly version: number;
  readonly stopping: boolean;
  readonly memory: Omit<BatchMemory, 'runs'>;
}

/** A time of a schedule is noticed within this time (ms). */
const NOTICED = 5_000;

type Kv = ReadonlyMap<string, Json>;

const kvOf = (sim: SimCluster): Kv | undefined => sim.leader?.daemon.parts.registry.kv(BATCH as FrameworkId);

const jobsIn = (kv: Kv): Job[] =>
  [...kv].flatMap(([key, value]) =>
    key.startsWith('job/') ? [{ ...(value as unknown as Job), name: key.slice(4) }] : [],
  );

/** The runs of each job, the first one first: as keys the tenth comes before the second. */
function runsIn(kv: Kv): (job: string) => readonly Run[] {
  const runs = new Map<string, Run[]>();
  for (const [key, value] of kv) {
    const [kind, job = ''] = key.split('/');
    if (kind !== 'part') continue;
    const known = runs.get(job) ?? [];
    known.push(value as unknown as Run);
    runs.set(job, known);
  }
  for (const known of runs.values()) known.sort((a, b) => a.number - b.number);
  return (job) => runs.get(job) ?? [];
}

const runIn = (kv: Kv, job: string, run: number): Run | undefined =>
  kv.get(`part/${job}/${run}`) as unknown as Run | undefined;

/** Worked out once from what was submitted. Undefined: of a version so old that nobody keeps it, or of none. */
const specs = new WeakMap<object, BatchSpec>();
function specIn(kv: Kv, job: string, version: number): BatchSpec | undefined {
  const input = inputOf(kv, job, version);
  if (!input) return undefined;
  const spec = specs.get(input) ?? batchSchema.parse(input);
  specs.set(input, spec);
  return spec;
}

const indicesOf = (ranges: Run['done']): number[] =>
  ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, n) => from + n));

/** As each was when it was last looked at: what has not changed since is as right as it was. */
const seen = new WeakMap<SimCluster, Map<string, Run>>();

function wrongRuns(sim: SimCluster, kv: Kv, job: string, runs: readonly Run[]): string[] {
  const before = seen.get(sim) ?? new Map<string, Run>();
  seen.set(sim, before);
  return runs.flatMap((run) => {
    const spec = specIn(kv, job, run.version);
    if (!spec)
      return run.endedAt === undefined ? [`nobody knows what run ${run.number} of ${job} is of`] : [];
    const key = workKey(job, spec.env['MARK'] ?? '', run.number, '');
    const former = before.get(key);
    before.set(key, run);
    return former === run ? [] : wrongRun(sim, spec, run, former).map((what) => `${key}${what}`);
  });
}

function wrongRun(sim: SimCluster, spec: BatchSpec, run: Run, former: Run | undefined): string[] {
  const { number, count, done, lost, retrying, failures, result } = run;
  const keyOf = (index: number | string): string => workKey(spec.name, spec.env['MARK'] ?? '', number, index);
  const out: string[] = [];
  for (const index of indicesOf(done))
    if (!sim.work.hasSucceeded(keyOf(index)))
      out.push(`${index} is done, and no program of it has ended with 0`);
  for (const index of indicesOf(former?.done ?? []))
    if (!holds(done, index)) out.push(`${index} was done, and is not any more`);
  for (const [index, { inARow }] of Object.entries(retrying))
    if (inARow > sim.work.failures(keyOf(index)))
      out.push(`${index} has failed ${sim.work.failures(keyOf(index))} times, and ${inARow} are counted`);
  for (const { index, attempts, exitCode, message } of failures) {
    const { attempts: most = 0, never = [] } = spec.retry;
    if (attempts > sim.work.failures(keyOf(index)))
      out.push(
        `${index} has failed ${sim.work.failures(keyOf(index))} times, and is given up after ${attempts}`,
      );
    const wasFull = run.sites !== undefined && message.startsWith('there was no room on ');
    if (attempts <= most && !wasFull && !never.includes(exitCode ?? 0))
      out.push(`${index} is given up after ${attempts} of ${most + 1} attempts`);
  }
  // Of those on each machine nobody waits for one that is away.
  const isShort = countRanges(done) < count && run.sites === undefined;
  if (result === 'complete' && (isShort || lost.length > 0)) out.push('is not complete');
  if (result === 'failed' && openIndices(run).length > 0 && run.sites === undefined)
    out.push('was given up before all was tried');
  return [...out, ...wrongTime(spec, run), ...wrongSites(run, former)];
}

/** It stands for the latest time that had come, so after a gap there is one run and not many. */
function wrongTime({ schedule }: BatchSpec, { due, at }: Run): string[] {
  if (due === undefined || !schedule) return [];
  if (due > at) return ['has come before its time'];
  return latestTime(schedule, due, at) === undefined ? [] : ['stands for a time after which others had come'];
}

/** Each machine has one index of it, and keeps that. */
function wrongSites({ sites = [] }: Run, former: Run | undefined): string[] {
  const out = twice(sites).map((agent) => `has two indices for ${agent}`);
  for (const [index, agent] of (former?.sites ?? []).entries())
    if (sites[index] !== agent) out.push(`${index} was for ${agent}, and is for ${sites[index]}`);
  return out;
}

/** What is for one machine runs on no other. */
function wrongPlaces(sim: SimCluster, kv: Kv): string[] {
  return [...sim.machines.values()].flatMap((machine) =>
    machine.engine.running.flatMap(({ spec: { id, job, env } }) => {
      const run = env['TENDER_RUN'] === undefined ? undefined : runIn(kv, job, Number(env['TENDER_RUN']));
      if (!run?.sites || inputOf(kv, job, run.version)?.env.MARK !== env['MARK']) return [];
      const site = run.sites[Number(env['TENDER_INDEX'])];
      return site === idOf(machine) ? [] : [`${id} runs on ${machine.name}, and is for ${site}`];
    }),
  );
}

const twice = (list: readonly unknown[]): unknown[] => list.filter((one, n) => list.indexOf(one) < n);

function wrongJob(kv: Kv, { name, version }: Job, runs: readonly Run[], promises: Promises): string[] {
  const spec = specIn(kv, name, version);
  if (!spec) return [`nobody knows what ${name} is to do`];
  const { overlap } = spec;
  const out: string[] = [];
  const open = runs.filter(({ startedAt, endedAt }) => startedAt !== undefined && endedAt === undefined);
  const mayOverlap = overlap === 'allow' || (overlap === undefined && name === 'q0');
  if (!mayOverlap && open.length > 1)
    out.push(`runs ${open.map(({ number }) => number)} of ${name} are at work at once`);
  for (const due of twice(runs.flatMap((run) => run.due ?? [])))
    out.push(`${name} has run twice for ${new Date(due as number).toISOString()}`);
  for (const asked of twice(runs.flatMap(({ env }) => env['REQUEST'] ?? [])))
    out.push(`${name} was asked once for ${asked}, and has run twice for that`);
  for (const run of promises.begun(name))
    if (!runIn(kv, name, run)) out.push(`run ${run} of ${name}, which somebody was told of, is not there`);
  for (const { number, stopping, due } of runs) {
    if (promises.canceled(name).has(number) && stopping === undefined)
      out.push(`run ${number} of ${name} goes on, and was canceled`);
    if (due !== undefined && promises.skipped(name).has(due))
      out.push(`run ${number} of ${name} is for a time that was to be skipped`);
  }
  return out;
}

const forgotten = (kv: Kv, { job, mark, run, index }: Success): string[] => {
  const found = runIn(kv, job, run);
  if (!found || found.endedAt !== undefined || holds([...found.done, ...found.lost], index)) return [];
  if (inputOf(kv, job, found.version)?.env.MARK !== mark) return [];
  return [`${workKey(job, mark, run, index)} has ended well, and is not done`];
};

/** Of those that wait for what is out of reach never two of an index, nor of two runs, nor more than were allowed. */
function wrongPrograms(kv: Kv, programs: readonly TaskSpec[], promises: Promises): string[] {
  const own = programs.filter(({ job }) => neverTwice(job));
  const runOf = ({ env }: TaskSpec): string => `${env['MARK']} run ${env['TENDER_RUN']}`;
  const kin = ({ job, env }: TaskSpec): string => `${job} ${promises.generation(job, env['MARK'])}`;
  return [...Map.groupBy(own, kin).values()].flatMap((tasks) => {
    const { job } = tasks[0]!;
    const out = twice(tasks.map((task) => `${runOf(task)} index ${task.env['TENDER_INDEX']}`)).map(
      (one) => `${job} ${one} runs twice`,
    );
    const runs = new Set(tasks.map(runOf));
    if (runs.size > 1) out.push(`${[...runs].join(' and ')} of ${job} run at once`);
    const version = (kv.get(`job/${job}`) as unknown as Job | undefined)?.version;
    const most = version === undefined ? undefined : specIn(kv, job, version)?.parallelism;
    if (most !== undefined && tasks.length > most)
      out.push(`${tasks.length} of ${job} run, and ${most} may at a time`);
    return out;
  });
}

const programsOf = (sim: SimCluster): TaskSpec[] =>
  present(sim).flatMap(({ engine }) => engine.running.map(({ spec }) => spec));

function broken(sim: SimCluster, promises: Promises): string[] {
  const kv = kvOf(sim);
  if (!kv) return [];
  const runs = runsIn(kv);
  return [
    ...sim.work.takeRemembered().flatMap((success) => forgotten(kv, success)),
    ...jobsIn(kv).flatMap((job) => [
      ...wrongRuns(sim, kv, job.name, runs(job.name)),
      ...wrongJob(kv, job, runs(job.name), promises),
    ]),
    ...wrongPrograms(kv, programsOf(sim), promises),
    ...wrongPlaces(sim, kv),
  ];
}

/** What could go on, and does not. */
function stuck(sim: SimCluster): string[] {
  const kv = kvOf(sim)!;
  const programs = programsOf(sim);
  const runs = runsIn(kv);
  return jobsIn(kv).flatMap(({ name, version, memory: { since, paused, seen: followed, ...memory } }) => {
    const spec = specIn(kv, name, version)!;
    const { schedule, after = [] } = spec;
    const out: string[] = [];
    if (paused) out.push(`${name} is paused`);
    const missed = schedule && latestTime(schedule, since ?? sim.now, sim.now - NOTICED);
    if (missed !== undefined) out.push(`${name} has not noticed ${new Date(missed).toISOString()}`);
    const open = runs(name).filter(({ endedAt }) => endedAt === undefined);
    for (const run of open) out.push(...stuckRun(sim, kv, run, name, programs, open));
    const last = runIn(kv, name, memory.last);
    if (spec.everywhere && isPlain(spec) && last?.startedAt !== undefined && last.stopping === undefined)
      for (const machine of sim.machines.values())
        if (isReady(sim, machine) && !last.sites?.includes(idOf(machine)))
          out.push(`run ${last.number} of ${name} leaves ${machine.name} out`);
    for (const job of after) {
      const at = (kv.get(`job/${job}`) as unknown as Job | undefined)?.memory.succeeded?.at ?? 0;
      if (open.length === 0 && at > (followed[job] ?? 0)) out.push(`${name} has not followed ${job}`);
    }
    return memory.last < Math.max(0, ...open.map(({ number }) => number))
      ? [...out, `${name} miscounts`]
      : out;
  });
}

function stuckRun(
  sim: SimCluster,
  kv: Kv,
  run: Run,
  job: string,
  programs: readonly TaskSpec[],
  open: readonly Run[],
): string[] {
  const { number, startedAt, stopping } = run;
  if (stopping !== undefined) return [`run ${number} of ${job} has not ended (${stopping})`];
  if (startedAt === undefined) return open[0] === run ? [`run ${number} of ${job} has not begun`] : [];
  const spec = specIn(kv, job, run.version)!;
  const live = programs.filter(
    (task) =>
      task.job === job && task.env['TENDER_RUN'] === String(number) && task.env['MARK'] === spec.env['MARK'],
  );
  if (run.sites) return stuckSites(sim, run, spec, live);
  const left = countRanges(openIndices(run));
  const room = roomFor(sim, spec);
  if (live.length >= Math.min(left, spec.parallelism ?? left) && left > 0) return [];
  return left > 0 && !room
    ? []
    : [`run ${number} of ${job} has ${left} to do, ${live.length} run, and there is room on ${room?.name}`];
}

/** Of a run on each machine: those that are there have done theirs, or are at it, or have no room. */
function stuckSites(sim: SimCluster, run: Run, spec: BatchSpec, live: readonly TaskSpec[]): string[] {
  const here = [...sim.machines.values()].filter((machine) => isReady(sim, machine));
  const open = indicesOf(openIndices(run)).flatMap((index) => {
    const machine = here.find((one) => idOf(one) === run.sites![index]);
    const isAtIt = live.some(({ env }) => env['TENDER_INDEX'] === String(index));
    return machine && !isAtIt ? [machine] : [];
  });
  const text = `run ${run.number} of ${spec.name}`;
  if (open.length === 0 && live.length === 0) return [`${text} has nothing to do, and has not ended`];
  return open
    .filter((machine) => roomOn(sim, machine, spec))
    .map(({ name }) => `${text} is still to be done on ${name}, and there is room`);
}

const isReady = (sim: SimCluster, machine: Machine): boolean => {
  const agent = sim.leader!.daemon.parts.log.state.agents.get(idOf(machine));
  return agent?.state === 'ready' && agent.withdrawn === undefined;
};

export const batch: Invariant = { name: '8 work is done once', always: broken, quiet: stuck };
