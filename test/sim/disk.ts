/**
 * A disk with one file of entries on it, behind the `Store` of the daemons. What was committed is there whatever dies; what
 * is on its way to the platter when a process dies may be there or not, in order, and when the power fails is not. It
 * can be slow, refuse to write, and be full.
 */

import type { Clock } from '../../src/core/clock.ts';
import { TenderError } from '../../src/core/errors.ts';
import type { Change, Entry, Store } from '../../src/store/store.ts';
import type { Chance } from './chance.ts';
import type { SimProcess } from './sim-process.ts';

interface Writing {
  readonly changes: readonly Change[];
  readonly resolve: () => void;
  readonly reject: (error: TenderError) => void;
}

export interface Trouble {
  /** No space left: nothing can be written. */
  full: boolean;
  /** Each write fails with this chance. */
  failing: number;
  /** Each write takes up to so many ms longer. */
  slow: number;
}

/** What a write takes (ms). */
const SYNC = 4;

export class Disk {
  readonly trouble: Trouble = { full: false, failing: 0, slow: 0 };
  /** Writes that failed, and those that a death has caught on their way. */
  readonly counts = { failed: 0, torn: 0 };
  /** How often something was written: as long as this is the same, so is all that is there. */
  writes = 0;
  /** Keys of what it has refused, ever. */
  readonly refused = new Set<string>();
  readonly #entries = new Map<string, Entry>();
  readonly #name: string;
  readonly #clock: Clock;
  readonly #chance: Chance;
  #writing: Writing[] = [];

  constructor(name: string, clock: Clock, chance: Chance) {
    this.#name = name;
    this.#clock = clock;
    this.#chance = chance;
  }

  get(space: string, key: string): string | undefined {
    return this.#entries.get(`${space}\u0000${key}`)?.value;
  }

  /** All that is durable. */
  entries(): Entry[] {
    return [...this.#entries.keys()].sort().map((id) => this.#entries.get(id)!);
  }

  /** For one process, until it dies. */
  open(process: SimProcess): Store {
    process.whenKilled(() => this.#torn());
    return {
      load: () => this.entries(),
      // What a dead process had still in mind is not written, and holds nobody up.
      commit: (changes) => (process.alive ? this.#commit(process, changes) : new Promise(() => {})),
      close: () => {},
    };
  }

  #commit(process: SimProcess, changes: readonly Change[]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const { full, failing, slow } = this.trouble;
    const copy = changes.map((change) => ({ ...change }));
    this.#writing.push({ changes: copy, resolve: process.guard(resolve), reject: process.guard(reject) });
    // Those of the same moment share one write, as they share a transaction.
    if (this.#writing.length > 1) return promise;
    const fails = full || this.#chance.happens(failing);
    this.#clock.after(SYNC * this.#chance.next() + slow * this.#chance.next(), () =>
      this.#flush(process, fails),
    );
    return promise;
  }

  #flush(process: SimProcess, fails: boolean): void {
    if (!process.alive) return;
    const group = this.#writing;
    this.#writing = [];
    if (fails) {
      this.counts.failed += 1;
      const cause = this.trouble.full ? 'no space left on device' : 'input/output error';
      const error = new TenderError('state.write', { folder: this.#name, cause });
      for (const { changes, reject } of group) {
        for (const { key } of changes) this.refused.add(key);
        reject(error);
      }
      return;
    }
    for (const { changes } of group) this.#apply(changes);
    for (const { resolve } of group) resolve();
  }

  /** What was not synced is gone. */
  powerFails(): void {
    if (this.#writing.length > 0) this.counts.torn += 1;
    this.#writing = [];
  }

  /** Its process died in the middle of a write: a transaction is there as a whole, or not at all. */
  #torn(): void {
    const group = this.#writing;
    this.#writing = [];
    if (group.length === 0) return;
    this.counts.torn += 1;
    if (!this.trouble.full && this.#chance.happens(0.5))
      for (const { changes } of group) this.#apply(changes);
  }

  #apply(changes: readonly Change[]): void {
    this.writes += 1;
    for (const { space, key, value } of changes) {
      const id = `${space}\u0000${key}`;
      if (value === null) this.#entries.delete(id);
      else this.#entries.set(id, { space, key, value });
    }
  }
}
