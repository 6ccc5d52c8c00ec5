/** How far the run under way has come, when the next ones come, and how the last ones ended: for people to watch. */
import { countRanges, type Progress, RUNS_TOLD, type RunMark, type Timetable } from 'tender/framework';
import { type BatchView, endedRuns, openRuns, type Run } from './memory.ts';
import { nextTimes, TIMES_TOLD } from './verbs.ts';

/** Of the oldest run that has not ended. */
export function progressOf({ job: { memory } }: BatchView): Progress | undefined {
  const [run, ...later] = openRuns(memory);
  if (!run) return undefined;
  const behind = later.length === 0 ? '' : `${later.length} more ${later.length === 1 ? 'waits' : 'wait'}`;
  return {
    kind: 'run',
    what: `run ${run.number}`,
    done: countRanges(run.done),
    failed: countRanges(run.lost),
    of: run.count,
    since: run.startedAt ?? run.at,
    step: run.stopping === undefined ? behind : `is ended: ${run.stopping}`,
    held: memory.paused ? 'somebody has paused it' : undefined,
    verbs: memory.paused ? ['resume', 'cancel'] : ['cancel', 'pause'],
  };
}

export function timetableOf(view: BatchView): Timetable {
  const { memory, spec, stopping } = view.job;
  const next = nextTimes(view, TIMES_TOLD);
  return {
    next,
    timezone: spec.schedule?.timezone,
    paused: memory.paused,
    verbs: stopping
      ? []
      : [
          spec.dispatch ? 'dispatch' : 'run-now',
          ...(next.length > 0 ? ['skip'] : []),
          memory.paused ? 'resume' : 'pause',
        ],
    runs: endedRuns(memory).slice(0, RUNS_TOLD).map(markOf),
  };
}

const markOf = ({ number, result, startedAt, endedAt = 0 }: Run): RunMark => ({
  run: number,
  state: result ?? 'stopped',
  at: endedAt,
  took: startedAt === undefined ? undefined : endedAt - startedAt,
});
