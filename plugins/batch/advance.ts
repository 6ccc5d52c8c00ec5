/**
 * How a job goes on by itself: runs end when all of theirs is done, new ones come by the clock or after other jobs, and one
 * whose turn it is starts. What cannot start now waits, or is let pass, as its `overlap` says.
 */
import { type Instance, latestTime } from 'tender/framework';
import {
  type BatchMemory,
  type BatchView,
  endedRuns,
  openRuns,
  type Run,
  withNewRun,
  withRuns,
} from './memory.ts';
import { openIndices } from './run.ts';
import { hasOpenSites, withoutRoom, withSites } from './sites.ts';
import { type BatchSpec, isPlain } from './spec.ts';

/** A time that is noticed so late (ms) is one that was missed. */
const LATE = 60_000;

type ByRun = ReadonlyMap<number, readonly Instance[]>;

export function advance(view: BatchView, ofRun: ByRun): BatchMemory {
  const { memory, stopping } = view.job;
  if (stopping) return memory;
  const ended = withEnds(memory, view, ofRun);
  const more = followed(scheduled(first(reopened(ended, view), view), view, ofRun), view, ofRun);
  return pruned(withSitesOf(started(more, view), view), view.job.spec);
}

export const specOf = ({ job, versions }: BatchView, { version }: Run): BatchSpec =>
  versions.get(version)?.spec ?? job.spec;

/** What is out of reach may come back; unless it is waited for, nothing is. */
export const holdsUp = ({ state }: Instance, { onLost }: BatchSpec): boolean =>
  state !== 'UNREACHABLE' || onLost === 'wait';

function withEnds(memory: BatchMemory, view: BatchView, ofRun: ByRun): BatchMemory {
  const over = openRuns(memory).filter((run) => isOver(run, view, ofRun.get(run.number) ?? []));
  const ended = over.map((run): Run => ({ ...run, endedAt: view.now, result: resultOf(run) }));
  const last = ended.filter(({ result }) => result === 'complete').at(-1);
  const after = withRuns(memory, ended);
  if (!last) return after;
  // Each success is another time: what comes after it goes by that.
  const at = Math.max(view.now, (memory.succeeded?.at ?? 0) + 1);
  return { ...after, succeeded: { at, output: last.output } };
}

const resultOf = ({ stopping, lost }: Run): NonNullable<Run['result']> =>
  stopping !== undefined ? 'stopped' : lost.length > 0 ? 'failed' : 'complete';

function isOver(run: Run, view: BatchView, instances: readonly Instance[]): boolean {
  const spec = specOf(view, run);
  if (instances.some((instance) => holdsUp(instance, spec))) return false;
  if (run.stopping !== undefined) return true;
  if (run.startedAt === undefined) return false;
  if (!spec.everywhere) return openIndices(run).length === 0;
  const seen = withSites(run, spec, view);
  return seen.count > 0 && !hasOpenSites(seen, view);
}

/** The next run is due: one of which nothing is there, for want of room on some machines, has had its time. */
function givingWay(memory: BatchMemory, view: BatchView, ofRun: ByRun): BatchMemory {
  const given = openRuns(memory).flatMap((run) => {
    const spec = specOf(view, run);
    if ((ofRun.get(run.number) ?? []).some((instance) => holdsUp(instance, spec))) return [];
    const after = withoutRoom(run, view);
    return after === run ? [] : [after];
  });
  return given.length === 0 ? memory : withEnds(withRuns(memory, given), view, ofRun);
}

/** One on each agent: also on those that come later. */
function reopened(memory: BatchMemory, view: BatchView): BatchMemory {
  const { spec } = view.job;
  const last = memory.runs[memory.last];
  if (
    !last ||
    !spec.everywhere ||
    !isPlain(spec) ||
    last.endedAt === undefined ||
    last.stopping !== undefined
  )
    return memory;
  const run = withSites(last, spec, view);
  if (!hasOpenSites(run, view)) return memory;
  const { endedAt: _, result: __, ...open } = run;
  return withRuns(memory, [open]);
}

function first(memory: BatchMemory, { job: { spec, version }, now }: BatchView): BatchMemory {
  if (memory.since !== undefined) return memory;
  const begun = { ...memory, since: now };
  return isPlain(spec)
    ? withNewRun(begun, { ...newRun(spec, version, now), cause: 'submit', plain: true })
    : begun;
}

export const newRun = (spec: BatchSpec, version: number, now: number) => ({
  at: now,
  version,
  ...(spec.everywhere ? { count: 0, sites: [] } : { count: spec.count }),
});

/** Of all times that have come since it was last looked at, the latest one is meant. */
function scheduled(memory: BatchMemory, view: BatchView, ofRun: ByRun): BatchMemory {
  const {
    job: { spec, version },
    now,
  } = view;
  const { schedule, overlap = 'skip', catchUp } = spec;
  if (!schedule) return memory;
  const due = latestTime(schedule, memory.since ?? now, now);
  if (due === undefined) return memory;
  const since = { ...(memory.paused ? memory : givingWay(memory, view, ofRun)), since: due };
  const open = openRuns(since);
  const skip = (why: string): BatchMemory => ({ ...since, skipped: { at: due, why } });
  if (memory.paused) return skip('paused');
  if (!catchUp && now - due > LATE) return skip('missed');
  if (overlap === 'skip' && open.length > 0) return skip(`run ${open[0]!.number} was still there`);
  if (overlap === 'queue' && open.some(({ startedAt }) => startedAt === undefined))
    return skip('another one waits already');
  const room = overlap === 'replace' ? stopped(since, open, 'replaced') : since;
  return withNewRun(room, { ...newRun(spec, version, now), cause: 'schedule', due });
}

/** None of these goes on. */
export const stopped = (memory: BatchMemory, runs: readonly Run[], why: string): BatchMemory =>
  withRuns(
    memory,
    runs.filter(({ stopping }) => stopping === undefined).map((run) => ({ ...run, stopping: why })),
  );

/** A run for the latest success of each of the jobs before it, when all of them are new. */
function followed(memory: BatchMemory, view: BatchView, ofRun: ByRun): BatchMemory {
  const {
    job: { spec, version },
    others,
    now,
  } = view;
  const { after, overlap = 'queue' } = spec;
  if (!after || memory.paused) return memory;
  const successes = after.map((name) => ({ name, success: others.get(name)?.succeeded }));
  if (!successes.every(({ name, success }) => success && success.at > (memory.seen[name] ?? 0)))
    return memory;
  const free = givingWay(memory, view, ofRun);
  const open = openRuns(free);
  // Those that come while it waits count for one run, which then sees the latest.
  if (overlap === 'queue' && open.length > 0) return free;
  const seen = Object.fromEntries(successes.map(({ name, success }) => [name, success!.at]));
  const looked = { ...free, seen };
  if (overlap === 'skip' && open.length > 0)
    return { ...looked, skipped: { at: now, why: `run ${open[0]!.number} was still there` } };
  const env = Object.assign({}, ...successes.map(({ success }) => success!.output)) as Run['env'];
  const room = overlap === 'replace' ? stopped(looked, open, 'replaced') : looked;
  return withNewRun(room, { ...newRun(spec, version, now), cause: 'after', env });
}

/** In their order; beside each other only where that is allowed, and never beside one that is being stopped. */
function started(memory: BatchMemory, { job: { spec }, now }: BatchView): BatchMemory {
  if (memory.paused) return memory;
  const { overlap = spec.dispatch ? 'allow' : 'skip' } = spec;
  const open = openRuns(memory);
  const isFree = (run: Run, i: number): boolean =>
    overlap === 'allow' ? open.every((other) => other === run || other.stopping === undefined) : i === 0;
  const next = open.filter((run, i) => !run.startedAt && run.stopping === undefined && isFree(run, i));
  return withRuns(
    memory,
    next.map((run) => ({ ...run, startedAt: now })),
  );
}

function withSitesOf(memory: BatchMemory, view: BatchView): BatchMemory {
  const open = openRuns(memory).filter(
    ({ startedAt, stopping }) => startedAt !== undefined && stopping === undefined,
  );
  const changed = open.flatMap((run) => {
    const seen = withSites(run, specOf(view, run), view);
    return seen === run ? [] : [seen];
  });
  return withRuns(memory, changed);
}

function pruned(memory: BatchMemory, { history }: BatchSpec): BatchMemory {
  const old = endedRuns(memory).slice(history);
  if (old.length === 0) return memory;
  const runs = { ...memory.runs };
  for (const { number } of old) delete (runs as Record<string, Run>)[number];
  return { ...memory, runs };
}
