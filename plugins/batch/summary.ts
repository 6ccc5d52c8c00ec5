/** A batch job in the list of jobs. */
import { countRanges, fills, type Summary } from 'tender/framework';
import { type BatchView, endedRuns, openRuns, type Run } from './memory.ts';
import { stateOf } from './record.ts';
import type { BatchSpec } from './spec.ts';
import { progressOf, timetableOf } from './timetable.ts';

export const columns = [
  { title: 'Done', key: 'done' },
  { title: 'Last', key: 'last' },
  { title: 'Next', key: 'next' },
];

export function summary(view: BatchView): Summary {
  const { job, instances } = view;
  const { memory } = job;
  const open = openRuns(memory);
  const [last] = endedRuns(memory);
  const timetable = timetableOf(view);
  const running = instances.filter((instance) => fills(instance) && instance.state === 'RUNNING').length;
  const status = statusOf(view, open, last, running);
  return {
    desired: open.reduce((sum, run) => sum + wantedOf(run, job.spec), 0),
    status,
    settled: status !== 'failed' && status !== 'starting' && status !== 'stopping',
    succeeded: memory.succeeded,
    progress: progressOf(view),
    timetable,
    columns: {
      done: open.map(progressText).slice(0, 3).join('; '),
      last: last ? lastText(last) : '',
      next: nextText(view, timetable.next[0]),
    },
  };
}

/** Never `running`: whoever waits for it waits until it is complete. */
function statusOf(
  { job: { memory, stopping, spec } }: BatchView,
  open: readonly Run[],
  last: Run | undefined,
  running: number,
): string {
  if (stopping) return 'stopping';
  if (memory.paused) return 'paused';
  if (open.length > 0)
    return running > 0 ? 'active' : open[0]!.stopping === undefined ? 'starting' : 'active';
  if (last) return stateOf(last);
  return spec.schedule ? 'scheduled' : 'ready';
}

const leftOf = ({ count, done, lost }: Run): number => count - countRanges(done) - countRanges(lost);

function wantedOf(run: Run, { parallelism = Number.POSITIVE_INFINITY }: BatchSpec): number {
  return run.startedAt === undefined || run.stopping !== undefined ? 0 : Math.min(parallelism, leftOf(run));
}

function progressText(run: Run): string {
  const failed = countRanges(run.lost);
  return `${countRanges(run.done)}/${run.count}${failed > 0 ? `, ${failed} failed` : ''}`;
}

function lastText(run: Run): string {
  const { number, startedAt, endedAt = 0 } = run;
  const took = startedAt === undefined ? '' : ` in ${durationText(endedAt - startedAt)}`;
  return `${number} ${stateOf(run)}${took}`;
}

export function durationText(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  return ms < 3_600_000 ? `${Math.round(ms / 60_000)} min` : `${(ms / 3_600_000).toFixed(1)} h`;
}

function nextText(view: BatchView, next: number | undefined): string {
  const { schedule } = view.job.spec;
  if (!schedule || next === undefined) return '';
  return view.job.memory.paused ? 'paused' : timeText(next, schedule.timezone);
}

/** By time zone: one takes as long to make as it takes to write hundreds of times. */
const writers = new Map<string, Intl.DateTimeFormat>();

function writerOf(timeZone: string): Intl.DateTimeFormat {
  // The Swedish way to write a time is the international one.
  const format = { timeZone, dateStyle: 'short', timeStyle: 'medium' } as const;
  const writer = writers.get(timeZone) ?? new Intl.DateTimeFormat('sv', format);
  writers.set(timeZone, writer);
  return writer;
}

/** `2026-11-24 02:30 Europe/Berlin`, with seconds where there are any. */
export const timeText = (at: number, timezone: string): string =>
  `${writerOf(timezone).format(at).replace(/:00$/, '')} ${timezone}`;
