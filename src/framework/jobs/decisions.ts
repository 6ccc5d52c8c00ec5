/**
 * What was done for each job, and why: a small record of each decision, told to people as it is made, the last ones kept for
 * whoever asks. What happens to a job is noted before something is decided for it, so each decision knows its cause.
 */
import type { Decision } from '../../core/cluster.ts';
import type { FrameworkContext } from '../define.ts';
import { countersOf, type Placing, type Plan, type Stopping } from './kind.ts';

/** So many of a job are kept. */
const KEPT = 10;

export interface Decided extends Omit<Decision, 'job'> {
  /** ms since 1970 */
  readonly at: number;
}

export class Decisions {
  readonly #context: FrameworkContext;
  readonly #causes = new Map<string, string>();
  readonly #stopped = new Map<string, readonly Stopping[]>();
  readonly #placed = new Map<string, Placing[]>();
  readonly #notes = new Map<string, string[]>();
  readonly #last = new Map<string, Decided[]>();

  constructor(context: FrameworkContext) {
    this.#context = context;
  }

  /** Of several causes the first one counts. */
  because(job: string, cause: string): void {
    if (!this.#causes.has(job)) this.#causes.set(job, cause);
  }

  /** Something that is neither a start nor a stop. */
  noted(job: string, note: string): void {
    this.#notes.set(job, [...(this.#notes.get(job) ?? []), note]);
  }

  stopped(job: string, { stop }: Plan): void {
    if (stop.length > 0) this.#stopped.set(job, [...(this.#stopped.get(job) ?? []), ...stop]);
  }

  placed(job: string, placings: readonly Placing[]): void {
    this.#placed.set(job, [...(this.#placed.get(job) ?? []), ...placings]);
  }

  /**
   * All that was done since the last call.
   * @param left how many instances of the job still are to be placed: the cause of that is what it was
   */
  tell(left: (job: string) => number): void {
    for (const job of new Set([...this.#notes.keys(), ...this.#stopped.keys(), ...this.#placed.keys()])) {
      const [stop, place] = [this.#stopped.get(job) ?? [], this.#placed.get(job) ?? []];
      const cause = this.#causes.get(job) ?? 'offers';
      const missing = left(job);
      const notes = [
        ...(this.#notes.get(job) ?? []),
        ...(missing > 0 ? [`${missing} still without a place`] : []),
      ];
      const decision = { cause, counters: countersOf({ stop, place }), notes };
      this.#context.decided({ job, ...decision });
      const last = [{ at: this.#context.now(), ...decision }, ...(this.#last.get(job) ?? [])];
      this.#last.set(job, last.slice(0, KEPT));
    }
    for (const map of [this.#notes, this.#stopped, this.#placed]) map.clear();
    for (const job of this.#causes.keys()) if (left(job) === 0) this.#causes.delete(job);
  }

  /** The latest first. */
  of(job: string): readonly Decided[] {
    return this.#last.get(job) ?? [];
  }

  forget(job: string): void {
    this.#last.delete(job);
  }
}
