/**
 * What is remembered of an end. Exit code 0 is success, once and for all. What the program did wrong counts against it, and is
 * tried again as `retry` says; what was done to it (its machine is gone, others needed the room, it never arrived) does not.
 */
import { failedAgain, type Instance, isGivenUp, type TaskStatus } from 'tender/framework';
import { specOf } from './advance.ts';
import { type BatchMemory, type BatchView, type Run, withRuns } from './memory.ts';
import { holds, isDone, withAnew, withDone, withLost, withRetry } from './run.ts';
import type { BatchSpec } from './spec.ts';

/** What a machine could not even write down, its disk being full, it could not do a moment later either (ms). */
const REFUSED = 5_000;

export const runNumberOf = ({ note }: Pick<Instance, 'note'>): number =>
  (note as { readonly run: number } | undefined)?.run ?? 0;

export function ended(view: BatchView, instance: Instance, status: TaskStatus): BatchMemory {
  const { memory } = view.job;
  const run = memory.runs[runNumberOf(instance)];
  if (!run || run.endedAt !== undefined || isDone(run, instance.index)) return memory;
  const after = afterEnd(run, view, instance, status);
  return after === run ? memory : withRuns(memory, [after]);
}

function afterEnd(run: Run, view: BatchView, instance: Instance, status: TaskStatus): Run {
  const { index, agent, version } = instance;
  if (status.state === 'FINISHED') return withDone(run, index, status.output);
  const isLate = holds(run.late, index);
  if (run.stopping !== undefined || view.job.stopping) return run;
  const spec = specOf(view, run);
  const before = run.retrying[index];
  const { now } = view;
  if (!isLate && !isItsFault(status)) {
    // One that never arrives is not sent again and again without a pause.
    if (status.state !== 'DROPPED') return withAnew(run, index);
    const pause = status.reason === 'start_failed' ? REFUSED : 0;
    return withRetry(run, index, {
      inARow: before?.inARow ?? 0,
      until: now + Math.max(pause, spec.retry.delay),
      agent,
      version,
    });
  }
  const retry = { ...spec.retry, reset: Number.POSITIVE_INFINITY };
  const failures = failedAgain(before, instance, { ranFor: 0, now }, retry);
  if (isRetried(status, isLate, spec) && !isGivenUp(failures, retry)) return withRetry(run, index, failures);
  const { exitCode, at } = status;
  const message = isLate ? `ran for more than ${spec.timeout! / 1000} s` : status.message || status.reason;
  return withLost(run, { index, attempts: failures.inARow, exitCode: exitCode ?? null, message, at });
}

const isItsFault = ({ state, reason }: TaskStatus): boolean =>
  (state === 'FAILED' && reason !== 'agent_rebooted') || state === 'ERROR';

/** An end without an exit code of its own is none of those that are named. */
function isRetried(
  { exitCode }: TaskStatus,
  isLate: boolean,
  { retry: { only, never } }: BatchSpec,
): boolean {
  const code = isLate ? undefined : exitCode;
  if (code !== undefined && never?.includes(code)) return false;
  return only === undefined || (code !== undefined && only.includes(code));
}
