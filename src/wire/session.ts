/**
 * A member's connection to its master, kept up for as long as it is open:
 *
 *   dialling → knocking → proving → live ─┐
 *      ↑                                  │ lost, silent, refused
 *      └──────────── waiting ←────────────┘
 *
 * It proves its key, says `ping` while live, and comes back by itself with growing, jittered waits. Where there are
 * several masters it goes to the next one before it waits, and to the leader whom a standby names. All that is said in
 * a session is said in the epoch of its welcome; a master of an older one than was seen before is not obeyed.
 */
import type { Clock, Random, Timer } from '../core/clock.ts';
import { type ErrorCode, errorOf, TenderError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import { type Backoff, backoff } from './backoff.ts';
import { decode, encode, unpack } from './codec.ts';
import { checkSize } from './endpoint.ts';
import { proof } from './keys.ts';
import { Latency } from './latency.ts';
import { Masters } from './masters.ts';
import type { Hello, Welcome } from './messages/session.ts';
import type { FromPeer, ToPeer } from './messages.ts';
import { Outbox } from './outbox.ts';
import { HEARTBEAT, PROTOCOL_TEXT, takesPacks } from './protocol.ts';
import { Requests } from './requests.ts';
import type { Dialer, DownReason, Frames, KeyPair, Transport } from './transport.ts';

export interface SessionHandlers {
  welcome(welcome: Welcome): void;
  /** Any other message than the session's own. Throwing here harms nobody: it counts as a bad message. */
  message(message: ToPeer, bytes: Uint8Array | undefined): void;
  /** Not live any more, or could not become it. It goes on trying. */
  down(problem: TenderError): void;
  /** A message that could not be handled. */
  trouble(error: unknown): void;
}

/** Of a cluster with several masters. */
export interface Following {
  /** The others that are known. */
  readonly others: readonly string[];
  /** Whoever leads, and the others as it named them: to be kept for the next start. Told when they are not as before. */
  readonly remember: (masters: readonly string[]) => void;
}

/** How a member reaches its master. */
export interface MasterAt {
  readonly address: string;
  /** Its public key; all masters of a cluster have the same one. */
  readonly key: string;
  /** Absent: it stays with the master at `address`, leader or not. */
  readonly following?: Following | undefined;
}

export interface SessionOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly address: string;
  /** Absent: it stays with the master at `address`, leader or not. */
  readonly following?: Following | undefined;
  readonly serverKey: string;
  readonly keys: KeyPair;
  readonly hello: Pick<Hello, 'role' | 'version' | 'token' | 'name'>;
  /** Masters with a lower epoch are refused. */
  readonly minEpoch?: number;
  readonly handlers: SessionHandlers;
}

/** These mend themselves; others need a person. */
export const PASSING: ReadonlySet<string> = new Set([
  'client.unreachable',
  'client.lost',
  'master.standby',
] satisfies ErrorCode[]);

type Phase = 'dialling' | 'knocking' | 'proving' | 'live' | 'waiting' | 'closed';

/**
 * An unanswered knock: the master may have lost it with its last breath. Or tens of thousands knock at a new one, which
 * then has to work on all the knocks that were given up: so with each one that is not answered the wait grows, where
 * there is no other master to go to.
 */
const HANDSHAKE = 5_000;
const LONGEST = 40_000;
/**
 * Two heartbeats unanswered: it dials anew. Sooner than the master gives it up (`SILENCE`), so that a machine whose
 * address has changed is back before its work is given to others.
 */
const LOST = 12_000;
/**
 * Among several masters, one that is cut off or stands still is left for the next one after so long: a member that
 * looks for the new leader has no time for a silent one. Where none of them answers the wait grows, up to `HANDSHAKE`:
 * the way may be a long one. A leader that a standby has named is waited for: tens of thousands may be at its door.
 */
const BRISK = 1_500;
/** Whoever goes to another master does so within this time, not all at the same moment (ms). */
const HURRY = 50;

export class Session {
  readonly #options: SessionOptions;
  readonly #requests: Requests;
  readonly #dialer: Dialer;
  /** What it says is lost where it is not live any more. */
  readonly #outbox = new Outbox((frames) => this.live && this.#dialer.send(frames));
  /** The master's. */
  #protocol = '';
  /** Nobody there: soon again, a master restarts in a second. Turned away: rarer, a person has to act. */
  readonly #unreachable: Backoff;
  readonly #refused: Backoff;
  readonly #masters: Masters;
  /** The master that led when last heard of; and whether it could not be reached since. */
  #former: string;
  #formerLost = false;
  /** A master that seems to step forward: it is dialled again before others are, once. */
  #awaited: string | undefined;
  /** By one of the masters, since the last wait. */
  #turnedAway = false;
  /** How long a knock may go unanswered. */
  #patience = HANDSHAKE;
  /** How long each of several masters may take to pick up. */
  #brisk = BRISK;
  #phase: Phase = 'dialling';
  #timer: Timer | undefined;
  #epoch: number;
  #heardAt = 0;
  #retryAt = 0;
  #pingAt = 0;
  readonly #latency = new Latency();

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#epoch = options.minEpoch ?? 0;
    this.#requests = new Requests(options.clock);
    this.#unreachable = backoff(200, 5_000, options.random);
    this.#refused = backoff(1_000, 30_000, options.random);
    this.#former = options.address;
    this.#masters = new Masters([options.address, ...(options.following?.others ?? [])]);
    this.#dialer = options.transport.dial({
      address: options.address,
      patience: this.#patienceWith(),
      keys: options.keys,
      serverKey: options.serverKey,
      handlers: {
        up: () => this.#knock(),
        down: (reason) => this.#ended(reason),
        message: (frames) => this.#receive(frames),
      },
    });
  }

  get live(): boolean {
    return this.#phase === 'live';
  }

  /** The master that it speaks to, or tries. */
  get address(): string {
    return this.#masters.current;
  }

  /** All that are known; the last leader first. */
  get masters(): readonly string[] {
    return this.#masters.all;
  }

  /** Round trip of the last heartbeats, ms. */
  get latency(): number | undefined {
    return this.#latency.ms;
  }

  /** When a connection that was lost is tried again (ms since 1970). */
  get retryAt(): number | undefined {
    return this.#phase === 'waiting' ? this.#retryAt : undefined;
  }

  get heardAt(): number {
    return this.#heardAt;
  }

  /** False: not live; the message was not sent. @throws TenderError `wire.too_large` */
  send(message: FromPeer, bytes?: Uint8Array): boolean {
    if (!this.live) return false;
    const frames = encode(message, bytes);
    checkSize(frames);
    return this.#outbox.add(frames, !takesPacks(this.#protocol));
  }

  request(method: string, params: Json, timeout?: number): Promise<Json> {
    return this.#requests.ask((request) => this.send(request), method, params, timeout);
  }

  async close(): Promise<void> {
    this.#outbox.flush();
    this.#phase = 'closed';
    this.#timer?.cancel();
    this.#requests.abandon();
    await this.#dialer.close();
  }

  #knock(): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'knocking';
    this.#heardAt = this.#options.clock.now();
    this.#dialer.send(encode({ t: 'knock', key: this.#options.keys.publicKey }));
    this.#wait(this.#patience, () => {
      this.#patience = this.#masters.all.length > 1 ? HANDSHAKE : Math.min(2 * this.#patience, LONGEST);
      this.#fail(this.#problemOf('unreachable'));
    });
  }

  /** A standby that breaks off while it holds its answer back steps forward, and leads in a moment. Or it has died. */
  #ended(reason: DownReason): void {
    const { address } = this;
    const isStepping = reason === 'lost' && this.#phase === 'proving' && this.#awaited !== address;
    this.#awaited = isStepping ? address : undefined;
    this.#fail(this.#problemOf(reason), this.#awaited);
  }

  #receive(frames: Frames): void {
    if (this.#phase === 'closed') return;
    this.#heardAt = this.#options.clock.now();
    try {
      for (const one of unpack(frames)) this.#hear(one);
    } catch (error) {
      this.#options.handlers.trouble(error);
    }
  }

  #hear(frames: Frames): void {
    try {
      const { message, bytes } = decode(frames);
      this.#handle(message as ToPeer, bytes);
    } catch (error) {
      this.#options.handlers.trouble(error);
    }
  }

  #handle(message: ToPeer, bytes: Uint8Array | undefined): void {
    switch (message.t) {
      case 'challenge':
        // Only the one that was asked for: another would end a session that goes well.
        return this.#phase === 'knocking' ? this.#prove(message.nonce) : undefined;
      case 'welcome':
        return this.#enter(message);
      case 'masters':
        return this.live ? this.#learn(message.masters) : undefined;
      case 'refused':
        return this.#fail(errorOf(message.error));
      case 'who':
        // The master forgot us (it restarted, or we were silent too long); the connection itself is fine. It says so
        // to each message that was on its way: a second knock would make the first one's challenge void.
        if (this.#phase !== 'live' && this.#phase !== 'proving') return;
        if (this.#phase === 'live') this.#leave(new TenderError('client.lost', { what: 'the session' }));
        return this.#knock();
      case 'pong':
        this.#latency.note(this.#heardAt - this.#pingAt);
        return;
      case 'reply':
        return this.#requests.answer(message);
      default:
        if (this.live) this.#options.handlers.message(message, bytes);
    }
  }

  #prove(nonce: string): void {
    this.#phase = 'proving';
    const { keys, serverKey, hello } = this.#options;
    const hmac = proof(keys, serverKey, this.#dialer.id, nonce);
    const lost = this.#formerLost ? this.#former : undefined;
    this.#dialer.send(encode({ t: 'hello', proof: hmac, protocol: PROTOCOL_TEXT, lost, ...hello }));
  }

  #enter(welcome: Welcome): void {
    if (this.live) return;
    if (welcome.epoch < this.#epoch)
      return this.#fail(new TenderError('protocol.epoch', { found: welcome.epoch, expected: this.#epoch }));
    this.#epoch = welcome.epoch;
    this.#protocol = welcome.protocol;
    this.#phase = 'live';
    this.#patience = HANDSHAKE;
    this.#brisk = BRISK;
    this.#unreachable.reset();
    this.#turnedAway = false;
    this.#former = this.address;
    this.#formerLost = false;
    this.#beat();
    this.#options.handlers.welcome(welcome);
    if (welcome.masters) this.#learn(welcome.masters);
  }

  #learn(masters: readonly string[]): void {
    const { following } = this.#options;
    if (following && this.#masters.learn(masters)) following.remember(this.#masters.all);
  }

  #beat(): void {
    const { clock } = this.#options;
    const silence = clock.now() - this.#heardAt;
    if (silence >= LOST) return this.#fail(this.#problemOf('lost'));
    this.#pingAt = clock.now();
    this.#dialer.send(encode({ t: 'ping' }));
    this.#wait(Math.min(HEARTBEAT, LOST - silence), () => {
      // Only now: who is let in and turned out at once, each time, has been turned away.
      this.#refused.reset();
      this.#beat();
    });
  }

  #leave(problem: TenderError): void {
    this.#latency.forget();
    this.#requests.abandon();
    this.#options.handlers.down(problem);
  }

  /** @param leader who leads, as far as that was said */
  #fail(problem: TenderError, leader = leaderNamed(problem)): void {
    if (this.#phase === 'closed' || this.#phase === 'waiting') return;
    const wasLive = this.live;
    if (problem.code === 'client.unreachable' && this.address === this.#former) this.#formerLost = true;
    this.#phase = 'waiting';
    this.#turnedAway ||= !PASSING.has(problem.code);
    const hasNext = this.#turn(problem, leader);
    if (!hasNext) this.#brisk = this.#masters.areSilent ? Math.min(2 * this.#brisk, HANDSHAKE) : BRISK;
    const pause = hasNext ? this.#options.random() * HURRY : this.#pause();
    this.#retryAt = this.#options.clock.now() + pause;
    this.#wait(pause, () => {
      this.#phase = 'dialling';
      this.#dialer.redial(this.#masters.current, this.#patienceWith(leader));
    });
    // On its way from one master to the next it has not failed yet.
    if (wasLive || !hasNext) this.#leave(problem);
  }

  /** @returns whether there is another master to be tried at once */
  #turn(problem: TenderError, leader: string | undefined): boolean {
    if (!this.#options.following) return false;
    const isSilent = problem.code === 'client.unreachable' && leader === undefined;
    return isSilent ? this.#masters.nextOfSilent() : this.#masters.next(leader);
  }

  /** How long the next one may take to pick up; undefined: as long as the transport gives it. */
  #patienceWith(leader?: string): number | undefined {
    const isSure = this.#masters.all.length === 1 || this.#masters.current === leader;
    return isSure ? undefined : this.#brisk;
  }

  #pause(): number {
    const waits = this.#turnedAway ? this.#refused : this.#unreachable;
    this.#turnedAway = false;
    return waits.next();
  }

  #wait(ms: number, run: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(ms, run);
  }

  #problemOf(reason: DownReason): TenderError {
    const { address } = this;
    switch (reason) {
      case 'refused':
        return new TenderError('security.unknown_key');
      case 'wrong_master':
        return new TenderError('security.wrong_master', { address });
      case 'lost':
        return new TenderError('client.unreachable', { address, cause: 'the connection was lost' });
      case 'unreachable':
        return new TenderError('client.unreachable', { address, cause: 'no answer' });
    }
  }
}

/** By a standby; an empty one: nobody leads. */
function leaderNamed({ fields: { leader } }: TenderError): string | undefined {
  return typeof leader === 'string' && leader !== '' ? leader : undefined;
}
