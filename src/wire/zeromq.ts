/**
 * The transport over ZeroMQ, with CURVE on every socket. The only file that imports zeromq, and the owner of its traps;
 * what surprised us stands beside the line that answers it. Two rules keep it simple: `sendTimeout 0`, so that a send
 * is done or refused within the call and never waits inside the library, and a fresh socket for each attempt to dial,
 * so that nothing (queue, event, retry) of a connection that has ended can touch the next one.
 *
 *   dialling ──handshake──▶ up ──disconnect──▶ over(lost)
 *      └── no TCP, silence ▶ over(unreachable) · ZAP 400 ▶ over(refused) · any other failure ▶ over(wrong_master)
 */
import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import * as zmq from 'zeromq';
import { causeOf, TenderError } from '../core/errors.ts';
import { checkKeys, checkSize, endpointToListen, parseEndpoint, sizeOf } from './endpoint.ts';
import { z85encode } from './keys.ts';
import {
  type Dialer,
  type DialOptions,
  type DownReason,
  type Frames,
  type Listener,
  type ListenHandlers,
  type ListenOptions,
  MAX_MESSAGE,
  MAX_QUEUED,
  type PeerId,
  type Transport,
} from './transport.ts';

// Else one undelivered message keeps a process from ever ending.
zmq.context.blocky = false;
// A dialler takes three sockets (itself and the two ends of its monitor); the default of 1023 ends at 341 of them.
zmq.context.maxSockets = 16_384;

/** CURVE wraps each frame: the limit of libzmq counts the wrapping. */
const CURVE_OVERHEAD = 33;
/** So much may wait in a dialler before it counts as stuck, however few messages it is. */
const MAX_QUEUED_BYTES = 64 * 1024 * 1024;
/** A connection that has not shaken hands by then is cut off by the listener. */
const HANDSHAKE_MS = 10_000;

/** A listener judges ends without a reason when nobody has come or gone for so long. */
const QUIET_MS = 500;

/** What is assigned to a socket after its construction: a constructor that throws makes the process segfault later. */
function open<S extends zmq.Router | zmq.Dealer>(socket: S, assign: (socket: S) => void): S {
  try {
    socket.linger = 0;
    socket.sendTimeout = 0;
    // A peer whose machine is gone would hold its connection for ever.
    socket.tcpKeepalive = 1;
    socket.tcpKeepaliveIdle = 30;
    socket.tcpKeepaliveInterval = 10;
    socket.tcpKeepaliveCount = 3;
    assign(socket);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** The next message or event; undefined once the source is closed, which libzmq says in three different ways. */
async function next<T>(source: { readonly closed: boolean; receive(): Promise<T> }): Promise<T | undefined> {
  while (!source.closed) {
    try {
      return await source.receive();
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') return undefined;
    }
  }
  return undefined;
}

/** A handler that throws is a defect of its owner, and must not end the loop that serves all the others. */
function tell(handler: () => void): void {
  try {
    handler();
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : new Error(String(error)));
  }
}

// ── ZAP: who may connect ──────────────────────────────────────────────────────────────────────────────────────────

const ZAP = 'inproc://zeromq.zap.01';

interface Gate {
  readonly admit: ListenOptions['admit'];
  refused(address: string, why: string): void;
}

/** One handler serves the whole process; each listener is known to it by a domain nobody can guess or reuse. */
const gates = new Map<string, Gate>();
let zap: zmq.Router | undefined;

function openZap(): void {
  if (zap !== undefined) return;
  const socket = open(new zmq.Router(), () => {});
  try {
    socket.bindSync(ZAP);
  } catch (error) {
    socket.close();
    throw error;
  }
  zap = socket;
  void serveZap(socket);
}

/** Its pending receive would keep the process alive. */
function closeZap(): void {
  if (gates.size > 0) return;
  zap?.close();
  zap = undefined;
}

async function serveZap(socket: zmq.Router): Promise<void> {
  for (let request = await next(socket); request !== undefined; request = await next(socket)) {
    const start = request.findIndex((frame) => frame.length === 0) + 1;
    const [version, requestId, domain, address, , mechanism, credential] = request.slice(start);
    if (version === undefined || requestId === undefined) continue;
    const key =
      mechanism?.toString() === 'CURVE' && credential?.length === 32 ? z85encode(credential) : undefined;
    const admitted = passes(gates.get(String(domain)), key, String(address));
    // 400 for every refusal: after 300 a client hangs in its handshake for half a minute.
    // The last listener may have closed meanwhile, and this socket with it.
    if (socket.closed) return;
    const answer = admitted ? ['200', 'OK'] : ['400', 'refused'];
    socket.send([...request.slice(0, start), version, requestId, ...answer, '', '']).catch(() => {});
  }
}

function passes(gate: Gate | undefined, key: string | undefined, address: string): boolean {
  if (gate === undefined) return false;
  let why = 'its key is not admitted';
  try {
    if (key !== undefined && gate.admit(key, address)) return true;
  } catch (error) {
    why = `its key could not be checked: ${causeOf(error)}`;
  }
  gate.refused(address, why);
  return false;
}

/** The socket of a listener that has closed frees the name a moment later, in another thread. */
async function openZapSoon(): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return openZap();
    } catch (error) {
      if (codeOf(error) !== 'EADDRINUSE' || tries === 200) throw error;
      await sleep(5);
    }
  }
}

// ── Listener ──────────────────────────────────────────────────────────────────────────────────────────────────────

async function listen(options: ListenOptions): Promise<Listener> {
  const { address, keys, admit, maxMessage = MAX_MESSAGE, handlers } = options;
  checkKeys(keys.publicKey, keys.secretKey);
  const { host, port } = endpointToListen(address);

  const domain = randomBytes(16).toString('hex');
  const socket = open(new zmq.Router(), (router) => {
    router.curveServer = true;
    router.curveSecretKey = keys.secretKey;
    router.zapDomain = domain;
    router.mandatory = true;
    // Nobody takes over another's connection, not even with an id that has leaked: each attempt to dial has its own.
    router.handover = false;
    router.sendHighWaterMark = MAX_QUEUED;
    router.maxMessageSize = maxMessage + CURVE_OVERHEAD;
    router.handshakeInterval = HANDSHAKE_MS;
    router.backlog = 4096;
  });

  let closing: Promise<void> | undefined;
  const unlessClosed = (handler: () => void): void => {
    if (closing === undefined) tell(handler);
  };
  const refused: ListenHandlers['refused'] = (from, why) => unlessClosed(() => handlers.refused(from, why));
  gates.set(domain, { admit, refused });
  const watching = watchListener(socket.events, refused);
  try {
    await openZapSoon();
    await socket.bind(`tcp://${host}:${port === 0 ? '*' : port}`);
  } catch (error) {
    gates.delete(domain);
    socket.close();
    closeZap();
    throw new TenderError('wire.address', { address, cause: causeOf(error) });
  }

  const reading = (async () => {
    for (let message = await next(socket); message !== undefined; message = await next(socket)) {
      const [id, ...frames] = message;
      // The limit of libzmq is one for each frame, and it lets any number of frames through.
      if (id === undefined || frames.length === 0 || frames.length > 2 || sizeOf(frames) > maxMessage)
        continue;
      unlessClosed(() => handlers.message(id.toString('hex'), frames));
    }
  })();

  return {
    address: socket.lastEndpoint ?? address,
    send(peer, frames) {
      checkSize(frames);
      if (closing !== undefined) return;
      // The library keeps frames of more than 128 bytes as they are: nobody may change them any more.
      socket.send([Buffer.from(peer, 'hex'), ...frames]).catch((error: unknown) => {
        // EAGAIN: the queue of this one peer. It is told at once, and no other peer waits for it.
        const why = codeOf(error) === 'EAGAIN' ? 'full' : 'gone';
        unlessClosed(() => handlers.undelivered(peer, why));
      });
    },
    close() {
      closing ??= (async () => {
        gates.delete(domain);
        socket.close();
        closeZap();
        // The events end after the port is free.
        await Promise.all([reading, watching]);
      })();
      return closing;
    },
  };
}

/**
 * Refusals by key are told by the ZAP handler, which knows the address: an event only names our own side. Of bytes that
 * are no ZeroMQ at all libzmq says no more than that something disconnected, as of any peer that leaves. So they are
 * counted: an end without a reason counts as garbage where, a quiet second later, some connection never shook hands.
 */
async function watchListener(events: zmq.Observer, refused: ListenHandlers['refused']): Promise<void> {
  let unshaken = 0;
  let suspects = 0;
  let explained = false;
  const quiet = setTimeout(() => {
    for (; suspects > 0 && unshaken > 0; suspects--, unshaken--) refused('', 'it does not speak ZeroMQ');
    suspects = 0;
  }, QUIET_MS).unref();

  for (let event = await next(events); event !== undefined; event = await next(events)) {
    const { type } = event;
    if (type === 'end') break;
    if (type === 'disconnect' && !explained) suspects++;
    explained = type.startsWith('handshake:error');
    if (type === 'accept') unshaken++;
    else if (type === 'handshake' || explained) unshaken = Math.max(0, unshaken - 1);
    if (suspects > 0) quiet.refresh();

    if (type === 'handshake:error:protocol') refused('', protocolError(event.error.code));
    else if (type === 'handshake:error:other') refused('', 'it ended in the midst of the handshake');
    else if (type === 'accept:error') refused('', `it could not be accepted: ${event.error.message}`);
  }
  clearTimeout(quiet);
}

function protocolError(code: string): string {
  if (code === 'ERR_ZMTP_MECHANISM_MISMATCH') return 'it does not use CURVE';
  if (code === 'ERR_ZMTP_CRYPTOGRAPHIC') return 'it expects another server key';
  return `its handshake is not valid (${code})`;
}

// ── Dialler ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** One connection from its first packet to its end; see the states above. */
class Attempt {
  readonly #options: DialOptions;
  readonly #socket: zmq.Dealer;
  readonly #patience: NodeJS.Timeout;
  /** Ends when nothing of it can be heard of any more. */
  readonly ended: Promise<unknown>;
  /** Text, not raw bytes: libzmq keeps ids that begin with a zero byte for itself. */
  readonly #routingId = randomBytes(12).toString('base64url');
  state: 'dialling' | 'up' | 'over' = 'dialling';
  #received = 0;
  #queue: Frames[] = [];
  #sent = 0;
  #bytes = 0;
  #writing = false;

  constructor(options: DialOptions, patience: number) {
    this.#options = options;
    this.#socket = open(new zmq.Dealer(), (dealer) => {
      dealer.routingId = this.#routingId;
      dealer.curvePublicKey = options.keys.publicKey;
      dealer.curveSecretKey = options.keys.secretKey;
      dealer.curveServerKey = options.serverKey;
      dealer.maxMessageSize = MAX_MESSAGE + CURVE_OVERHEAD;
      dealer.handshakeInterval = HANDSHAKE_MS;
      // Never again by itself: libzmq would stop for good after some refusals and spin every 100 ms after others. Not
      // -1, which says so outright: then what has arrived and is still unread would be thrown away at a disconnect.
      dealer.reconnectInterval = 3_600_000;
    });
    this.#patience = setTimeout(() => this.#over('unreachable'), patience).unref();
    this.ended = Promise.all([this.#watch(), this.#read()]);
    void this.#connect();
  }

  get id(): PeerId {
    return Buffer.from(this.#routingId).toString('hex');
  }

  async #connect(): Promise<void> {
    try {
      const endpoint = parseEndpoint(this.#options.address);
      if (endpoint === undefined) throw new Error('expected tcp://HOST:PORT');
      // libzmq would resolve names in the one thread that serves all sockets.
      const { address } = await lookup(endpoint.host, { family: 4 });
      if (this.state === 'dialling') this.#socket.connect(`tcp://${address}:${endpoint.port}`);
    } catch {
      this.#over('unreachable');
    }
  }

  async #watch(): Promise<void> {
    const { events } = this.#socket;
    for (let event = await next(events); event !== undefined; event = await next(events)) {
      if (event.type === 'end') return;
      if (this.state === 'over') continue;
      if (event.type === 'handshake') this.#up();
      else if (event.type === 'disconnect' && this.state === 'up') await this.#lost();
      else {
        const reason = failure(event);
        if (reason !== undefined) this.#over(reason);
      }
    }
  }

  async #read(): Promise<void> {
    const socket = this.#socket;
    for (let frames = await next(socket); frames !== undefined; frames = await next(socket)) {
      this.#received++;
      if (this.state === 'over' || frames.length > 2 || sizeOf(frames) > MAX_MESSAGE) continue;
      const { message } = this.#options.handlers;
      tell(() => message(frames));
    }
  }

  #up(): void {
    clearTimeout(this.#patience);
    this.state = 'up';
    tell(() => this.#options.handlers.up());
  }

  /** What arrived before the break is told before it: a listener's last words often say why. */
  async #lost(): Promise<void> {
    let before = -1;
    while (this.#received !== before && this.state === 'up') {
      before = this.#received;
      await setImmediate();
    }
    this.#over('lost');
  }

  #over(reason: DownReason): void {
    if (this.state === 'over') return;
    this.abandon();
    tell(() => this.#options.handlers.down(reason));
  }

  /** Ends it without a word. */
  abandon(): void {
    this.state = 'over';
    clearTimeout(this.#patience);
    this.#queue = [];
    this.#socket.close();
  }

  send(frames: Frames): boolean {
    const bytes = checkSize(frames);
    if (this.state !== 'up') return false;
    const waiting = this.#queue.length - this.#sent;
    if (waiting >= MAX_QUEUED || this.#bytes + bytes > MAX_QUEUED_BYTES) return false;
    this.#queue.push(frames);
    this.#bytes += bytes;
    if (!this.#writing) void this.#write();
    return true;
  }

  /** One message at a time, so that none overtakes one that found the socket full. */
  async #write(): Promise<void> {
    this.#writing = true;
    let pause = 1;
    for (
      let head = this.#queue[0];
      head !== undefined && this.state === 'up';
      head = this.#queue[this.#sent]
    ) {
      try {
        await this.#socket.send([...head]);
        this.#bytes -= sizeOf(head);
        pause = 1;
        // In blocks: taking one from the front of a long array moves all the others.
        if (++this.#sent === 1024) this.#queue.splice(0, 1024);
        this.#sent %= 1024;
      } catch (error) {
        // Anything else means that the socket is ending; its events say so.
        if (codeOf(error) !== 'EAGAIN') break;
        // Asked again, rather than left waiting inside the library: there, what arrives meanwhile can go unnoticed.
        await sleep(pause, undefined, { ref: false });
        pause = Math.min(pause * 2, 50);
      }
    }
    this.#queue = this.#queue.slice(this.#sent);
    this.#sent = 0;
    this.#writing = false;
  }
}

/** Why an attempt failed, if this event says that it did. */
function failure(event: zmq.Event): DownReason | undefined {
  switch (event.type) {
    case 'close': // No TCP connection came about; one that did and ended says `disconnect`.
    case 'connect:retry':
      return 'unreachable';
    case 'handshake:error:auth':
      return 'refused';
    case 'handshake:error:other':
      // A wrong server key looks like an orderly end (EPIPE). Reset: that process ended, or a proxy found nobody.
      return event.error.code === 'ECONNRESET' || event.error.code === 'ETIMEDOUT'
        ? 'unreachable'
        : 'wrong_master';
    case 'handshake:error:protocol':
    case 'disconnect':
      return 'wrong_master';
    default:
      return undefined;
  }
}

function dial(options: DialOptions, usual: number): Dialer {
  checkKeys(options.keys.publicKey, options.keys.secretKey, options.serverKey);
  let closed = false;
  let to = options;
  let attempt = new Attempt(to, options.patience ?? usual);
  return {
    get id() {
      return attempt.id;
    },
    send: (frames) => attempt.send(frames),
    redial(address = to.address, patience = usual) {
      if (closed || attempt.state === 'dialling') return;
      attempt.abandon();
      to = { ...options, address };
      try {
        attempt = new Attempt(to, patience);
      } catch {
        // No socket to be had: this machine is out of files.
        queueMicrotask(() => tell(() => options.handlers.down('unreachable')));
      }
    },
    async close() {
      closed = true;
      attempt.abandon();
      await attempt.ended;
    },
  };
}

/** @param patience milliseconds until a host that does not answer, or not sensibly, counts as unreachable */
export function zeromqTransport({ patience = 5000 }: { readonly patience?: number } = {}): Transport {
  return { listen, dial: (options) => dial(options, patience) };
}
