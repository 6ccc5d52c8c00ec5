/**
 * ZooKeeper as its clients use it: one session with each member, by as much of its protocol as a writer needs. Every message
 * is its length and its fields; answers come in the order of the requests.
 */
import { createConnection, type Socket } from 'node:net';
import type { Database } from './data-service.ts';

const [CREATE, GET_CHILDREN, SYNC] = [1, 8, 9];
const PERSISTENT = 0;
const ALL_PERMISSIONS = 31;
const LATE = 4_000;

const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const long = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
};
const text = (value: string): Buffer => Buffer.concat([int(Buffer.byteLength(value)), Buffer.from(value)]);
const framed = (...fields: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(fields);
  return Buffer.concat([int(body.length), body]);
};

const HELLO = framed(int(0), long(0n), int(20_000), long(0n), int(16), Buffer.alloc(16), Buffer.of(0));

class Session {
  readonly #socket: Socket;
  readonly #waiting: { resolve(answer: Buffer): void; reject(error: Error): void }[] = [];
  readonly #begun: Promise<Buffer>;
  #bytes = Buffer.alloc(0);
  #xid = 0;
  isOver = false;

  constructor(address: string) {
    const [host = '', port] = address.split(':');
    this.#socket = createConnection({ host, port: Number(port), timeout: LATE });
    this.#socket.on('data', (bytes: Buffer) => this.#take(bytes));
    this.#socket.on('timeout', () => this.#socket.destroy(new Error('too late')));
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => this.#end());
    this.#begun = this.#say(HELLO);
    this.#begun.catch(() => {});
  }

  /** What follows the head of the answer. */
  async ask(type: number, ...fields: readonly Buffer[]): Promise<Buffer> {
    await this.#begun;
    const answer = await this.#say(framed(int(++this.#xid), int(type), ...fields));
    const error = answer.readInt32BE(12);
    if (error !== 0) throw new Error(`ZooKeeper says ${error}`);
    return answer.subarray(16);
  }

  close(): void {
    this.#socket.destroy();
  }

  #say(message: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.isOver) return reject(new Error('closed'));
      this.#waiting.push({ resolve, reject });
      this.#socket.write(message);
    });
  }

  #take(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    while (this.#bytes.length >= 4) {
      const end = 4 + this.#bytes.readInt32BE(0);
      if (this.#bytes.length < end) return;
      this.#waiting.shift()?.resolve(this.#bytes.subarray(4, end));
      this.#bytes = this.#bytes.subarray(end);
    }
  }

  #end(): void {
    this.isOver = true;
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('closed'));
  }
}

const ANYONE = Buffer.concat([int(1), int(ALL_PERMISSIONS), text('world'), text('anyone')]);

export class ZookeeperDatabase implements Database {
  readonly job = 'zookeeper';
  readonly port = 'client';
  readonly #sessions = new Map<string, Session>();
  #turn = 0;

  async write(value: number, addresses: readonly string[]): Promise<void> {
    const address = addresses[this.#turn++ % addresses.length];
    if (address === undefined) throw new Error('there is no member');
    await this.#session(address).ask(CREATE!, text(`/k${value}`), text('x'), ANYONE, int(PERSISTENT));
  }

  async read([address = '']: readonly string[]): Promise<ReadonlySet<number>> {
    const session = this.#session(address);
    await session.ask(SYNC!, text('/'));
    const answer = await session.ask(GET_CHILDREN!, text('/'), Buffer.of(0));
    const found = new Set<number>();
    for (let at = 4; at < answer.length; ) {
      const end = at + 4 + answer.readInt32BE(at);
      found.add(Number(answer.toString('utf8', at + 5, end)));
      at = end;
    }
    return found;
  }

  close(): void {
    for (const session of this.#sessions.values()) session.close();
  }

  #session(address: string): Session {
    const known = this.#sessions.get(address);
    if (known && !known.isOver) return known;
    const session = new Session(address);
    this.#sessions.set(address, session);
    return session;
  }
}
