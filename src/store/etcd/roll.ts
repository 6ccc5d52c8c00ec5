/**
 * The masters of a cluster, each by what it wrote itself. An entry outlives its master by a day: one that is being
 * restarted is still named to everybody, and one that will not come back is forgotten without anybody's doing.
 */
import type { Clock, Timer } from '../../core/clock.ts';
import type { EtcdClient, Stream } from './client.ts';
import { afterPrefix } from './schema.ts';

/** Seconds. */
const KEPT = 86_400;
const RENEWED = (KEPT / 3) * 1_000;
/** After a failure (ms). */
const PAUSE = 1_000;

export class Roll {
  readonly #etcd: EtcdClient;
  readonly #clock: Clock;
  readonly #range: Buffer;
  readonly #changed: () => void;
  readonly #timers = new Map<'enter' | 'watch', Timer>();
  #all: readonly string[] = [];
  #stream: Stream | undefined;
  #closed = false;

  /** @param changed `all` is not what it was */
  constructor(etcd: EtcdClient, clock: Clock, prefix: string, changed: () => void) {
    this.#etcd = etcd;
    this.#clock = clock;
    this.#range = Buffer.from(`${prefix}/masters/`);
    this.#changed = changed;
  }

  /** As written by each. While etcd does not answer, those of the last time: what was true is better than nothing. */
  get all(): readonly string[] {
    return this.#all;
  }

  /** It is in the list from now on, until a day after `close`; and knows it. @throws TenderError `store.unavailable` */
  async enter(name: string, text: string): Promise<void> {
    await this.#write(name, text);
    await this.#read();
  }

  close(): void {
    this.#closed = true;
    this.#stream?.close();
    for (const timer of this.#timers.values()) timer.cancel();
  }

  async #write(name: string, text: string): Promise<void> {
    const { ID: lease } = await this.#etcd.grant(KEPT);
    const key = Buffer.concat([this.#range, Buffer.from(name)]);
    await this.#etcd.txn({
      compare: [],
      success: [{ request_put: { key, value: Buffer.from(text), lease } }],
    });
    this.#renew(RENEWED, name, text);
  }

  #renew(wait: number, name: string, text: string): void {
    this.#later('enter', wait, () => {
      this.#write(name, text).catch(() => this.#renew(PAUSE, name, text));
    });
  }

  /** All of them, and then whatever changes. */
  async #read(): Promise<void> {
    const range_end = afterPrefix(this.#range);
    const { header, kvs } = await this.#etcd.range({ key: this.#range, range_end });
    const before = this.#all.join();
    this.#all = kvs.map(({ value }) => value.toString());
    if (before !== this.#all.join()) this.#changed();
    if (this.#closed) return;
    this.#stream?.close();
    this.#stream = this.#etcd.watch({
      message: ({ events, canceled }) => {
        if (canceled) this.#readLater();
        else if (events.length > 0) this.#readAgain();
      },
      ended: () => this.#readLater(),
    });
    const start_revision = String(BigInt(header.revision) + 1n);
    this.#stream.send({ create_request: { key: this.#range, range_end, start_revision } });
  }

  #readAgain(): void {
    this.#read().catch(() => this.#readLater());
  }

  #readLater(): void {
    this.#later('watch', PAUSE, () => this.#readAgain());
  }

  #later(what: 'enter' | 'watch', wait: number, run: () => void): void {
    this.#timers.get(what)?.cancel();
    if (!this.#closed) this.#timers.set(what, this.#clock.after(wait, run));
  }
}
