/**
 * A client of etcd over gRPC. One channel for each member of etcd, used one at a time: whoever does not answer makes
 * all further calls go to the next one. Every call has a deadline. After `store.unavailable` nobody knows whether it was
 * done: callers repeat only what may be done twice, or can tell that it was. `state.write`: asking again is of no use.
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import * as grpc from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { causeOf, TenderError } from '../../core/errors.ts';
import type { EtcdAddress } from './address.ts';
import {
  type LeaseState,
  type RangeRequest,
  type RangeResponse,
  SCHEMA,
  type TxnRequest,
  type TxnResponse,
  type WatchResponse,
} from './schema.ts';

/** An answer takes 2 ms; a new leader within etcd 1.5–4 s, which repeated calls wait for (ms). */
const DEADLINE = 1_500;

const OPTIONS: grpc.ChannelOptions = {
  // Back within a second of the other side's return; the default grows to two minutes.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  // Below 5 s etcd ends the connection ("too many pings"). They find a member that is stopped, not dead; whoever can't
  // wait so long asks more often (lease.ts, watch.ts).
  'grpc.keepalive_time_ms': 6_000,
  'grpc.keepalive_timeout_ms': 2_000,
  'grpc.max_receive_message_length': -1,
  // Channels to the same member would share one connection, and its back-off.
  'grpc.use_local_subchannel_pool': 1,
};

const root = protobuf.parse(SCHEMA, { keepCase: true }).root;

/** What one method takes and gives, as gRPC wants it. */
function method(path: string, request: string, response: string) {
  const asked = root.lookupType(`etcdserverpb.${request}`);
  const answered = root.lookupType(`etcdserverpb.${response}`);
  const shape = { longs: String, enums: String, defaults: true, arrays: true } as const;
  return {
    path: `/etcdserverpb.${path}`,
    serialize: (value: object): Buffer => Buffer.from(asked.encode(asked.fromObject(value)).finish()),
    deserialize: (bytes: Buffer): object => answered.toObject(answered.decode(bytes), shape),
  };
}

const METHODS = {
  range: method('KV/Range', 'RangeRequest', 'RangeResponse'),
  txn: method('KV/Txn', 'TxnRequest', 'TxnResponse'),
  grant: method('Lease/LeaseGrant', 'LeaseGrantRequest', 'LeaseGrantResponse'),
  revoke: method('Lease/LeaseRevoke', 'LeaseRevokeRequest', 'LeaseRevokeResponse'),
  keepAlive: method('Lease/LeaseKeepAlive', 'LeaseKeepAliveRequest', 'LeaseKeepAliveResponse'),
  watch: method('Watch/Watch', 'WatchRequest', 'WatchResponse'),
} as const;

interface Unary {
  range: { request: RangeRequest; response: RangeResponse };
  txn: { request: TxnRequest; response: TxnResponse };
  grant: { request: { TTL: number }; response: LeaseState };
  revoke: { request: { ID: string }; response: object };
}

export interface StreamHandlers<T> {
  message(message: T): void;
  /** Told once. The stream is over; it is for its owner to open another. */
  ended(cause: string): void;
}

export interface Stream {
  send(request: object): void;
  /** It is of no use: as if it had ended by itself, so that the next one is with another member. */
  giveUp(cause: string): void;
  /** Without a word. */
  close(): void;
}

export class EtcdClient {
  readonly #address: EtcdAddress;
  readonly #channels: readonly grpc.Client[];
  #at = 0;

  constructor(address: EtcdAddress) {
    this.#address = address;
    this.#channels = address.endpoints.map((endpoint) => {
      const host = endpoint.slice(0, endpoint.lastIndexOf(':'));
      // A name that TLS may say aloud: it must not be an address. What the certificate is compared with is the address.
      const named =
        address.tls && isIP(host) ? { ...OPTIONS, 'grpc.ssl_target_name_override': 'etcd' } : OPTIONS;
      return new grpc.Client(endpoint, credentialsOf(address, host), named);
    });
  }

  /** The member that is spoken to now. */
  get endpoint(): string {
    return this.#address.endpoints[this.#at]!;
  }

  range(request: RangeRequest): Promise<RangeResponse> {
    return this.#ask('range', request);
  }

  txn(request: TxnRequest): Promise<TxnResponse> {
    return this.#ask('txn', request);
  }

  /** @param ttl seconds; etcd makes at least two of it */
  grant(ttl: number): Promise<LeaseState> {
    return this.#ask('grant', { TTL: ttl });
  }

  async revoke(lease: string): Promise<void> {
    await this.#ask('revoke', { ID: lease });
  }

  keepAlive(handlers: StreamHandlers<LeaseState>): Stream {
    return this.#open('keepAlive', handlers);
  }

  watch(handlers: StreamHandlers<WatchResponse>): Stream {
    return this.#open('watch', handlers);
  }

  close(): void {
    for (const channel of this.#channels) channel.close();
  }

  #ask<M extends keyof Unary>(name: M, request: Unary[M]['request']): Promise<Unary[M]['response']> {
    const { path, serialize, deserialize } = METHODS[name];
    const at = this.#at;
    return new Promise((resolve, reject) => {
      this.#channels[at]!.makeUnaryRequest(
        path,
        serialize,
        deserialize,
        request,
        new grpc.Metadata(),
        { deadline: Date.now() + DEADLINE },
        (error, response) => {
          if (!error) return resolve(response as Unary[M]['response']);
          if (!FINAL.has(error.code)) this.#leave(at);
          reject(this.#failure(error, at));
        },
      );
    });
  }

  #open<T>(name: 'keepAlive' | 'watch', handlers: StreamHandlers<T>): Stream {
    const { path, serialize, deserialize } = METHODS[name];
    const metadata = new grpc.Metadata();
    // A member that is cut off from the others ends the stream, instead of just having no news.
    metadata.set('hasleader', 'true');
    const at = this.#at;
    const call = this.#channels[at]!.makeBidiStreamRequest(path, serialize, deserialize, metadata);
    let over = false;
    const end = (cause: string): void => {
      if (over) return;
      over = true;
      this.#leave(at);
      handlers.ended(cause);
    };
    call.on('data', (message: T) => {
      if (!over) handlers.message(message);
    });
    call.on('error', (error) => end(this.#failure(error, at).message));
    call.on('end', () => end('it was closed'));
    return {
      send: (request) => void call.write(request),
      giveUp(cause) {
        call.cancel();
        end(cause);
      },
      close() {
        over = true;
        call.cancel();
      },
    };
  }

  /** Several calls may fail at once: only the first one moves all to the next member. */
  #leave(at: number): void {
    if (this.#at === at) this.#at = (at + 1) % this.#channels.length;
  }

  #failure(error: Error & Partial<grpc.ServiceError>, at: number): TenderError {
    const store = `etcd at ${this.#address.endpoints[at]}`;
    const cause = (error.details || error.message).replace(/ Resolution note: *$/, '');
    return error.code !== undefined && FINAL.has(error.code)
      ? new TenderError('state.write', { folder: store, cause })
      : new TenderError('store.unavailable', { store, cause });
  }
}

/** Neither asking again nor another member helps. The third one: its quota is full. */
const FINAL: ReadonlySet<grpc.status> = new Set([
  grpc.status.INVALID_ARGUMENT,
  grpc.status.NOT_FOUND,
  grpc.status.RESOURCE_EXHAUSTED,
  grpc.status.PERMISSION_DENIED,
  grpc.status.UNAUTHENTICATED,
]);

/** @throws TenderError `state.read` */
function credentialsOf({ tls }: EtcdAddress, host: string): grpc.ChannelCredentials {
  if (!tls) return grpc.credentials.createInsecure();
  const read = (file: string | undefined): Buffer | null => {
    try {
      return file === undefined ? null : readFileSync(file);
    } catch (error) {
      throw new TenderError('state.read', { folder: file ?? '', cause: causeOf(error) });
    }
  };
  return grpc.credentials.createSsl(read(tls.ca), read(tls.key), read(tls.cert), {
    checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
  });
}
