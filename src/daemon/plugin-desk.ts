/**
 * What clients ask about plugins. Code comes in pieces, and what a process has written goes out in pieces; both are kept
 * for a client until it has done with them, or leaves.
 */
import { createHash } from 'node:crypto';
import type { Timer } from '../core/clock.ts';
import { TenderError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { Peer } from '../wire/gate.ts';
import type { ClientRequest } from '../wire/messages/client.ts';
import type { PluginRequests } from '../wire/messages/plugin.ts';
import { MAX_CODE } from '../wire/protocol.ts';
import type { Parts } from './parts.ts';
import type { PluginOutput } from './plugin-runner.ts';

type PluginRequest = Extract<ClientRequest, { method: keyof PluginRequests }>;

/** Whoever follows is told at least this often that there is nothing new (ms). */
const WAIT = 20_000;
/** Of one client at a time. */
const MAX_READINGS = 8;

interface Reading {
  readonly output: PluginOutput;
  /** Asked for, and not there yet. */
  next?: Promise<IteratorResult<Uint8Array, void>> | undefined;
}

export class PluginDesk {
  readonly #parts: Parts;
  readonly #uploads = new Map<Peer, string>();
  readonly #readings = new Map<Peer, Map<string, Reading>>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async answer(peer: Peer, { method, params }: PluginRequest): Promise<Json> {
    const { plugins } = this.#parts;
    switch (method) {
      case 'plugin.upload':
        return this.#take(peer, params.from, params.piece);
      case 'plugin.add':
        return (await plugins.add(params, this.#uploaded(peer, params.sha256))) as unknown as Json;
      case 'plugin.upgrade': {
        const { name, ...upload } = params;
        return (await plugins.upgrade(name, upload, this.#uploaded(peer, params.sha256))) as unknown as Json;
      }
      case 'plugin.remove':
        await plugins.remove(params.name, params.force);
        return {};
      case 'plugin.list':
        return plugins.list() as unknown as Json;
      case 'plugin.logs':
        return this.#read(peer, params);
    }
  }

  left(peer: Peer): void {
    this.#uploads.delete(peer);
    for (const { output } of this.#readings.get(peer)?.values() ?? []) output.close();
    this.#readings.delete(peer);
  }

  #take(peer: Peer, from: number, piece: string): Json {
    const before = from === 0 ? '' : (this.#uploads.get(peer) ?? '');
    if (before.length !== from) throw noUpload('a piece is missing');
    if (from + piece.length > MAX_CODE) throw noUpload(`more than ${MAX_CODE} characters`);
    this.#uploads.set(peer, before + piece);
    return {};
  }

  /** Once. */
  #uploaded(peer: Peer, sha256: string): string {
    const code = this.#uploads.get(peer) ?? '';
    this.#uploads.delete(peer);
    if (createHash('sha256').update(code).digest('hex') === sha256) return code;
    throw noUpload('it is not what was announced');
  }

  async #read(
    peer: Peer,
    { name, reading: id, follow, tail, done = false }: PluginRequests['plugin.logs']['params'],
  ): Promise<Json> {
    const { plugins } = this.#parts;
    plugins.known(name);
    const readings = this.#readings.get(peer) ?? new Map<string, Reading>();
    this.#readings.set(peer, readings);
    const key = `${name}/${id}`;
    const end = ({ output }: Reading): Json => {
      output.close();
      readings.delete(key);
      return { bytes: '', more: false };
    };
    if (!readings.has(key) && readings.size >= MAX_READINGS)
      throw new TenderError('stream.too_many', { limit: MAX_READINGS });
    const reading = readings.get(key) ?? { output: plugins.runner.output(name, { follow, tail }) };
    if (done) return end(reading);
    readings.set(key, reading);
    reading.next ??= reading.output.chunks.next();
    const result = await this.#soon(reading.next);
    if (result === undefined) return { bytes: '', more: true };
    reading.next = undefined;
    if (result.done) return end(reading);
    return { bytes: Buffer.from(result.value).toString('base64'), more: true };
  }

  /** Undefined: not within a while. */
  async #soon<T>(asked: Promise<T>): Promise<T | undefined> {
    let timer: Timer | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = this.#parts.clock.after(WAIT, () => resolve(undefined));
    });
    return Promise.race([asked, late]).finally(() => timer?.cancel());
  }
}

const noUpload = (cause: string): TenderError =>
  new TenderError('request.failed', { what: 'the upload of the plugin', cause });
