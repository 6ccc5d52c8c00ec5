/** Waiting times between attempts: doubling, capped, and jittered so that many peers never come back in step. */
import type { Random } from '../core/clock.ts';

export interface Backoff {
  /** The next wait in ms: between half and all of the current step, which then doubles. */
  next(): number;
  reset(): void;
}

export function backoff(firstMs: number, maxMs: number, random: Random): Backoff {
  let step = firstMs;
  return {
    next() {
      const wait = step * (0.5 + random() / 2);
      step = Math.min(step * 2, maxMs);
      return Math.round(wait);
    },
    reset() {
      step = firstMs;
    },
  };
}
