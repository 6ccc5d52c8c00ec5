/**
 * What happened in a run, and a hash over all of it: every message that arrived, every disk write, every note, each with
 * its time. Two runs with the same hash were the same run. The lines themselves are kept only for who wants to read them.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../src/core/clock.ts';
import type { Frames } from '../../src/wire/transport.ts';

export interface Trace {
  /** @param what who or what speaks @param text what it says; worked out only if somebody reads it or it is hashed */
  note(what: string, text: string): void;
  message(from: string, to: string, frames: Frames): void;
  readonly lines: readonly string[];
  hash(): string;
}

const elapsed = (ms: number): string => (ms / 1000).toFixed(3).padStart(9);

/** Heartbeats and figures would hide the rest. */
const DULL = /^\{"t":"(?:ping|pong|usage|credit)"/;
const LONGEST = 220;

/** @param keep whether lines are kept; with `messages`: also those of the wire */
export function traceOf(clock: Clock, keep: { readonly notes: boolean; readonly messages: boolean }): Trace {
  const hash = createHash('sha1');
  const startedAt = clock.now();
  const lines: string[] = [];
  return {
    lines,
    note(what, text) {
      const line = `${elapsed(clock.now() - startedAt)}  ${what.padEnd(12)} ${text}`;
      hash.update(line);
      if (keep.notes) lines.push(line);
    },
    message(from, to, frames) {
      hash.update(`${clock.now()} ${from} ${to}`);
      for (const frame of frames) hash.update(frame);
      if (!keep.messages) return;
      const [frame = Buffer.alloc(0)] = frames;
      const text = Buffer.from(frame).subarray(1).toString('utf8');
      if (DULL.test(text)) return;
      const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
      lines.push(`${elapsed(clock.now() - startedAt)}  ${`${from}→${to}`.padEnd(20)} ${shown}`);
    },
    hash: () => hash.copy().digest('hex'),
  };
}
