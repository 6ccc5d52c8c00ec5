/**
 * The master's door. Every connection proves its key before anything else is heard from it: ZeroMQ does not say which
 * key a message came under, and a routing id can be claimed by anybody. From a proof on, a session is a `Peer`; it
 * ends when the peer is gone, stuck, silent or turned out. Whatever a peer sends, it can only end its own session.
 */
import type { Clock, Timer } from '../core/clock.ts';
import type { MemberRole } from '../core/cluster.ts';
import { causeOf, reportOf, TenderError } from '../core/errors.ts';
import { checkSession, isKnown } from './check.ts';
import { decode, encode, unpack } from './codec.ts';
import { sizeOf } from './endpoint.ts';
import { verifyProof } from './keys.ts';
import type { Hello, Welcome } from './messages/session.ts';
import type { FromPeer, ToPeer } from './messages.ts';
import { Outbox } from './outbox.ts';
import { isNewer, isOurs, PROTOCOL_TEXT, QUIET, takesPacks } from './protocol.ts';
import {
  type Frames,
  type KeyPair,
  type Listener,
  type ListenOptions,
  MAX_MESSAGE,
  type PeerId,
  type Transport,
} from './transport.ts';

/** Peers are in the order in which they were heard, as far as it differs by so much: some say much at a time (ms). */
const EVEN = 100;
/** A timer that comes so much too late says that we stood still (ms). */
const LATE = 1_000;
/** A challenge is good for so long, and so many may be open: strangers cannot fill the memory. */
const CHALLENGE_LIFE = 10_000;
const MAX_CHALLENGES = 10_000;
/** A member that sends this many bad messages is turned out. */
const MAX_TROUBLE = 20;

/** A proven session of a member. */
export interface Peer {
  readonly id: PeerId;
  readonly name: string;
  readonly role: MemberRole;
  readonly key: string;
  /** The program's version, and that of the protocol, as it says. */
  readonly version: string;
  readonly protocol: string;
  /** Lost without a word if the session has ended. A message over the limit ends it, with the reason. */
  send(message: ToPeer, bytes?: Uint8Array): void;
  /** False: it is over the limit, and was not sent. */
  sendIfFits(message: ToPeer, bytes?: Uint8Array): boolean;
  /** As `sendIfFits`, of a message that is encoded already: many peers get the same. */
  pass(frames: Frames): boolean;
}

export interface GateHandlers {
  /** Who this is. @throws TenderError (or rejects) to turn it away. */
  identify(key: string, hello: Hello): Promise<Identity> | Identity;
  joined(peer: Peer): void;
  /** Throwing counts as a bad message of this peer. The message is not checked yet. */
  message(peer: Peer, message: FromPeer, bytes: Uint8Array | undefined): void;
  left(peer: Peer, why: string): void;
  refused(address: string, why: string): void;
}

export interface Identity {
  readonly name: string;
  readonly role: MemberRole;
  readonly welcome: Omit<Welcome, 't' | 'protocol'>;
}

export interface GateOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly nonce: () => string;
  readonly address: string;
  readonly keys: KeyPair;
  readonly admit: ListenOptions['admit'];
  /** Asked before each word: false, and it is not said. Absent: always. */
  readonly maySpeak?: (() => boolean) | undefined;
  readonly handlers: GateHandlers;
}

interface Live extends Peer {
  /** It may say what we do not know yet. */
  readonly isNewer: boolean;
  heardAt: number;
  /** When it was given its place among the others. */
  placedAt: number;
  trouble: number;
  readonly outbox: Outbox;
}

export class Gate {
  readonly #options: GateOptions;
  readonly #challenges = new Map<PeerId, { key: string; nonce: string; at: number }>();
  /** Least recently heard first. */
  readonly #peers = new Map<PeerId, Live>();
  /** This process itself stood still until then (it was stopped, or busy): what was said meanwhile is still to be heard. */
  #deafUntil = 0;
  #listener: Listener | undefined;
  #timer: Timer | undefined;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** @throws TenderError `wire.address` */
  async open(): Promise<string> {
    const { transport, address, keys, admit, handlers } = this.#options;
    this.#listener = await transport.listen({
      address,
      keys,
      admit,
      maxMessage: MAX_MESSAGE,
      handlers: {
        message: (peer, frames) => this.#receive(peer, frames),
        undelivered: (peer, why) =>
          this.#end(peer, why === 'gone' ? 'the connection is gone' : 'it does not read'),
        refused: (from, why) => handlers.refused(from, why),
      },
    });
    return this.#listener.address;
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#peers.clear();
    await this.#listener?.close();
  }

  /** Ends a session, with the reason told to the peer. */
  turnOut(peer: Peer, error: TenderError): void {
    this.#peers.get(peer.id)?.outbox.flush();
    this.#tell(peer.id, { t: 'refused', error: reportOf(error, 'session') });
    this.#end(peer.id, error.message);
  }

  #receive(id: PeerId, frames: Frames): void {
    const peer = this.#peers.get(id);
    if (!peer) return this.#take(id, undefined, frames);
    try {
      // One that is bad turns out nobody: the others of its pack are heard.
      for (const one of unpack(frames)) this.#take(id, this.#peers.get(id), one);
    } catch (error) {
      this.#bad(peer, error);
    }
  }

  #take(id: PeerId, peer: Live | undefined, frames: Frames): void {
    try {
      const { message, bytes } = decode(frames);
      if (peer) this.#hear(peer);
      if (message.t === 'knock' || message.t === 'hello' || message.t === 'ping')
        this.#greet(id, peer, message);
      else if (peer?.isNewer && !isKnown(message))
        return; // what it says to masters of its own age
      else if (peer) this.#options.handlers.message(peer, message as FromPeer, bytes);
      else this.#tell(id, { t: 'who' });
    } catch (error) {
      if (peer) this.#bad(peer, error);
      // A stranger's garbage gets no answer: it might be anything.
    }
  }

  #hear(peer: Live): void {
    const now = this.#options.clock.now();
    peer.heardAt = now;
    if (now - peer.placedAt < EVEN) return;
    peer.placedAt = now;
    this.#peers.delete(peer.id);
    this.#peers.set(peer.id, peer);
  }

  #bad(peer: Live, error: unknown): void {
    peer.trouble += 1;
    const report =
      error instanceof TenderError ? error : new TenderError('protocol.message', { cause: causeOf(error) });
    this.#options.handlers.refused(peer.name, report.message);
    if (peer.trouble >= MAX_TROUBLE) this.turnOut(peer, report);
  }

  #greet(id: PeerId, peer: Live | undefined, raw: { readonly t: string; readonly protocol?: unknown }): void {
    if (raw.t === 'hello' && this.#refuseOther(id, raw)) return;
    const message = checkSession(raw);
    switch (message.t) {
      case 'ping':
        return this.#tell(id, peer ? { t: 'pong' } : { t: 'who' });
      case 'knock':
        return this.#challenge(id, message.key);
      case 'hello':
        this.#admit(id, message).catch((error: unknown) => {
          const report = reportOf(error, 'hello');
          this.#options.handlers.refused(message.name ?? message.role, report.message);
          this.#tell(id, { t: 'refused', error: report });
        });
    }
  }

  /** Before the rest of its hello is looked at: another major version may say that in another way. */
  #refuseOther(id: PeerId, hello: { readonly protocol?: unknown; readonly role?: unknown }): boolean {
    const { protocol, role } = hello;
    if (typeof protocol !== 'string' || isOurs(protocol)) return false;
    const found = protocol.slice(0, 20);
    const error = new TenderError('protocol.version', { found, expected: PROTOCOL_TEXT });
    this.#options.handlers.refused(typeof role === 'string' ? role.slice(0, 20) : '', error.message);
    this.#tell(id, { t: 'refused', error: reportOf(error, 'hello') });
    return true;
  }

  #challenge(id: PeerId, key: string): void {
    const now = this.#options.clock.now();
    for (const [old, { at }] of this.#challenges) {
      if (now - at < CHALLENGE_LIFE && this.#challenges.size < MAX_CHALLENGES) break;
      this.#challenges.delete(old);
    }
    const nonce = this.#options.nonce();
    this.#challenges.delete(id); // oldest first: a knock anew goes to the end
    this.#challenges.set(id, { key, nonce, at: now });
    this.#tell(id, { t: 'challenge', nonce });
  }

  async #admit(id: PeerId, hello: Hello): Promise<void> {
    const { keys, handlers, clock } = this.#options;
    const challenge = this.#challenges.get(id);
    this.#challenges.delete(id);
    if (!challenge || clock.now() - challenge.at >= CHALLENGE_LIFE) return this.#tell(id, { t: 'who' });
    if (!verifyProof(keys, challenge.key, id, challenge.nonce, hello.proof))
      throw new TenderError('security.proof');
    const { name, role, welcome } = await handlers.identify(challenge.key, hello);
    if (this.#peers.has(id)) this.#end(id, 'it said hello again');
    const peer: Live = {
      id,
      name,
      role,
      key: challenge.key,
      version: hello.version,
      protocol: hello.protocol,
      isNewer: isNewer(hello.protocol),
      heardAt: clock.now(),
      placedAt: clock.now(),
      trouble: 0,
      outbox: new Outbox((frames) => {
        if (this.#peers.get(id) === peer) this.#send(id, frames);
        return true;
      }),
      send: (message, bytes) => {
        const frames = encode(message, bytes);
        if (this.#deliver(peer, frames)) return;
        const error = new TenderError('wire.too_large', { bytes: sizeOf(frames), limit: MAX_MESSAGE });
        // Thrown, or done at once, it would hit whoever happened to have news for this peer.
        queueMicrotask(() => this.turnOut(peer, error));
      },
      sendIfFits: (message, bytes) => this.#deliver(peer, encode(message, bytes)),
      pass: (frames) => this.#deliver(peer, frames),
    };
    this.#peers.set(id, peer);
    this.#watch();
    this.#tell(id, { t: 'welcome', protocol: PROTOCOL_TEXT, ...welcome });
    handlers.joined(peer);
  }

  /** False: too large. */
  #deliver(peer: Live, frames: Frames): boolean {
    if (this.#peers.get(peer.id) !== peer) return true; // nobody waits for it any more
    if (sizeOf(frames) > MAX_MESSAGE) return false;
    peer.outbox.add(frames, !takesPacks(peer.protocol));
    return true;
  }

  #tell(id: PeerId, message: ToPeer, bytes?: Uint8Array): void {
    this.#send(id, encode(message, bytes));
  }

  #send(id: PeerId, frames: Frames): void {
    if (this.#options.maySpeak?.() ?? true) this.#listener?.send(id, frames);
  }

  #end(id: PeerId, why: string): void {
    const peer = this.#peers.get(id);
    if (!peer) return;
    this.#peers.delete(id);
    this.#options.handlers.left(peer, why);
  }

  /** One timer, for the peer that has been silent longest. */
  #watch(): void {
    const oldest = this.#peers.values().next().value;
    if (this.#timer || !oldest) return;
    const { clock } = this.#options;
    const due = Math.max(clock.now() + 1, Math.max(oldest.heardAt, this.#deafUntil) + QUIET);
    this.#timer = clock.after(due - clock.now(), () => {
      this.#timer = undefined;
      if (clock.now() - due > LATE) this.#deafUntil = clock.now();
      for (const peer of this.#peers.values()) {
        if (Math.max(peer.heardAt, this.#deafUntil) + QUIET > clock.now()) break;
        this.#end(peer.id, `silent for ${QUIET / 1000} s`);
      }
      this.#watch();
    });
  }
}
