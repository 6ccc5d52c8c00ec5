/**
 * The process table for whoever needs it as it is after a certain moment, and not at once: one look serves all who asked
 * before it. Where hundreds of short programs end each second, one look for each end would be most of an agent's work.
 */
import type { Clock } from '../../core/clock.ts';
import { type Sessions, sessions } from './proc-table.ts';

/** Between two looks (ms). */
const EVERY = 20;

export class FreshTable {
  readonly #clock: Clock;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #next: Promise<Sessions> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Looked at after this call. */
  next(): Promise<Sessions> {
    this.#next ??= new Promise((resolve) => {
      const wait = Math.max(0, this.#lookedAt + EVERY - this.#clock.now());
      this.#clock.after(wait, () => {
        this.#next = undefined;
        this.#lookedAt = this.#clock.now();
        resolve(sessions());
      });
    });
    return this.#next;
  }
}
