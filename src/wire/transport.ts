/**
 * The seam between tender and a network: one side listens, many dial it. Frames go in order per peer, at most once;
 * anything may be lost when a connection breaks. Two implementations: zeromq.ts (CURVE over TCP) and memory.ts
 * (tests, simulator). Nothing here blocks and nothing here throws after the start: trouble is told to the handlers.
 */

/** A CURVE key pair, each 40 characters of Z85 (32 bytes). */
export interface KeyPair {
  readonly publicKey: string;
  readonly secretKey: string;
}

/** Routing id of a connection, hex: random, proves nothing by itself. */
export type PeerId = string;

/** One or two frames: a message, and raw bytes that belong to it. */
export type Frames = readonly Uint8Array[];

/** A message longer than this is refused where it is sent, and cuts its sender off where it arrives. */
export const MAX_MESSAGE = 4 * 1024 * 1024;

/** So many messages may wait for one peer before it counts as stuck. */
export const MAX_QUEUED = 10_000;

export interface ListenHandlers {
  message(peer: PeerId, frames: Frames): void;
  /** The peer is gone, or so slow that its queue is full: what was sent is lost. Told once per failed send. */
  undelivered(peer: PeerId, why: 'gone' | 'full'): void;
  /** A connection was turned away before it could say anything. `address` may be empty where it isn't known. */
  refused(address: string, why: string): void;
}

export interface ListenOptions {
  /** `tcp://*:5050`; port 0 takes a free one. */
  readonly address: string;
  readonly keys: KeyPair;
  /** Whether a key may connect at all; asked for each connection. */
  readonly admit: (publicKey: string, address: string) => boolean;
  readonly maxMessage?: number;
  readonly handlers: ListenHandlers;
}

export interface Listener {
  /** As bound, with the real port. */
  readonly address: string;
  send(peer: PeerId, frames: Frames): void;
  /** Ends at once; undelivered messages are dropped. */
  close(): Promise<void>;
}

/**
 * `unreachable`: nobody answers there. `refused`: this key is not admitted. `wrong_master`: the listener has another
 * key, or does not speak CURVE. `lost`: a connection that worked has ended.
 */
export type DownReason = 'unreachable' | 'refused' | 'wrong_master' | 'lost';

export interface DialHandlers {
  /** Connected and encrypted: what is sent now arrives unless the connection breaks. */
  up(): void;
  down(reason: DownReason): void;
  message(frames: Frames): void;
}

export interface DialOptions {
  /** `tcp://host:port` */
  readonly address: string;
  readonly keys: KeyPair;
  readonly serverKey: string;
  readonly handlers: DialHandlers;
  /** Milliseconds until a host that does not answer, or not sensibly, counts as unreachable. Absent: the transport's own. */
  readonly patience?: number | undefined;
}

/**
 * One connection. It does not reconnect by itself: after `down` the owner decides when to `redial` (with its own
 * jittered back-off), because libzmq's own retries stop for good after some refusals and spin after others.
 */
export interface Dialer {
  /** Of the connection that is up, or of the attempt to make one. */
  readonly id: PeerId;
  /** False when it is not up, or stuck: the message was not sent. @throws TenderError `wire.too_large` */
  send(frames: Frames): boolean;
  /**
   * While an attempt is under way nothing happens.
   * @param address from now on; absent: the same as before
   * @param patience of this attempt; absent: the transport's own
   */
  redial(address?: string, patience?: number): void;
  close(): Promise<void>;
}

export interface Transport {
  /** @throws TenderError `wire.address` */
  listen(options: ListenOptions): Promise<Listener>;
  /** Starts dialling at once. */
  dial(options: DialOptions): Dialer;
}
