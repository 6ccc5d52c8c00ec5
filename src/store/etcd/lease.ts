/**
 * A lease of etcd, kept alive:
 *
 *   held ──(refused, or 0.9 of its time without an answer)──▶ over
 *
 * It is over here before it can be over there, by a clock that nobody sets and that runs on while this process is
 * stopped: time counts from the moment that a question was *sent*, and etcd counts from when it got it. Invariant:
 * while `holds` is true, no other process can own what hangs on this lease.
 */
import type { Clock, Timer } from '../../core/clock.ts';
import type { EtcdClient, Stream } from './client.ts';
import type { LeaseState } from './schema.ts';

/** What is left of the time is for whoever is in the midst of something when it is over. */
const MARGIN = 0.9;
/** Between two streams (ms). */
const REOPEN = 200;

export class Lease {
  readonly id: string;
  /** Resolves with why, when it does not hold any more. */
  readonly ended: Promise<string>;
  readonly #etcd: EtcdClient;
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #end: (why: string) => void;
  #stream: Stream | undefined;
  #timer: Timer | undefined;
  /** When the questions that are still open were sent. */
  #asked: number[] = [];
  #until: number;
  #over = false;

  /** @param clock a monotonic one @param ttl seconds @throws TenderError `store.unavailable` */
  static async grant(etcd: EtcdClient, clock: Clock, ttl: number): Promise<Lease> {
    const asked = clock.now();
    return new Lease(etcd, clock, await etcd.grant(ttl), asked);
  }

  private constructor(etcd: EtcdClient, clock: Clock, granted: LeaseState, asked: number) {
    this.#etcd = etcd;
    this.#clock = clock;
    this.id = granted.ID;
    this.#ms = Number(granted.TTL) * 1_000;
    this.#until = asked + this.#ms * MARGIN;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.ended = promise;
    this.#end = resolve;
    this.#open();
  }

  get holds(): boolean {
    return !this.#over && this.#clock.now() < this.#until;
  }

  /** Ends it here at once, and there if etcd can be reached: whatever hangs on it is free. */
  async close(): Promise<void> {
    this.#finish('it was given back');
    await this.#etcd.revoke(this.id).catch(() => {}); // it ends by itself
  }

  #open(): void {
    if (this.#over) return;
    this.#asked = [];
    this.#stream = this.#etcd.keepAlive({
      message: ({ TTL }) => this.#answered(Number(TTL)),
      ended: () => {
        this.#stream = undefined;
        this.#wait(REOPEN, () => this.#open());
      },
    });
    this.#ask();
  }

  #ask(): void {
    if (this.#asked.length > 0) return this.#stream?.giveUp('it does not answer');
    this.#asked.push(this.#clock.now());
    this.#stream?.send({ ID: this.id });
    this.#wait(this.#ms / 3, () => this.#ask());
  }

  #answered(ttl: number): void {
    if (ttl === 0) return this.#finish('etcd has ended the lease');
    const asked = this.#asked.shift();
    if (asked !== undefined && this.holds) this.#until = asked + this.#ms * MARGIN;
  }

  /** The next step, or the end of the lease if that comes first. */
  #wait(ms: number, run: () => void): void {
    this.#timer?.cancel();
    const left = this.#until - this.#clock.now();
    this.#timer = this.#clock.after(Math.max(0, Math.min(ms, left)), () => {
      if (!this.holds) this.#finish(`etcd has not answered for ${Math.round((this.#ms * MARGIN) / 1000)} s`);
      else if (left < ms) this.#wait(ms - left, run);
      else run();
    });
  }

  #finish(why: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.cancel();
    this.#stream?.close();
    this.#end(why);
  }
}
