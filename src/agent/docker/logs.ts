/** A container's output: as a pipe, its last line, and its last part saved into files before it is removed. */
import { mkdir, writeFile } from 'node:fs/promises';
import type { Chunk, LogOptions, Pipe } from '../executor.ts';
import { pipeOf } from '../pipe.ts';
import type { Sandbox } from '../sandboxes.ts';
import { type Engine, openStream } from './engine.ts';
import { demux } from './frames.ts';

const SAVED_BYTES = 1024 ** 2;
/** So many lines are asked for; with fewer than 16 bytes a line, less than the full MiB is saved. */
const SAVED_LINES = 65_536;

interface Wanted {
  readonly follow?: boolean;
  readonly tail?: number | undefined;
  readonly stdout?: boolean;
}

async function* read(engine: Engine, id: string, wanted: Wanted, signal: AbortSignal): AsyncGenerator<Chunk> {
  const { follow = false, tail, stdout = true } = wanted;
  const query = { follow, stdout, stderr: true, tail: tail ?? 'all' };
  yield* demux(await openStream(engine, `/containers/${id}/logs`, query, signal));
}

/** @param ready resolves once there is a container; it may not be there yet when its logs are followed. */
export function containerLogs(
  engine: Engine,
  id: string,
  options: LogOptions,
  ready: Promise<unknown>,
): Pipe {
  const stop = new AbortController();
  const stopped = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()));
  async function* output(): AsyncGenerator<Chunk> {
    await Promise.race([ready, stopped]);
    if (!stop.signal.aborted) yield* read(engine, id, options, stop.signal);
  }
  return pipeOf({ output: output(), stop: () => stop.abort() });
}

/** The engine counts the lines of both streams together. */
const LOOKED_AT = 20;

/** The last line on stderr, or nothing: it only adorns a message. */
export async function lastErrorLine(engine: Engine, id: string): Promise<string> {
  const parts: Uint8Array[] = [];
  try {
    const wanted = { tail: LOOKED_AT, stdout: false };
    for await (const { bytes } of read(engine, id, wanted, new AbortController().signal)) parts.push(bytes);
  } catch {
    return '';
  }
  return Buffer.concat(parts).toString('utf8').trimEnd().split('\n').at(-1) ?? '';
}

/** Keeps the last MiB of each stream readable when the container is gone. */
export async function saveLogs(engine: Engine, id: string, sandbox: Sandbox): Promise<void> {
  const kept = { stdout: new Ending(), stderr: new Ending() };
  const wanted = { tail: SAVED_LINES };
  for await (const { stream, bytes } of read(engine, id, wanted, new AbortController().signal))
    kept[stream].add(bytes);
  await mkdir(sandbox.folder, { recursive: true, mode: 0o700 });
  await writeFile(sandbox.stdout, kept.stdout.bytes());
  await writeFile(sandbox.stderr, kept.stderr.bytes());
}

/** The last bytes of what was added. */
class Ending {
  #pieces: Uint8Array[] = [];
  #size = 0;

  add(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#size += piece.length;
    if (this.#size > 2 * SAVED_BYTES) this.#cut();
  }

  bytes(): Uint8Array {
    this.#cut();
    return this.#pieces[0] ?? new Uint8Array();
  }

  #cut(): void {
    const all = Buffer.concat(this.#pieces);
    const last = all.subarray(Math.max(0, all.length - SAVED_BYTES));
    this.#pieces = [last];
    this.#size = last.length;
  }
}
