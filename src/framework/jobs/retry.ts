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
    /** So many times in a row; then it is given up. */
    attempts: attempts === undefined ? most.optional() : most.default(attempts),
    /** So many of them where it failed; the others rather elsewhere. */
    inPlace: z.number().int().min(0).default(2),
    /** Before the first one; it doubles each time. */
    delay: duration.default(500),
    maxDelay: duration.default(300_000),
    /** What has run for so long starts afresh. */
    reset: duration.default(600_000),
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
