/** A run as people are told of it. */
import { countRanges, fills, type Json } from 'tender/framework';
import { runNumberOf } from './ended.ts';
import type { BatchView, Run } from './memory.ts';
import { openIndices } from './run.ts';

export type RunState = 'waiting' | 'active' | 'stopping' | 'complete' | 'failed' | 'stopped';

export function stateOf({ result, stopping, startedAt }: Run): RunState {
  if (result !== undefined) return result;
  if (stopping !== undefined) return 'stopping';
  return startedAt === undefined ? 'waiting' : 'active';
}

export function recordOf(run: Run, { instances, job: { spec } }: BatchView): Json {
  const { number, cause, at, due, startedAt, endedAt, version, count, done, lost, failures, env, output } =
    run;
  const live = instances.filter((one) => runNumberOf(one) === number && fills(one)).length;
  const waits = count - countRanges(done) - countRanges(lost) - live;
  return {
    run: number,
    state: stateOf(run),
    cause,
    version,
    at,
    due: due ?? null,
    startedAt: startedAt ?? null,
    endedAt: endedAt ?? null,
    duration: startedAt === undefined || endedAt === undefined ? null : endedAt - startedAt,
    count,
    succeeded: countRanges(done),
    failed: countRanges(lost),
    running: live,
    waiting: endedAt === undefined && openIndices(run).length > 0 ? Math.max(0, waits) : 0,
    env,
    output,
    why: run.stopping ?? '',
    failures: failures.map(({ index, ...failure }) => ({
      name: nameOfIndex(spec.name, run, index),
      index,
      ...failure,
    })),
  };
}

export const nameOfIndex = (job: string, { plain, number }: Run, index: number): string =>
  plain ? `${job}.${index}` : `${job}.${number}.${index}`;
