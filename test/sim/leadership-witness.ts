/**
 * Who writes and who is obeyed, where there are several masters: in each epoch one process writes and no other, it writes
 * only while the leader key is its own, and an agent that has obeyed a newer master does not register with an older one.
 */

import { leaderKey } from '../../src/store/etcd/election.ts';
import type { TxnRequest } from '../../src/store/etcd/schema.ts';
import type { Frames } from '../../src/wire/transport.ts';
import type { Disk } from './disk.ts';
import { PREFIX } from './seat.ts';
import type { SimEtcd } from './sim-etcd.ts';
import type { SimProcess } from './sim-process.ts';

const REGISTRY = `${PREFIX}/registry/`;
const isRegistry = (request: TxnRequest): boolean =>
  request.success.some(
    (operation) =>
      'request_put' in operation && Buffer.from(operation.request_put.key).toString().startsWith(REGISTRY),
  );

/** Of each message there is, so nothing is copied. */
function start([frame]: Frames): string {
  if (!frame) return '';
  return Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).toString('latin1', 1, 20);
}

export class LeadershipWitness {
  readonly #writers = new Map<string, string>();
  /** Of the session that each host has now. */
  readonly #epochs = new Map<string, number>();
  /** The newest that each machine has ever written down. */
  readonly #obeyed = new Map<string, number>();
  readonly #found: (what: string) => void;

  constructor(found: (what: string) => void) {
    this.#found = found;
  }

  wrote(etcd: SimEtcd, process: SimProcess, request: TxnRequest): void {
    if (!isRegistry(request)) return;
    const leader = etcd.get(leaderKey(PREFIX));
    const [host] = process.name.split('#');
    if (!leader?.value.toString().includes(`//${host}:`))
      return this.#found(`${process.name} writes, and the leader is ${leader?.value ?? 'nobody'}`);
    const epoch = leader.create_revision;
    const writer = this.#writers.get(epoch) ?? process.name;
    if (writer !== process.name) this.#found(`${process.name} and ${writer} both write in epoch ${epoch}`);
    this.#writers.set(epoch, process.name);
  }

  /** @param disk of the machine: whom it obeys is written there before he is obeyed */
  heard(host: string, frames: Frames, disk: Disk): void {
    if (!start(frames).startsWith('{"t":"welcome"')) return;
    const { epoch } = JSON.parse(Buffer.from(frames[0]!).toString('utf8', 1)) as { epoch: number };
    const written = Number(disk.get('master', 'epoch') ?? 0);
    this.#obeyed.set(host, Math.max(written, this.#obeyed.get(host) ?? 0));
    this.#epochs.set(host, epoch);
  }

  said(host: string, frames: Frames): void {
    if (!start(frames).startsWith('{"t":"register"')) return;
    const epoch = this.#epochs.get(host) ?? 0;
    const obeyed = this.#obeyed.get(host) ?? 0;
    if (epoch < obeyed) this.#found(`${host} registers in epoch ${epoch}, and has obeyed epoch ${obeyed}`);
  }
}
