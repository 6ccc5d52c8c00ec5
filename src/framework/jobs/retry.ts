/**
 * What becomes of a slot whose instance has failed: it is tried again where it was, then elsewhere, after waits that
 * double, until it has run quietly for a while. The one policy of all kinds of job.
 */
import { z } from 'zod';
import type { AgentId } from '../../core/task.ts';
import { duration } from '../../core/units.ts';
import type { Instance } from './instance.ts';
import type { Placing } from './kind.ts';

/** For a kind with fields of its own beside these. @param attempts as many as there are by default; absent: without end */
export const retryFields = (attempts?: number) => {
  const most = z.number().int().min(0);
  return {
    attempts:
      attempts === undefined
        ? most.optional().describe('so many in a row, then it is given up; without it, never')
        : most.default(attempts).describe('so many in a row, then it is given up'),
    inPlace: z
      .number()
      .int()
      .min(0)
      .default(2)
      .describe(
        'so many attempts in a row are made on the same machine if there is room; the others rather elsewhere',
      ),
    delay: duration
      .prefault('500ms')
      .describe('wait before the first attempt; it doubles with each failure in a row'),
    maxDelay: duration.prefault('5m').describe('the longest such wait'),
    reset: duration
      .prefault('10m')
      .describe('an instance that has run for so long starts afresh: its next failure is its first'),
  };
};

export const retrySchema = (attempts?: number) => z.strictObject(retryFields(attempts)).prefault({});

export type Retry = z.output<ReturnType<typeof retrySchema>>;

/** How a slot has failed lately. */
export type Failures = {
  readonly inARow: number;
  /** No replacement before this time (ms since 1970). */
  readonly until: number;
  /** Where it failed last, and as which version. */
  readonly agent: AgentId;
  readonly version: number;
};

/** A slot has failed once more. @param ranFor how long the instance had been running (ms) */
export function failedAgain(
  before: Failures | undefined,
  { agent, version }: Instance,
  { ranFor, now }: { readonly ranFor: number; readonly now: number },
  { delay, maxDelay, reset }: Retry,
): Failures {
  const inARow = ranFor >= reset ? 1 : (before?.inARow ?? 0) + 1;
  return { agent, version, inARow, until: now + Math.min(maxDelay, delay * 2 ** (inARow - 1)) };
}

/** It is not tried again: it has been often enough. */
export const isGivenUp = ({ inARow }: Failures, { attempts }: Retry): boolean =>
  attempts !== undefined && inARow > attempts;

/** Where the next attempt goes. */
export const siteAfter = (
  { agent, inARow }: Failures,
  { inPlace }: Pick<Retry, 'inPlace'>,
): Pick<Placing, 'prefer' | 'avoid'> => (inARow <= inPlace ? { prefer: agent } : { avoid: [agent] });
