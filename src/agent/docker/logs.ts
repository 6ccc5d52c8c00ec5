/** A container's output: as a pipe, its last line, and its last part saved into files before it is removed. */
import { mkdir, writeFile } from 'node:fs/promises';
import { causeOf, TenderError } from '../../core/errors.ts';
import type { Chunk, LogOptions, Pipe } from '../executor.ts';
import { timesOf } from '../log-files.ts';
import { LogTimes } from '../log-times.ts';
import { pipeOf } from '../pipe.ts';
import type { Sandbox } from '../sandboxes.ts';
import { type Engine, openStream } from './engine.ts';
import { stamped, stampedLines } from './frames.ts';

const SAVED_BYTES = 1024 ** 2;
/** So many lines are asked for; with fewer than 16 bytes a line, less than the full MiB is saved. */
const SAVED_LINES = 65_536;

interface Wanted {
  readonly follow?: boolean;
  readonly tail?: number | undefined;
  /** ms since 1970 */
  readonly since?: number | undefined;
  readonly stdout?: boolean;
  /** Its program has a terminal. */
  readonly tty?: boolean | undefined;
}

async function* read(engine: Engine, id: string, wanted: Wanted, signal: AbortSignal): AsyncGenerator<Chunk> {
  const { follow = false, tail, since, stdout = true } = wanted;
  const from = since === undefined ? {} : { since: (since / 1000).toFixed(3) };
  const query = { follow, stdout, stderr: true, tail: tail ?? 'all', timestamps: true, ...from };
  const source = await openStream(engine, `/containers/${id}/logs`, query, signal);
  yield* wanted.tty ? stampedLines(source) : stamped(source);
}

/** @param ready resolves once there is a container; it may not be there yet when its logs are followed. */
export function containerLogs(
  engine: Engine,
  id: string,
  options: LogOptions & Pick<Wanted, 'tty'>,
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
export async function lastErrorLine(engine: Engine, id: string, tty: boolean): Promise<string> {
  if (tty) return ''; // it can't be told apart
  const parts: Uint8Array[] = [];
  try {
    const wanted = { tail: LOOKED_AT, stdout: false };
    for await (const { bytes } of read(engine, id, wanted, new AbortController().signal)) parts.push(bytes);
  } catch {
    return '';
  }
  return Buffer.concat(parts).toString('utf8').trimEnd().split('\n').at(-1) ?? '';
}

/**
 * Keeps the last MiB of each stream readable when the container is gone.
 * @throws TenderError `log.lost` where the disk does not take it; else what the engine says
 */
export async function saveLogs(engine: Engine, id: string, sandbox: Sandbox, tty: boolean): Promise<void> {
  const kept = { stdout: new Ending(), stderr: new Ending() };
  const wanted = { tail: SAVED_LINES, tty };
  for await (const { stream, bytes, at } of read(engine, id, wanted, new AbortController().signal))
    kept[stream].add(bytes, at);
  try {
    await mkdir(sandbox.folder, { recursive: true, mode: 0o700 });
    for (const stream of ['stdout', 'stderr'] as const) {
      await writeFile(sandbox[stream], kept[stream].bytes());
      await writeFile(timesOf(sandbox[stream]), kept[stream].times.text());
    }
  } catch (error) {
    throw new TenderError('log.lost', { task: sandbox.task, cause: causeOf(error) });
  }
}

/** The last bytes of what was added, and when they were written. */
class Ending {
  readonly times = new LogTimes();
  #pieces: Uint8Array[] = [];
  #size = 0;

  add(piece: Uint8Array, at = 0): void {
    this.#pieces.push(piece);
    this.#size += piece.length;
    this.times.note(this.#size, at);
    if (this.#size > 2 * SAVED_BYTES) this.#cut();
  }

  bytes(): Uint8Array {
    this.#cut();
    return this.#pieces[0] ?? new Uint8Array();
  }

  #cut(): void {
    const all = Buffer.concat(this.#pieces);
    const gone = Math.max(0, all.length - SAVED_BYTES);
    const last = all.subarray(gone);
    this.times.shift(gone, 0);
    this.#pieces = [last];
    this.#size = last.length;
  }
}
