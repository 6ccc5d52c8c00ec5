/**
 * What an agent looks at again and again: what its machine and its tasks use, and what its executors can do. In the same
 * round executors see to their tasks (too long logs, shims that died without a word), so it is rarer while none runs.
 */
import type { Clock, Timer } from '../core/clock.ts';
import type { ExecutorFacts, TaskUsage, Usage } from '../core/cluster.ts';
import { causeOf } from '../core/errors.ts';
import type { Executor } from './executor.ts';

const ROUND = 1_000;
const IDLE_ROUND = 5_000;
/** The use is told this often, and what the executors can do is asked again this often. */
const USAGE_EVERY = 5_000;
const FACTS_EVERY = 30_000;

export interface RoundsOptions {
  readonly clock: Clock;
  readonly executors: readonly Executor[];
  /** The machine's use right now; cheap. */
  readonly measure: () => Promise<Omit<Usage, 'tasks'>>;
  /** Whether there is any task. */
  readonly isBusy: () => boolean;
  /** Whether there is a master to be told. */
  readonly isHeard: () => boolean;
  /** In each round, before anything is told. */
  readonly before: () => Promise<void>;
  readonly usage: (usage: Usage) => void;
  /** The executors can do something else than when they were last asked. */
  readonly changed: () => Promise<void>;
  readonly log: (line: string) => void;
}

export class Rounds {
  readonly #options: RoundsOptions;
  #timer: Timer | undefined;
  /** When the next one begins (ms since 1970). */
  #due = 0;
  #isUnderWay = false;
  #toldUsage = 0;
  #facts = '';
  #askedFacts = 0;
  #closed = false;

  constructor(options: RoundsOptions) {
    this.#options = options;
  }

  /**
   * The next one as soon as it is due from now: at the start, and when there is a first task. One that is due earlier stays
   * so: a task that is launched again and again must not put it off for ever.
   */
  schedule(): void {
    const { clock, isBusy } = this.#options;
    const due = clock.now() + (isBusy() ? ROUND : IDLE_ROUND);
    if (this.#closed || this.#isUnderWay || (this.#timer && this.#due <= due)) return;
    this.#timer?.cancel();
    this.#due = due;
    this.#timer = clock.after(due - clock.now(), () => this.#begin());
  }

  #begin(): void {
    this.#timer = undefined;
    this.#isUnderWay = true;
    this.#round()
      .catch((error: unknown) => this.#options.log(causeOf(error)))
      .finally(() => {
        this.#isUnderWay = false;
        this.schedule();
      });
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  /** What the executors can do now: from here on other facts are a change. */
  async facts(): Promise<readonly ExecutorFacts[]> {
    const facts = await this.#ask();
    this.#facts = JSON.stringify(facts);
    return facts;
  }

  async #ask(): Promise<readonly ExecutorFacts[]> {
    this.#askedFacts = this.#options.clock.now();
    return Promise.all(this.#options.executors.map((executor) => executor.facts()));
  }

  async #round(): Promise<void> {
    const { clock, executors, measure, before, isHeard, usage, changed } = this.#options;
    const tasks: Record<string, TaskUsage> = {};
    for (const executor of executors) Object.assign(tasks, await executor.usage());
    const host = await measure();
    await before();
    if (!isHeard()) return;
    const now = clock.now();
    if (now - this.#toldUsage >= USAGE_EVERY - ROUND / 2) {
      this.#toldUsage = now;
      usage({ ...host, tasks });
    }
    if (now - this.#askedFacts >= FACTS_EVERY && JSON.stringify(await this.#ask()) !== this.#facts)
      await changed();
  }
}
