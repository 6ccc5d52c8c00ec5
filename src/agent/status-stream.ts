/**
 * One task's updates on their way to its framework: in order, one at a time, repeated (1 s doubling to 60 s) until the
 * head is acknowledged with its uuid. Any other acknowledgement is a late or foreign one and changes nothing.
 */
import type { Clock, Timer } from '../core/clock.ts';
import type { Update } from './checkpoint.ts';

const FIRST = 1_000;
const MOST = 60_000;

export class StatusStream {
  readonly #clock: Clock;
  /** False: not connected; `resume` sends again. */
  readonly #send: (update: Update) => boolean;
  readonly #queue: Update[];
  #timer: Timer | undefined;
  #wait = FIRST;

  constructor(clock: Clock, send: (update: Update) => boolean, pending: readonly Update[] = []) {
    this.#clock = clock;
    this.#send = send;
    this.#queue = [...pending];
  }

  get pending(): readonly Update[] {
    return this.#queue;
  }

  push(update: Update): void {
    this.#queue.push(update);
    if (this.#queue.length === 1) this.resume();
  }

  /** Sends the head at once, and from then on with growing waits. */
  resume(): void {
    this.#wait = FIRST;
    this.#deliver();
  }

  pause(): void {
    this.#timer?.cancel();
  }

  /** @returns the update that this acknowledges, if it is the head */
  acknowledge(uuid: string): Update | undefined {
    if (this.#queue[0]?.uuid !== uuid) return undefined;
    const head = this.#queue.shift();
    this.resume();
    return head;
  }

  #deliver(): void {
    this.#timer?.cancel();
    const head = this.#queue[0];
    if (!head || !this.#send(head)) return;
    this.#timer = this.#clock.after(this.#wait, () => this.#deliver());
    this.#wait = Math.min(this.#wait * 2, MOST);
  }
}
