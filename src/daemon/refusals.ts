/**
 * Who was turned away, as events. Strangers may knock as often as they like: the first refusal of a kind is shown at
 * once, what repeats it within a second is only counted, and of very many kinds only the first few are shown.
 */
import type { Clock, Timer } from '../core/clock.ts';
import type { EventLog } from './event-log.ts';

const ROUND = 1_000;
/** Kinds within one round; a kind is a sentence, and strangers may find ways to vary it. */
const KINDS = 20;

export class Refusals {
  readonly #clock: Clock;
  readonly #log: EventLog;
  /** Shown in this round, and what came after the first of each. */
  readonly #kinds = new Map<string, { address: string; more: number }>();
  #others = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock, log: EventLog) {
    this.#clock = clock;
    this.#log = log;
  }

  tell(address: string, why: string): void {
    const kind = this.#kinds.get(why);
    if (kind) {
      kind.address = address;
      kind.more += 1;
    } else if (this.#kinds.size >= KINDS) this.#others += 1;
    else {
      this.#kinds.set(why, { address, more: 0 });
      this.#show(address, why);
    }
    this.#timer ??= this.#clock.after(ROUND, () => this.#finish());
  }

  close(): void {
    this.#timer?.cancel();
  }

  #finish(): void {
    this.#timer = undefined;
    for (const [why, { address, more }] of this.#kinds)
      if (more > 0) this.#show(address, `${why} (and ${more} more)`);
    if (this.#others > 0) this.#show('', `${this.#others} refusals for other reasons`);
    this.#kinds.clear();
    this.#others = 0;
  }

  #show(address: string, why: string): void {
    this.#log.emit({ type: 'peer.refused', address, why });
  }
}
