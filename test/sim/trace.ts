/**
 * What happened in a run, and a hash over all of it: every message that arrived, every disk write, every note, each with
 * its time. Two runs with the same hash were the same run. The lines themselves are kept only for who wants to read them.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../src/core/clock.ts';
import type { Frames } from '../../src/wire/transport.ts';

/** What is worked out only for whoever reads it: the messages of the run say the same. */
export type Said = string | (() => string);

export interface Trace {
  /** @param what who or what speaks @param text what it says */
  note(what: string, text: Said): void;
  message(from: string, to: string, frames: Frames): void;
  readonly lines: readonly string[];
  hash(): string;
}

const elapsed = (ms: number): string => (ms / 1000).toFixed(3).padStart(9);

/** Heartbeats and figures would hide the rest. */
const DULL = /^\{"t":"(?:ping|pong|usage|credit)"/;
const LONGEST = 220;
/** So many bytes are hashed at a time: to hash takes less than to begin with it. */
const BLOCK = 65_536;

/** Of all that is added, one after the other. */
class Digest {
  readonly #hash = createHash('sha1');
  readonly #block = Buffer.allocUnsafe(BLOCK);
  #length = 0;

  text(text: string): void {
    if (this.#length + 3 * text.length > BLOCK) this.#flush();
    if (3 * text.length > BLOCK) this.#hash.update(text);
    else this.#length += this.#block.write(text, this.#length);
  }

  bytes(bytes: Uint8Array): void {
    if (this.#length + bytes.length > BLOCK) this.#flush();
    if (bytes.length > BLOCK) this.#hash.update(bytes);
    else {
      this.#block.set(bytes, this.#length);
      this.#length += bytes.length;
    }
  }

  #flush(): void {
    this.#hash.update(this.#block.subarray(0, this.#length));
    this.#length = 0;
  }

  get hex(): string {
    this.#flush();
    return this.#hash.copy().digest('hex');
  }
}

/** @param keep whether lines are kept; with `messages`: also those of the wire */
export function traceOf(clock: Clock, keep: { readonly notes: boolean; readonly messages: boolean }): Trace {
  const digest = new Digest();
  const startedAt = clock.now();
  const lines: string[] = [];
  return {
    lines,
    note(what, text) {
      digest.text(`${clock.now()} ${what} ${typeof text === 'string' ? text : ''}`);
      if (!keep.notes) return;
      const said = typeof text === 'string' ? text : text();
      lines.push(`${elapsed(clock.now() - startedAt)}  ${what.padEnd(12)} ${said}`);
    },
    message(from, to, frames) {
      digest.text(`${clock.now()} ${from} ${to}`);
      for (const frame of frames) digest.bytes(frame);
      if (!keep.messages) return;
      const [frame = Buffer.alloc(0)] = frames;
      const text = Buffer.from(frame).subarray(1).toString('utf8');
      if (DULL.test(text)) return;
      const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
      lines.push(`${elapsed(clock.now() - startedAt)}  ${`${from}→${to}`.padEnd(20)} ${shown}`);
    },
    hash: () => digest.hex,
  };
}
