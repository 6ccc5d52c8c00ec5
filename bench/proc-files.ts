/** What the kernel says of a process: processor time, memory, writes, wake-ups. Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

export interface Member {
  readonly name: string;
  readonly pid: number;
}

export interface Counters {
  /** Ticks (1/100 s), user and system. */
  readonly cpu: number;
  /** Bytes that were sent to a disk. */
  readonly written: number;
  /** Context switches of all its threads: each voluntary one is a wake-up. */
  readonly switches: number;
}

export interface Memory {
  /** MiB. */
  readonly rss: number;
  readonly pss: number;
}

const read = (pid: number, file: string): string => readFileSync(`/proc/${pid}/${file}`, 'utf8');
const field = (text: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);

/** Behind the program's name, which may hold blanks: state, ppid, … */
const stat = (pid: number): string[] =>
  read(pid, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ');

const ROLES = ['dev', 'master', 'framework-host', 'agent'] as const;

/** The processes of a cluster that was started by `pid`; not its tasks. */
export function membersOf(pid: number): Member[] {
  const words = read(pid, 'cmdline').split('\0');
  const verb = words[words.findIndex((word) => word.endsWith('/bin/tender')) + 1];
  const name = ROLES.find((role) => role === verb);
  if (name === undefined) return [];
  const children = readdirSync('/proc')
    .map(Number)
    .filter((other) => other > 0 && parentOf(other) === pid);
  return [{ name, pid }, ...children.flatMap(membersOf)];
}

function parentOf(pid: number): number {
  try {
    return Number(stat(pid)[1]);
  } catch {
    return 0; // it has ended meanwhile
  }
}

export function countersOf(pid: number): Counters {
  const values = stat(pid);
  const switches = readdirSync(`/proc/${pid}/task`).map((thread) => {
    const status = read(pid, `task/${thread}/status`);
    return field(status, 'voluntary_ctxt_switches') + field(status, 'nonvoluntary_ctxt_switches');
  });
  return {
    cpu: Number(values[11]) + Number(values[12]),
    written: field(read(pid, 'io'), 'write_bytes'),
    switches: switches.reduce((sum, count) => sum + count, 0),
  };
}

export function memoryOf(pid: number): Memory {
  const text = read(pid, 'smaps_rollup');
  return { rss: field(text, 'Rss') / 1024, pss: field(text, 'Pss') / 1024 };
}

/**
 * MiB that all of them together would give back: their own pages, and each page of a file once, however many of them
 * map it. Unlike a sum of PSS it does not shrink when strangers run the same `node`.
 */
export function togetherOf(pids: readonly number[]): number {
  let own = 0;
  const files = new Map<string, number>();
  for (const pid of pids) {
    for (const mapping of read(pid, 'smaps').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)) {
      const [header = ''] = mapping.split('\n', 1);
      const [, , offset = '', , , path = ''] = header.split(/\s+/);
      const anonymous = field(mapping, 'Anonymous');
      const key = `${path} ${offset}`;
      own += anonymous;
      files.set(key, Math.max(files.get(key) ?? 0, field(mapping, 'Rss') - anonymous));
    }
  }
  return [...files.values()].reduce((sum, size) => sum + size, own) / 1024;
}
