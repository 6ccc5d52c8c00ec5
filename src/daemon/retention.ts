/**
 * Agents that are unreachable or gone are not remembered for ever: a pool whose machines come and go would fill the
 * registry with them. Looked at every quarter of an hour, as in Mesos (`registry_gc_interval`), while there are any.
 */
import type { Timer } from '../core/clock.ts';
import type { Agent } from '../core/cluster.ts';
import { causeOf } from '../core/errors.ts';
import type { Parts } from './parts.ts';

export interface RetentionLimits {
  /** An agent that has been unreachable or gone for longer (ms) is forgotten. @default two weeks, as in Mesos */
  readonly age: number;
  /** Of more than so many, those are forgotten that went first. @default 10_000 */
  readonly count: number;
}

export const RETENTION: RetentionLimits = { age: 14 * 24 * 3_600_000, count: 10_000 };
const LOOK_EVERY = 15 * 60_000;

export class Retention {
  readonly #parts: Parts;
  readonly #limits: RetentionLimits;
  readonly #forget: (agent: Agent) => Promise<void>;
  #timer: Timer | undefined;

  constructor(parts: Parts, limits: RetentionLimits, forget: (agent: Agent) => Promise<void>) {
    this.#parts = parts;
    this.#limits = limits;
    this.#forget = forget;
  }

  /** There is one that is unreachable or gone. */
  wake(): void {
    this.#timer ??= this.#parts.clock.after(LOOK_EVERY, () => void this.#look());
  }

  close(): void {
    this.#timer?.cancel();
  }

  async #look(): Promise<void> {
    const { log, clock } = this.#parts;
    this.#timer = undefined;
    const lost = [...log.state.agents.values()]
      .filter(({ state }) => state === 'unreachable' || state === 'gone')
      .sort((a, b) => a.since - b.since);
    if (lost.length > 0) this.wake();
    const tooOld = clock.now() - this.#limits.age;
    const due = lost.filter(({ since }, i) => since < tooOld || i < lost.length - this.#limits.count);
    for (const agent of due)
      await this.#forget(agent).catch((error: unknown) =>
        log.emit({ type: 'master.warning', message: causeOf(error) }),
      );
  }
}
