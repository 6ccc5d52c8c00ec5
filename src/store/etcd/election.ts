/**
 * Who leads: whoever made the leader key, for as long as the lease that it hangs on lives.
 *
 *   looking ──key there──▶ waiting (a watch) ──it ended──▶ looking
 *      └──────no key─────────▶ lease ◀──deleted──┘
 *                                └─▶ the key, if there still is none ──▶ a term
 *
 * The revision in which the key was made is the term's epoch: it grows for ever, and every write of the term compares
 * it (store.ts). A term is over for its holder before the lease can be over for etcd (lease.ts), so two holders never
 * both believe; and if one is stopped in the midst of a sentence, what it writes when it wakes is refused.
 */
import type { Clock } from '../../core/clock.ts';
import { causeOf } from '../../core/errors.ts';
import type { EtcdClient } from './client.ts';
import { Lease } from './lease.ts';
import type { KeyValue } from './schema.ts';
import { watch } from './watch.ts';

export interface ElectionOptions {
  readonly etcd: EtcdClient;
  /** Monotonic. */
  readonly clock: Clock;
  readonly prefix: string;
  /** Seconds that a leader may be silent. Less elects faster, and loses the leadership whenever etcd elects its own. */
  readonly ttl: number;
  /** What everybody may know of this candidate: becomes the value of the key. */
  readonly self: string;
  /** Whoever leads, as it describes itself; undefined: nobody. Told at each change, of others than this one. */
  readonly leader: (leader: string | undefined) => void;
  readonly trouble: (cause: string) => void;
}

export interface Term {
  /** A revision of etcd, larger than of any term before. */
  readonly epoch: string;
  /** True while nobody else can lead. To be asked right before whatever only a leader may do. */
  readonly holds: boolean;
  /** Resolves with why, when it is over. */
  readonly ended: Promise<string>;
  /** Makes room at once. */
  resign(why?: string): Promise<void>;
}

export const leaderKey = (prefix: string): Buffer => Buffer.from(`${prefix}/leader`);

/** After any trouble with etcd (ms). */
const PAUSE = 200;

export class Election {
  readonly #options: ElectionOptions;
  readonly #key: Buffer;
  /** Each ends one of the watches that are open. */
  readonly #watches = new Set<() => void>();
  #closed = false;

  constructor(options: ElectionOptions) {
    this.#options = options;
    this.#key = leaderKey(options.prefix);
  }

  /** Stands, for as long as it takes. Undefined: it was closed. */
  async win(): Promise<Term | undefined> {
    while (!this.#closed) {
      try {
        const term = (await this.#isFree()) ? await this.#stand() : undefined;
        if (term) return term;
      } catch (error) {
        this.#options.trouble(causeOf(error));
        await this.#pause();
      }
    }
    return undefined;
  }

  /** Stands no more; a term that was won goes on. */
  close(): void {
    this.#closed = true;
    this.#stopWatching();
  }

  #stopWatching(): void {
    for (const stop of [...this.#watches]) stop();
  }

  /** Waits while somebody leads. @returns false: it could not see to the end of it, and has to look again */
  async #isFree(): Promise<boolean> {
    const { header, kvs } = await this.#options.etcd.range({ key: this.#key });
    const [held] = kvs;
    this.#options.leader(held?.value.toString());
    return held ? this.#deleted(header.revision) : true;
  }

  async #stand(): Promise<Term | undefined> {
    const { etcd, clock, ttl, self } = this.#options;
    const lease = await Lease.grant(etcd, clock, ttl);
    try {
      for (;;) {
        const epoch = await this.#take(lease.id, self).catch((error: unknown) => {
          if (!lease.holds || this.#closed) throw error;
          return 'unknown' as const;
        });
        if (epoch === 'unknown') await this.#pause();
        else if (epoch !== undefined && !this.#closed) return this.#begin(epoch, lease);
        else break;
      }
    } catch (error) {
      await lease.close();
      throw error;
    }
    await lease.close();
    return undefined;
  }

  /** The epoch, if the key is ours: made now, or by an attempt before this one whose answer was lost. */
  async #take(lease: string, self: string): Promise<string | undefined> {
    const key = this.#key;
    const { header, succeeded, responses } = await this.#options.etcd.txn({
      compare: [{ target: 'CREATE', key, create_revision: '0' }],
      success: [{ request_put: { key, value: Buffer.from(self), lease } }],
      failure: [{ request_range: { key } }],
    });
    if (succeeded) return header.revision;
    const held: KeyValue | undefined = responses[0]?.response_range?.kvs[0];
    return held?.lease === lease ? held.create_revision : undefined;
  }

  #begin(epoch: string, lease: Lease): Term {
    const ended = Promise.withResolvers<string>();
    let isOver = false;
    const end = (why: string): void => {
      isOver = true;
      ended.resolve(why);
      this.#stopWatching();
      void lease.close();
    };
    void lease.ended.then(end);
    // Taken away by a person, or by an etcd that was set back.
    void this.#gone(epoch, lease).then(() => end('the leader key is gone'));
    return {
      epoch,
      get holds() {
        return !isOver && lease.holds;
      },
      ended: ended.promise,
      resign(why = 'it has resigned') {
        end(why);
        return lease.close();
      },
    };
  }

  /** Resolves when the key of this epoch, or its lease, is not there any more. */
  async #gone(epoch: string, lease: Lease): Promise<void> {
    let from = epoch;
    while (lease.holds) {
      await this.#deleted(from);
      if (!lease.holds) return;
      const found = await this.#options.etcd.range({ key: this.#key }).catch(() => undefined);
      if (!found) await this.#pause();
      else if (found.kvs[0]?.create_revision !== epoch) return;
      else from = found.header.revision;
    }
  }

  /** Resolves when the key was deleted after this revision; or with false, when the watch for it has ended before. */
  #deleted(revision: string): Promise<boolean> {
    const { etcd, clock } = this.#options;
    return new Promise((resolve) => {
      const done = (isDeleted: boolean): void => {
        this.#watches.delete(stop);
        open.close();
        resolve(isDeleted);
      };
      const stop = (): void => done(false);
      const failed = (): void => {
        open.close();
        void this.#pause().then(stop);
      };
      this.#watches.add(stop);
      const request = { key: this.#key, start_revision: String(BigInt(revision) + 1n) };
      const open = watch(etcd, clock, request, {
        message: ({ canceled, events }) => {
          if (events.some(({ type }) => type === 'DELETE')) done(true);
          else if (canceled) failed();
        },
        ended: failed,
      });
    });
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#options.clock.after(PAUSE, resolve));
  }
}
