/**
 * An etcd in memory: keys with revisions, transactions with comparisons, leases that end by its own clock, watches that miss
 * nothing. Its members and how they agree are etcd's own business; what its users see of their troubles is here:
 * it does not answer, or it answers too late, so that nobody knows whether a thing was done.
 */
import type { Clock, Timer } from '../../src/core/clock.ts';
import { TenderError } from '../../src/core/errors.ts';
import type { EtcdClient, Stream, StreamHandlers } from '../../src/store/etcd/client.ts';
import type {
  Compare,
  KeyValue,
  LeaseState,
  Operation,
  RangeRequest,
  RangeResponse,
  TxnRequest,
  TxnResponse,
  WatchCreateRequest,
  WatchResponse,
} from '../../src/store/etcd/schema.ts';
import type { Chance } from './chance.ts';
import type { SimProcess } from './sim-process.ts';

interface Lease {
  readonly id: string;
  readonly ms: number;
  timer: Timer;
}

interface Happened {
  readonly type: 'PUT' | 'DELETE';
  readonly kv: KeyValue;
  readonly revision: number;
}

interface Watch {
  isMeant(key: string): boolean;
  happened(event: Happened): void;
}

type WatchRequest = { readonly create_request: WatchCreateRequest } | { readonly progress_request: object };

export interface EtcdTrouble {
  /** Hosts that do not reach it. */
  readonly cutOff: Set<string>;
  /** It has no leader of its own: nobody is answered, and no lease ends. */
  down: boolean;
  /** The chance that an answer is lost. */
  lostAnswers: number;
}

/** A question without an answer fails after this (ms). */
const DEADLINE = 1_500;
const SHORTEST_LEASE = 2;

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

const inRange = ({ key, range_end }: Pick<RangeRequest, 'key' | 'range_end'>): ((key: string) => boolean) => {
  const from = textOf(key);
  const end = range_end && textOf(range_end);
  return (one) => (end === undefined ? one === from : one >= from && one < end);
};

export class SimEtcd {
  readonly trouble: EtcdTrouble = { cutOff: new Set(), down: false, lostAnswers: 0 };
  readonly #clock: Clock;
  readonly #chance: Chance;
  readonly #wrote: (who: SimProcess, request: TxnRequest) => void;
  readonly #keys = new Map<string, KeyValue>();
  readonly #history: Happened[] = [];
  readonly #leases = new Map<string, Lease>();
  readonly #watches = new Set<Watch>();
  #revision = 1;
  #count = 0;

  /** @param wrote told of each transaction that took effect, before it does */
  constructor(clock: Clock, chance: Chance, wrote: (who: SimProcess, request: TxnRequest) => void) {
    this.#clock = clock;
    this.#chance = chance;
    this.#wrote = wrote;
  }

  /** The value of a key now. */
  get(key: Uint8Array): KeyValue | undefined {
    return this.#keys.get(textOf(key));
  }

  entries(prefix: string): KeyValue[] {
    return [...this.#keys].filter(([key]) => key.startsWith(prefix)).map(([, kv]) => kv);
  }

  /** It stops answering; when it is back, leases have their whole time again, as after an election of its own. */
  fail(): () => void {
    this.trouble.down = true;
    for (const lease of this.#leases.values()) lease.timer.cancel();
    return () => {
      this.trouble.down = false;
      for (const lease of this.#leases.values()) this.#renew(lease);
    };
  }

  /** As one process on one host reaches it. */
  client(process: SimProcess, host: string): EtcdClient {
    const ask = <T>(run: () => T): Promise<T> => this.#ask(process, host, run);
    const client: Omit<EtcdClient, never> = {
      endpoint: 'etcd',
      range: (request) => ask(() => this.#range(request)),
      txn: (request) => ask(() => this.#txn(process, request)),
      grant: (ttl) => ask(() => this.#grant(ttl)),
      revoke: (lease) => ask(() => this.#end(lease)),
      keepAlive: (handlers) => this.#keepAlive(process, host, handlers),
      watch: (handlers) => this.#watch(process, host, handlers),
      close: () => {},
    };
    return client as EtcdClient;
  }

  #reaches(host: string): boolean {
    return !this.trouble.down && !this.trouble.cutOff.has(host);
  }

  #travel(): number {
    return 1 + 4 * this.#chance.next();
  }

  #ask<T>(process: SimProcess, host: string, run: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      let isOver = false;
      const once = (settle: () => void): void => {
        if (!isOver) settle();
        isOver = true;
      };
      const late = process.clock.after(DEADLINE, () =>
        once(() => reject(new TenderError('store.unavailable', { store: 'etcd', cause: 'no answer' }))),
      );
      this.#clock.after(this.#travel(), () => {
        if (!this.#reaches(host)) return;
        const answer = run();
        if (this.#chance.happens(this.trouble.lostAnswers)) return;
        const arrive = process.guard(() =>
          once(() => {
            late.cancel();
            resolve(answer);
          }),
        );
        this.#clock.after(this.#travel(), () => {
          if (this.#reaches(host)) arrive();
        });
      });
    });
  }

  #range(request: RangeRequest): RangeResponse {
    const { limit = Number.POSITIVE_INFINITY } = request;
    const isIn = inRange(request);
    const all = [...this.#keys.keys()].filter(isIn).sort();
    const kvs = all.slice(0, limit).map((one) => this.#keys.get(one)!);
    return { header: this.#header(), kvs, more: all.length > kvs.length };
  }

  #txn(process: SimProcess, request: TxnRequest): TxnResponse {
    const { compare, success, failure = [] } = request;
    const succeeded = compare.every((one) => this.#holds(one));
    const operations = succeeded ? success : failure;
    const changes = operations.some((operation) => !('request_range' in operation));
    if (changes) {
      this.#wrote(process, request);
      this.#revision += 1;
    }
    const responses = operations.map((operation) => this.#carryOut(operation));
    return { header: this.#header(), succeeded, responses };
  }

  #holds(compare: Compare): boolean {
    const found = this.get(compare.key);
    return compare.target === 'CREATE'
      ? (found?.create_revision ?? '0') === compare.create_revision
      : (found?.value.equals(compare.value) ?? false);
  }

  #carryOut(operation: Operation): { response_range?: RangeResponse } {
    if ('request_range' in operation) return { response_range: this.#range(operation.request_range) };
    if ('request_put' in operation) {
      const { key, value, lease = '0' } = operation.request_put;
      const create_revision = this.get(key)?.create_revision ?? String(this.#revision);
      const kv = { key: Buffer.from(key), value: Buffer.from(value), create_revision, lease };
      this.#keys.set(textOf(key), kv);
      this.#happened('PUT', kv);
    } else for (const kv of this.#range(operation.request_delete_range).kvs) this.#delete(kv);
    return {};
  }

  #delete(kv: KeyValue): void {
    this.#keys.delete(textOf(kv.key));
    this.#happened('DELETE', kv);
  }

  #grant(ttl: number): LeaseState {
    this.#count += 1;
    const seconds = Math.max(SHORTEST_LEASE, ttl);
    const lease = { id: String(this.#count), ms: seconds * 1_000, timer: this.#clock.after(0, () => {}) };
    this.#leases.set(lease.id, lease);
    this.#renew(lease);
    return { ID: lease.id, TTL: String(seconds) };
  }

  #renew(lease: Lease): void {
    lease.timer.cancel();
    lease.timer = this.#clock.after(lease.ms, () => this.#end(lease.id));
  }

  #end(id: string): void {
    const lease = this.#leases.get(id);
    lease?.timer.cancel();
    this.#leases.delete(id);
    const held = [...this.#keys.values()].filter((kv) => kv.lease === id);
    if (held.length === 0 || !lease) return;
    this.#revision += 1;
    for (const kv of held) this.#delete(kv);
  }

  #keepAlive(process: SimProcess, host: string, handlers: StreamHandlers<LeaseState>): Stream {
    let isOpen = true;
    const said = process.guard((state: LeaseState) => {
      if (isOpen) handlers.message(state);
    });
    const ended = process.guard((cause: string) => {
      if (isOpen) handlers.ended(cause);
      isOpen = false;
    });
    return {
      send: (request) => {
        const { ID } = request as { ID: string };
        this.#clock.after(this.#travel(), () => {
          if (!this.#reaches(host)) return;
          const lease = this.#leases.get(ID);
          if (lease) this.#renew(lease);
          const state = { ID, TTL: String(lease ? lease.ms / 1_000 : 0) };
          this.#clock.after(this.#travel(), () => {
            if (this.#reaches(host)) said(state);
          });
        });
      },
      giveUp: (cause) => ended(cause),
      close: () => {
        isOpen = false;
      },
    };
  }

  /** Of one key or a range, from one revision on. Each question is answered. What happens while it cannot be told is told when it can. */
  #watch(process: SimProcess, host: string, handlers: StreamHandlers<WatchResponse>): Stream {
    const untold: Happened[] = [];
    let watch: Watch | undefined;
    const stop = (): void => {
      if (watch) this.#watches.delete(watch);
      watch = undefined;
    };
    process.whenKilled(stop);
    const arrived = process.guard((events: readonly Happened[]) => {
      if (watch) handlers.message({ header: this.#header(), created: false, canceled: false, events });
    });
    const tell = (wait: number): void =>
      void this.#clock.after(wait, () => {
        if (!this.#reaches(host)) tell(DEADLINE);
        else if (untold.length > 0) arrived(untold.splice(0));
      });
    return {
      send: (request) => {
        this.#clock.after(this.#travel(), () => {
          if (this.#reaches(host)) arrived([]);
        });
        const asked = request as WatchRequest;
        if ('progress_request' in asked) return;
        const { key, range_end, start_revision } = asked.create_request;
        watch = {
          isMeant: inRange({ key, ...(range_end && { range_end }) }),
          happened: (event) => {
            untold.push(event);
            if (untold.length === 1) tell(this.#travel());
          },
        };
        this.#watches.add(watch);
        for (const event of this.#history)
          if (event.revision >= Number(start_revision)) this.#show(watch, event);
      },
      giveUp: (cause) => {
        stop();
        process.guard(() => handlers.ended(cause))();
      },
      close: stop,
    };
  }

  #happened(type: Happened['type'], kv: KeyValue): void {
    const event = { type, kv, revision: this.#revision };
    this.#history.push(event);
    for (const watch of this.#watches) this.#show(watch, event);
  }

  #show(watch: Watch, event: Happened): void {
    if (watch.isMeant(textOf(event.kv.key))) watch.happened(event);
  }

  #header(): { revision: string } {
    return { revision: String(this.#revision) };
  }
}
