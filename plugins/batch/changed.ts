/** What becomes of the runs of a job whose spec is another one from now on. */
import { newRun, stopped } from './advance.ts';
import {
  type BatchMemory,
  type BatchView,
  NOTHING_REMEMBERED,
  openRuns,
  type Run,
  withNewRun,
  withRuns,
} from './memory.ts';
import { openIndices } from './run.ts';
import { type BatchSpec, isPlain, sameWork } from './spec.ts';

/**
 * A plain job does its work anew, unless it is still the same: then it goes on, with more or fewer instances. Of any other
 * job each run goes on as it was begun, and the next one is as the job is then.
 */
export function changed(view: BatchView, spec: BatchSpec): BatchMemory {
  const { job, now } = view;
  const { spec: before, memory, version } = job;
  const open = openRuns(memory);
  if (job.stopping)
    return { ...NOTHING_REMEMBERED, last: memory.last, runs: stopped(memory, open, 'stopped').runs };
  const sameTimes = JSON.stringify(before.schedule) === JSON.stringify(spec.schedule);
  const kept = sameTimes ? memory : { ...memory, since: now };
  if (!isPlain(spec)) return kept;
  if (isPlain(before) && sameWork(before, spec)) return goneOn(kept, spec, version + 1);
  const anew = { ...newRun(spec, version + 1, now), cause: 'submit', plain: true } as const;
  return withNewRun(stopped(kept, open, 'replaced'), anew);
}

/** The same work: what is done stays done. */
function goneOn(memory: BatchMemory, { count, everywhere }: BatchSpec, version: number): BatchMemory {
  const runs = Object.values(memory.runs).filter(
    ({ number, endedAt, stopping }) =>
      stopping === undefined && (endedAt === undefined || number === memory.last),
  );
  return withRuns(
    memory,
    runs.map((run): Run => {
      const now = { ...run, version, count: everywhere ? run.count : count };
      if (run.endedAt === undefined || openIndices(now).length === 0) return now;
      const { endedAt: _, result: __, ...open } = now;
      return open;
    }),
  );
}
