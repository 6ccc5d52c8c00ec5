/**
 * The registry in etcd, for the length of one term. Every transaction compares that the leader key is still the one of
 * this term's epoch, so nothing of an earlier leader can be written once its lease is over; and that the one before it
 * was the last, so that a transaction whose answer was lost can be repeated: it takes effect once, and none that was
 * delayed on its way can undo a later one.
 *
 * A commit within etcd's limits is one transaction, shared with others that wait. A larger one is first written beside
 * (the journal), then made to count by one key, then carried over: whoever finds that key at the start of a term
 * finishes the work, and whoever does not find it throws the rest away. So it is all or nothing, too.
 */
import type { Clock } from '../../core/clock.ts';
import { causeOf, TenderError } from '../../core/errors.ts';
import type { Change, Entry, Store, Told } from '../store.ts';
import type { EtcdClient } from './client.ts';
import { leaderKey, type Term } from './election.ts';
import {
  bytesOf,
  entryOf,
  fitsOne,
  journalKey,
  journalled,
  journalOperation,
  journalRange,
  lastOfEach,
  MAX_VALUE,
  operationOf,
  parts,
  registryRange,
} from './layout.ts';
import { afterPrefix, type KeyValue, type Operation, type TxnRequest } from './schema.ts';

export interface EtcdStoreOptions {
  readonly etcd: EtcdClient;
  readonly clock: Clock;
  readonly prefix: string;
  /** The store is of use for as long as it lasts; it resigns when a write is refused. */
  readonly term: Term;
}

interface Waiting {
  readonly changes: readonly Change[];
  readonly told?: Told | undefined;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Keys of one answer while loading. */
const PAGE = 1_000;
/** Before a transaction is asked for again (ms). */
const PAUSE = 100;

/** Loads all of it. @throws TenderError `master.deposed` where the term is over before */
export async function etcdStore(options: EtcdStoreOptions): Promise<Store> {
  const store = new EtcdStore(options);
  await store.open();
  return store;
}

class EtcdStore implements Store {
  readonly #options: EtcdStoreOptions;
  #entries: readonly Entry[] = [];
  #waiting: Waiting[] = [];
  #writing = false;
  #closed = false;
  /** What the last transaction wrote as `PREFIX/written`; undefined: there was none yet. */
  #last: Buffer | undefined;
  /** Transactions of this term. */
  #count = 0;

  constructor(options: EtcdStoreOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    const { prefix } = this.#options;
    this.#last = (await this.#get(this.#written))?.value;
    // Nothing of an earlier term can be written any more; only that this one still is one has to be seen.
    await this.#write([]);
    if (await this.#get(journalKey(prefix))) {
      const journal = journalRange(prefix);
      await this.#carryOver((await this.#all(journal)).map((kv) => journalled(kv, journal)));
    }
    const range = registryRange(prefix);
    this.#entries = (await this.#all(range)).map((kv) => entryOf(kv, range)).sort(inOrder);
  }

  load(): readonly Entry[] {
    const entries = this.#entries;
    this.#entries = []; // the registry has them
    return entries;
  }

  /** @throws TenderError `master.deposed`, `store.too_large` */
  commit(changes: readonly Change[], told?: Told): Promise<void> {
    if (this.#closed) return Promise.reject(this.#deposed('the store is closed'));
    const long = changes.find((change) => bytesOf(change) > MAX_VALUE);
    if (long) {
      const { space, key } = long;
      return Promise.reject(
        new TenderError('store.too_large', {
          entry: `${space}/${key}`,
          bytes: bytesOf(long),
          limit: MAX_VALUE,
        }),
      );
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ changes: lastOfEach(changes), told, resolve, reject });
      if (!this.#writing) void this.#flush();
    });
  }

  close(): void {
    this.#closed = true;
  }

  /** One transaction after another; those who come meanwhile share the next one. */
  async #flush(): Promise<void> {
    this.#writing = true;
    for (let group = this.#group(); group.length > 0; group = this.#group()) {
      const changes = lastOfEach(group.flatMap((one) => one.changes));
      try {
        if (changes.length > 0) await this.#commit(changes, group[0]!.told);
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#writing = false;
  }

  /** The first that wait, as many as fit into one transaction; or a large one alone. */
  #group(): Waiting[] {
    let changes: Change[] = [];
    let taken = 0;
    for (const waiting of this.#waiting) {
      const more = [...changes, ...waiting.changes];
      if (taken > 0 && !fitsOne(more)) break;
      changes = more;
      taken += 1;
    }
    return this.#waiting.splice(0, taken);
  }

  /** @param told of a large one */
  async #commit(changes: readonly Change[], told: Told = () => {}): Promise<void> {
    const { prefix } = this.#options;
    if (fitsOne(changes)) return this.#write(changes.map((change) => operationOf(prefix, change)));
    await this.#write([dropRange(journalRange(prefix))]); // of one that was given up
    // Half of the way; to carry it over is the other half.
    await this.#inParts(changes, journalOperation, (share) => told(share / 2));
    await this.#write([{ request_put: { key: journalKey(prefix), value: Buffer.from('complete') } }]);
    try {
      await this.#carryOver(changes, (share) => told((1 + share) / 2));
    } catch (error) {
      // It counts, and is not all there: the next term begins with it.
      return this.#giveUp(`a large commit could not be carried over: ${causeOf(error)}`);
    }
  }

  async #carryOver(changes: readonly Change[], told?: Told): Promise<void> {
    const { prefix } = this.#options;
    await this.#inParts(changes, operationOf, told);
    await this.#write([
      { request_delete_range: { key: journalKey(prefix) } },
      dropRange(journalRange(prefix)),
    ]);
  }

  async #inParts(changes: readonly Change[], operation: typeof operationOf, told?: Told): Promise<void> {
    const { prefix } = this.#options;
    const all = [...parts(changes)];
    for (const [i, part] of all.entries()) {
      await this.#write(part.map((change) => operation(prefix, change)));
      told?.((i + 1) / all.length);
    }
  }

  /** One transaction, repeated until it is known to be done, or the term is over. */
  async #write(operations: readonly Operation[]): Promise<void> {
    const { etcd, prefix, term } = this.#options;
    const leader = leaderKey(prefix);
    const key = this.#written;
    this.#count += 1; // also for one that fails: no two that differ may be told by the same mark
    const now = Buffer.from(`${term.epoch}.${this.#count}`);
    const request: TxnRequest = {
      compare: [
        { target: 'CREATE', key: leader, create_revision: term.epoch },
        this.#last
          ? { target: 'VALUE', key, value: this.#last }
          : { target: 'CREATE', key, create_revision: '0' },
      ],
      success: [...operations, { request_put: { key, value: now } }],
      failure: [{ request_range: { key: leader } }, { request_range: { key } }],
    };
    try {
      const { succeeded, responses } = await this.#repeat(() => etcd.txn(request));
      const [held, last] = responses.map((response) => response.response_range?.kvs[0]);
      const isDone = succeeded || (held?.create_revision === term.epoch && last?.value.equals(now));
      if (!isDone) return this.#giveUp('etcd refused a write: another one leads, or nobody');
    } catch (error) {
      // Of the write that fills its quota etcd says that there is no room, and has done it.
      const isDone = !isDeposed(error) && (await this.#get(key))?.value.equals(now);
      if (!isDone) throw error;
    }
    this.#last = now;
  }

  #giveUp(cause: string): never {
    void this.#options.term.resign(cause);
    throw this.#deposed(cause);
  }

  get #written(): Buffer {
    return Buffer.from(`${this.#options.prefix}/written`);
  }

  async #get(key: Buffer): Promise<KeyValue | undefined> {
    const { kvs } = await this.#repeat(() => this.#options.etcd.range({ key }));
    return kvs[0];
  }

  async #all(range: Buffer): Promise<KeyValue[]> {
    const { etcd } = this.#options;
    const all: KeyValue[] = [];
    const end = afterPrefix(range);
    for (let key = range; ; ) {
      const { kvs, more } = await this.#repeat(() => etcd.range({ key, range_end: end, limit: PAGE }));
      all.push(...kvs);
      const last = kvs.at(-1);
      if (!more || !last) return all;
      key = Buffer.concat([last.key, Buffer.of(0)]);
    }
  }

  /** Etcd elects a new leader of its own in 1.5–4 s: whoever asks meanwhile waits. */
  async #repeat<T>(ask: () => Promise<T>): Promise<T> {
    const { clock, term } = this.#options;
    for (;;) {
      if (!term.holds) throw this.#deposed(await term.ended);
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof TenderError && error.code === 'store.unavailable')) throw error;
        await new Promise<void>((resolve) => void clock.after(PAUSE, resolve));
      }
    }
  }

  #deposed(cause: string): TenderError {
    return new TenderError('master.deposed', { cause });
  }
}

const isDeposed = (error: unknown): boolean =>
  error instanceof TenderError && error.code === 'master.deposed';

const dropRange = (range: Buffer): Operation => ({
  request_delete_range: { key: range, range_end: afterPrefix(range) },
});

const inOrder = (a: Entry, b: Entry): number =>
  a.space === b.space ? (a.key < b.key ? -1 : 1) : a.space < b.space ? -1 : 1;
