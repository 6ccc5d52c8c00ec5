/**
 * The kernel's process table, read from /proc/PID/stat: who is alive, who belongs to which session, and what it
 * uses. A pid alone proves nothing; pid and start time together are one process for as long as the machine runs.
 */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';

export interface Proc {
  readonly pid: number;
  readonly state: string;
  readonly group: number;
  readonly session: number;
  /** Clock ticks of cpu. */
  readonly ticks: number;
  /** Clock ticks from boot to its start. */
  readonly start: string;
  /** Pages in memory. */
  readonly pages: number;
}

/** Linux' USER_HZ: 100 wherever Node runs. */
const TICKS_PER_SECOND = 100;
/** Type of the entry in the auxiliary vector that tells the page size: 4, 16 or 64 KiB. */
const AT_PAGESZ = 6n;

let knownPage: number | undefined;

function pageBytes(): number {
  if (knownPage !== undefined) return knownPage;
  knownPage = 4096;
  try {
    const vector = readFileSync('/proc/self/auxv');
    for (let at = 0; at + 16 <= vector.length; at += 16)
      if (vector.readBigUInt64LE(at) === AT_PAGESZ) knownPage = Number(vector.readBigUInt64LE(at + 8));
  } catch {
    // Hidden from us: the usual size.
  }
  return knownPage;
}

export const cpuMicroseconds = (procs: readonly Proc[]): number =>
  procs.reduce((sum, { ticks }) => sum + ticks, 0) * (1e6 / TICKS_PER_SECOND);

/** Shared pages count for each process that has them: more than a cgroup would say, never less. */
export const residentMiB = (procs: readonly Proc[]): number =>
  (procs.reduce((sum, { pages }) => sum + pages, 0) * pageBytes()) / 1024 ** 2;

/** @param text of /proc/PID/stat; the name in parentheses may hold anything, even `) R 1`. */
export function parseStat(text: string): Proc | undefined {
  const close = text.lastIndexOf(')');
  if (close < 0) return undefined;
  const f = text.slice(close + 2).split(' ');
  const at = (field: number): number => Number(f[field - 3]);
  return {
    pid: Number.parseInt(text, 10),
    state: f[0] ?? '',
    group: at(5),
    session: at(6),
    ticks: at(14) + at(15),
    start: f[22 - 3] ?? '',
    pages: at(24),
  };
}

/** A line of /proc/PID/stat is no longer than some four hundred characters. */
const LINE = Buffer.alloc(1_024);

/** undefined: no such process. Read with the fewest calls: a look at the whole table is hundreds of these. */
export function procOf(pid: number): Proc | undefined {
  try {
    const file = openSync(`/proc/${pid}/stat`, 'r');
    try {
      return parseStat(LINE.toString('latin1', 0, readSync(file, LINE, 0, LINE.length, 0)));
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

/** Whether that very process runs; a zombie does not. */
export function isAlive(pid: number, start: string): boolean {
  const proc = procOf(pid);
  return proc !== undefined && proc.start === start && proc.state !== 'Z' && proc.state !== 'X';
}

export type Sessions = ReadonlyMap<number, readonly Proc[]>;

/** All live processes by session. Some 10 µs a process. */
export function sessions(): Sessions {
  const out = new Map<number, Proc[]>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const proc = procOf(pid);
    if (!proc || proc.state === 'Z' || proc.state === 'X') continue;
    const list = out.get(proc.session);
    if (list) list.push(proc);
    else out.set(proc.session, [proc]);
  }
  return out;
}

export const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/**
 * Which run of this machine it is, or of the container that is a machine to its agent: the kernel of such a one goes on
 * when it is restarted, its first process does not. Undefined: not known here.
 */
export function runOfMachine(): string | undefined {
  try {
    return `${bootId()}.${procOf(1)?.start ?? ''}`;
  } catch {
    return undefined; // no Linux
  }
}

/** @returns whether there was anything to send it to */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}
