/**
 * A member (or a stranger) that keeps to no rules: a bare ZeroMQ socket with CURVE, any routing id, any bytes. Knows
 * just enough of the protocol to prove its key when it wants to.
 */
import { randomBytes } from 'node:crypto';
import * as zmq from 'zeromq';
import { decode, encode, unpack } from '../../src/wire/codec.ts';
import { proof } from '../../src/wire/keys.ts';
import { PROTOCOL_TEXT } from '../../src/wire/protocol.ts';
import type { Frames, KeyPair } from '../../src/wire/transport.ts';

zmq.context.blocky = false;

export interface RawOptions {
  readonly address: string;
  readonly serverKey: string;
  readonly keys: KeyPair;
  /** Text, as the real ones use it. Default: a random one. */
  readonly routingId?: string;
}

export type RawMessage = { readonly t: string; readonly [key: string]: unknown };

export class RawPeer {
  readonly routingId: string;
  readonly #options: RawOptions;
  readonly #socket = new zmq.Dealer();
  readonly #heard: Frames[] = [];

  constructor(options: RawOptions) {
    this.#options = options;
    this.routingId = options.routingId ?? randomBytes(12).toString('base64url');
    const socket = this.#socket;
    socket.linger = 0;
    socket.receiveTimeout = 5_000;
    socket.routingId = this.routingId;
    socket.curvePublicKey = options.keys.publicKey;
    socket.curveSecretKey = options.keys.secretKey;
    socket.curveServerKey = options.serverKey;
    socket.connect(options.address);
  }

  send(message: object): Promise<void> {
    return this.#socket.send([...encode(message)] as Buffer[]);
  }

  sendFrames(...frames: Uint8Array[]): Promise<void> {
    return this.#socket.send(frames.map((frame) => Buffer.from(frame)));
  }

  /** The next message, of these kinds if any are given. @throws after 5 s of silence */
  async receive(...kinds: string[]): Promise<RawMessage> {
    for (;;) {
      if (this.#heard.length === 0) this.#heard.push(...unpack(await this.#socket.receive()));
      const message = decode(this.#heard.shift()!).message as RawMessage;
      if (kinds.length === 0 || kinds.includes(message.t)) return message;
    }
  }

  /** What has come until it is silent for so long. */
  async drain(ms = 200): Promise<RawMessage[]> {
    const heard: RawMessage[] = [];
    this.#socket.receiveTimeout = ms;
    try {
      for (;;) heard.push(await this.receive());
    } catch {
      return heard; // silent
    } finally {
      this.#socket.receiveTimeout = 5_000;
    }
  }

  /**
   * Knocks and proves a key: its own, or the one that it claims with the proof that it can make.
   * @param said what else, or what otherwise, it says in its hello
   * @returns `welcome` or `refused`
   */
  async hello(role: string, claim = this.#options.keys.publicKey, said: object = {}): Promise<RawMessage> {
    await this.send({ t: 'knock', key: claim });
    const { nonce } = await this.receive('challenge');
    const routingId = Buffer.from(this.routingId).toString('hex');
    const shown = proof(this.#options.keys, this.#options.serverKey, routingId, String(nonce));
    await this.send({ t: 'hello', proof: shown, protocol: PROTOCOL_TEXT, version: 'raw', role, ...said });
    return this.receive('welcome', 'refused');
  }

  close(): void {
    this.#socket.close();
  }
}
