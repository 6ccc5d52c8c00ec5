/**
 * What a shim writes of itself, and how it is decided whether a task ever came to be: the file is created by the shim
 * or by a recovering agent, exclusively, and whoever is first is right for good.
 */
import { closeSync, mkdirSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import type { Clock } from '../../core/clock.ts';
import type { Sandbox } from '../sandboxes.ts';

/** A shim that was just started writes its record within milliseconds. */
const TRIES = 200;
const WAIT = 5;

/** What the shim writes of itself. */
export interface ShimRecord {
  readonly pid: number;
  /** Clock ticks from boot to its start: tells it from a later process with the same pid. */
  readonly start: string;
  readonly boot: string;
  /** Whether it could enter all groups it was given. */
  readonly joined: boolean;
}

/** Of all shims since the machine was started it is the only one of this name; so is its control group called. */
export const shimName = ({ pid, start }: Pick<ShimRecord, 'pid' | 'start'>): string => `${pid}-${start}`;

/** `none`: the program was never started, and never will be. undefined: not (wholly) written yet. */
export function readRecord(text: string): ShimRecord | 'none' | undefined {
  if (!text.endsWith('\n')) return undefined;
  const [pid = '', start = '', boot = '', groups = ''] = text.trim().split(' ');
  if (pid === 'none') return 'none';
  return { pid: Number(pid), start, boot, joined: groups === 'joined' };
}

/** The file's text; empty if it is not there. */
export const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** The program's exit code; undefined: it is not over, or nobody could write it down. */
export function exitCodeOf({ exit, ended }: Sandbox): number | undefined {
  const code = (textOf(exit) || textOf(ended)).trim();
  return /^\d{1,3}$/.test(code) ? Number(code) : undefined;
}

/** As much of its start as there may be, at most so many bytes; empty if it is not there. */
export function startOf(path: string, bytes: number): string {
  try {
    const file = openSync(path, 'r');
    try {
      const start = Buffer.alloc(bytes);
      return start.toString('utf8', 0, readSync(file, start, 0, bytes, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}

/** If the shim has not begun to write, it never will. undefined: it began, and died of it. */
export async function claim(sandbox: Sandbox, clock: Clock): Promise<ShimRecord | 'none' | undefined> {
  try {
    mkdirSync(sandbox.control, { recursive: true, mode: 0o700 });
    writeFileSync(sandbox.pid, 'none\n', { flag: 'wx' });
    return 'none';
  } catch {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const record = readRecord(textOf(sandbox.pid));
      if (record) return record;
      await new Promise<void>((done) => clock.after(WAIT, done));
    }
    return undefined;
  }
}
