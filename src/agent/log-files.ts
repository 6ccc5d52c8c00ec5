/**
 * The output of one stream of a task: a file that the program appends to, at most 10 MiB (checked once a second),
 * and one older part beside it (`.1`). Too long a file is copied and cut: the program holds it open for appending,
 * so it goes on at the new start. Positions count all bytes since this object was made (negative: the older part it
 * found), so readers are not disturbed by a cut. Bytes written between the last copy and the cut are lost: a few
 * microseconds' worth. When which of them were written is noted at the same look (log-times.ts).
 */
import {
  appendFileSync,
  closeSync,
  createReadStream,
  createWriteStream,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { appendFile, type FileHandle, open, rename } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { causeOf, TenderError } from '../core/errors.ts';
import { inOrder } from '../core/in-order.ts';
import type { Chunk, LogOptions, Pipe } from './executor.ts';
import { LogTimes } from './log-times.ts';
import { merge } from './merge.ts';
import { pipeOf } from './pipe.ts';
import type { Sandbox } from './sandboxes.ts';
import { isAbsent, statOf } from './stat-of.ts';

const LIMIT = 10 * 1024 ** 2;
const BLOCK = 64 * 1024;
const NEWLINE = 10;

export interface LogReading {
  readonly follow: boolean;
  /** Where to begin, as `start` says; default: with the oldest there is. */
  readonly from?: number;
  /** Aborted when the program is over: then what is there is all there will be. */
  readonly over: AbortSignal;
  readonly stop: AbortSignal;
}

export interface LogPiece {
  readonly bytes: Uint8Array;
  /** By when they were written (ms since 1970). */
  readonly at?: number;
  /** So many bytes before these were thrown away before they could be read. */
  readonly lost?: number;
}

const sizeOf = async (path: string): Promise<number> => (await statOf(path))?.size ?? 0;

export class LogFile {
  readonly #path: string;
  readonly #limit: number;
  /** Position of the file's first byte. */
  #base = 0;
  #cutting: Promise<void> | undefined;
  #isTold = false;
  /** Read when they are first needed. */
  #times: LogTimes | undefined;

  constructor(path: string, limit = LIMIT) {
    this.#path = path;
    this.#limit = limit;
  }

  get #noted(): string {
    return timesOf(this.#path);
  }

  #timesUpTo(size: number): LogTimes {
    this.#times ??= new LogTimes(textOf(this.#noted), size);
    return this.#times;
  }

  get #older(): string {
    return `${this.#path}.1`;
  }

  /**
   * Notes when it was written to, and cuts it if it is too long. Never rejects: a log must not harm its task.
   * @param trouble told once why it can't be cut (TenderError `log.cut`), until it can be again
   */
  cap(trouble: (error: unknown) => void): Promise<void> {
    this.#cutting ??= this.#cap()
      .then(
        () => {
          this.#isTold = false;
        },
        (error: unknown) => {
          if (!this.#isTold) trouble(new TenderError('log.cut', { file: this.#path, cause: causeOf(error) }));
          this.#isTold = true;
        },
      )
      .finally(() => {
        this.#cutting = undefined;
      });
    return this.#cutting;
  }

  async #cap(): Promise<void> {
    // At once: most often there is nothing to do, and there are two of these for each task.
    const found = statSync(this.#path, { throwIfNoEntry: false });
    if (!found) return;
    const { size, mtimeMs } = found;
    // Most short programs say nothing.
    if (size === 0 && !this.#times) return;
    const times = this.#timesUpTo(size);
    const isNews = times.note(size, mtimeMs);
    if (size <= this.#limit) {
      if (isNews) await appendFile(this.#noted, `${size} ${Math.round(mtimeMs)}\n`);
      return;
    }
    const part = `${this.#path}.part`;
    const whole = { start: size - this.#limit, end: size - 1 };
    await pipeline(createReadStream(this.#path, whole), createWriteStream(part));
    // The rest in one go: nothing of ours may come between the last look and the cut.
    const copied = cutAfter(this.#path, size, part);
    this.#base += copied;
    times.note(copied, (await statOf(part))?.mtimeMs ?? mtimeMs);
    times.shift(copied, -this.#limit);
    await rename(part, this.#older);
    writeFileSync(this.#noted, times.text());
  }

  /** @returns where it has stopped @throws what keeps it from being read, if it is there */
  async *read(reading: LogReading): AsyncGenerator<LogPiece, number, undefined> {
    const wake = new Wake(this.#path, reading);
    try {
      await this.#cutting;
      let at = reading.from ?? (await this.start({}));
      while (!reading.stop.aborted) {
        const over = reading.over.aborted;
        await this.#cutting;
        const base = this.#base;
        const { piece, next } = await this.#readAt(at, base);
        // Cut while we read: what was read may be of another place.
        if (base !== this.#base || this.#cutting) continue;
        at = next;
        if (piece.bytes.length > 0) {
          yield piece;
          continue;
        }
        // The program itself may have emptied the file.
        const end = base + (await sizeOf(this.#path));
        if (end < at && !this.#cutting && base === this.#base) at = base;
        else if (end <= at && (over || !reading.follow)) return at;
        else if (end <= at) await wake.next();
      }
      return at;
    } finally {
      wake.close();
    }
  }

  async #readAt(at: number, base: number): Promise<{ readonly piece: LogPiece; readonly next: number }> {
    const { size = 0, mtimeMs = 0 } = (await statOf(this.#path)) ?? {};
    const times = this.#timesUpTo(size);
    if (at >= base) {
      const mark = times.of(at - base);
      const length = mark ? Math.min(BLOCK, mark.upTo - (at - base)) : BLOCK;
      const bytes = await readPart(this.#path, at - base, length);
      return { piece: { bytes, at: mark?.at ?? Math.round(mtimeMs) }, next: at + bytes.length };
    }
    const older = await sizeOf(this.#older);
    // Too slow a reader: what it missed is gone, it goes on with the oldest there is.
    const from = Math.max(at, base - older);
    const mark = times.of(from - base);
    const end = base + Math.min(0, mark?.upTo ?? 0);
    const bytes = await readPart(this.#older, from - (base - older), Math.min(BLOCK, end - from));
    const when = mark && { at: mark.at };
    const piece = from > at ? { bytes, ...when, lost: from - at } : { bytes, ...when };
    return { piece, next: from + bytes.length };
  }

  /** Where to begin for the last `tail` lines, and for what was written at `since` or later. */
  async start({ tail, since }: Pick<LogOptions, 'tail' | 'since'>): Promise<number> {
    await this.#cutting;
    const first = await this.#tail(tail);
    if (since === undefined) return first;
    const { size = 0, mtimeMs = 0 } = (await statOf(this.#path)) ?? {};
    const times = this.#timesUpTo(size);
    const from = times.since(since) ?? (mtimeMs >= since ? times.end : size);
    return Math.max(first, this.#base + from);
  }

  async #tail(tail: number | undefined): Promise<number> {
    const older = await sizeOf(this.#older);
    const size = await sizeOf(this.#path);
    if (tail === undefined) return this.#base - older;
    if (tail <= 0) return this.#base + size;
    const here = await lastLines(this.#path, size, tail, true);
    if (here.offset > 0 || here.missing === 0) return this.#base + here.offset;
    const before = await lastLines(this.#older, older, here.missing, size === 0);
    return this.#base - older + before.offset;
  }
}

/** Where it is noted when an output was written. */
export const timesOf = (path: string): string => `${path}.times`;

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // nothing was noted: then no time is known
  }
}

/** Appends what came after `copied` to `part`, and empties the file. Returns how long it was. */
function cutAfter(path: string, copied: number, part: string): number {
  const file = openSync(path, 'r+');
  try {
    const block = Buffer.alloc(BLOCK);
    // A program that writes faster than we copy must not hold us here: it loses some instead.
    for (const end = copied + LIMIT; copied < end; ) {
      const bytes = readSync(file, block, 0, BLOCK, copied);
      if (bytes === 0) break;
      appendFileSync(part, block.subarray(0, bytes));
      copied += bytes;
    }
    ftruncateSync(file, 0);
    return copied;
  } finally {
    closeSync(file);
  }
}

/** The last line of a file, as far as its last 4 KiB hold it; it may be empty. */
export async function lastLine(path: string): Promise<string> {
  const size = await sizeOf(path);
  if (size === 0) return '';
  const bytes = await readPart(path, Math.max(0, size - 4096), 4096);
  return Buffer.from(bytes).toString('utf8').trimEnd().split('\n').at(-1) ?? '';
}

async function readPart(path: string, offset: number, length: number): Promise<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if (isAbsent(error)) return new Uint8Array();
    throw error;
  } finally {
    await file?.close();
  }
}

/**
 * Where the last `lines` lines begin, found from the end; `missing` lines are not in this file.
 * @param atEnd whether a newline at the very end only ends the last line
 */
async function lastLines(
  path: string,
  size: number,
  lines: number,
  atEnd: boolean,
): Promise<{ readonly offset: number; readonly missing: number }> {
  let missing = lines;
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - BLOCK);
    const block = await readPart(path, start, end - start);
    for (let i = block.length - 1; i >= 0; i -= 1) {
      if (block[i] !== NEWLINE || (atEnd && start + i === size - 1)) continue;
      missing -= 1;
      if (missing === 0) return { offset: start + i + 1, missing };
    }
    end = start;
  }
  return { offset: 0, missing };
}

/** Waits for a change of the file, the end of its program, or the end of the reading. Never misses one in between. */
class Wake {
  readonly #stop = new AbortController();
  #changed = false;
  #resolve: (() => void) | undefined;

  constructor(path: string, { follow, over, stop }: LogReading) {
    const ring = (): void => {
      this.#changed = true;
      this.#resolve?.();
    };
    const { signal } = this.#stop;
    over.addEventListener('abort', ring, { signal });
    stop.addEventListener('abort', ring, { signal });
    if (over.aborted || stop.aborted) ring();
    if (!follow) return;
    try {
      const watcher = watch(path, { persistent: false, signal }, ring);
      watcher.on('error', ring);
    } catch {
      // No such file: there is nothing to wait for but the end.
    }
  }

  async next(): Promise<void> {
    if (!this.#changed)
      await new Promise<void>((resolve) => {
        this.#resolve = resolve;
      });
    this.#changed = false;
  }

  close(): void {
    this.#stop.abort();
  }
}

/** Both streams of one task. */
export interface TaskLogs {
  readonly stdout: LogFile;
  readonly stderr: LogFile;
}

export const taskLogs = (sandbox: Sandbox): TaskLogs => ({
  stdout: new LogFile(sandbox.stdout),
  stderr: new LogFile(sandbox.stderr),
});

/** stdout and stderr are separate files: what was there is put in order by time, what comes is passed on as it comes. */
export function logPipe(logs: TaskLogs, options: LogOptions, over: AbortSignal): Pipe {
  const stop = new AbortController();
  const ends = { stdout: 0, stderr: 0 };
  async function* part(stream: Chunk['stream'], follow: boolean): AsyncGenerator<Chunk, void, undefined> {
    const from = follow ? ends[stream] : await logs[stream].start(options);
    const pieces = logs[stream].read({ follow, from, over, stop: stop.signal });
    try {
      for (;;) {
        const { done, value } = await pieces.next();
        if (done) {
          ends[stream] = value;
          return;
        }
        yield { stream, ...value };
      }
    } finally {
      await pieces.return(0);
    }
  }
  async function* output(): AsyncGenerator<Chunk, void, undefined> {
    yield* inOrder([part('stdout', false), part('stderr', false)], ({ at }) => at);
    if (options.follow) yield* merge(part('stdout', true), part('stderr', true));
  }
  return pipeOf({ output: output(), stop: () => stop.abort() });
}

/** The files of a task that is over. */
export const savedLogs = (sandbox: Sandbox, options: LogOptions): Pipe =>
  logPipe(taskLogs(sandbox), options, AbortSignal.abort());
