/**
 * What is on this machine because of a test: processes found by a text in their command line or environment,
 * containers by the label of their cluster. Nothing is ever ended that was not found that way.
 */
import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { until } from './until.ts';

const execute = promisify(execFile);

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // it has ended
  }
}

const pids = (): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid);

/** Living processes with this text as one of their words. */
export const processesWith = (word: string): number[] =>
  pids().filter((pid) => isAlive(pid) && read(pid, 'cmdline').split('\0').includes(word));

/** Living processes of exactly this command line, wherever its program lies. */
export const programs = (program: string, ...words: readonly string[]): number[] =>
  pids().filter((pid) => {
    const [first = '', ...rest] = read(pid, 'cmdline').split('\0').slice(0, -1);
    return basename(first) === program && rest.join('\0') === words.join('\0') && isAlive(pid);
  });

/** Processes with a path in or below this folder among their words. */
export const processesNaming = (folder: string): number[] =>
  pids().filter((pid) =>
    read(pid, 'cmdline')
      .split('\0')
      .some((word) => (word === folder || word.startsWith(`${folder}/`)) && isAlive(pid)),
  );

/** Neither gone nor a zombie. */
export function isAlive(pid: number): boolean {
  const stat = read(pid, 'stat');
  return stat !== '' && stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
}

export const childrenOf = (pid: number): number[] =>
  read(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number);

/** Resident memory, MiB. */
export const residentOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(read(pid, 'status'))?.[1] ?? 0) / 1024;

/** Processes that were started below this folder, or work in it; some write over what they were started with. */
export const processesBelow = (folder: string): number[] =>
  pids().filter(
    (pid) =>
      isAlive(pid) &&
      `${read(pid, 'cmdline')}${read(pid, 'environ')}${workFolderOf(pid)}/`.includes(`${folder}/`),
  );

function workFolderOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return ''; // it has ended
  }
}

export function kill(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(pid, signal);
  } catch {
    // it has ended
  }
}

export interface Container {
  readonly id: string;
  /** `web.0` */
  readonly name: string;
  readonly task: string;
  readonly running: boolean;
}

/** @param label `KEY=VALUE` that they carry */
export async function containersWith(label: string): Promise<Container[]> {
  const format = '{{.ID}} {{.Label "tender.name"}} {{.Label "tender.task"}} {{.State}}';
  const { stdout } = await execute('docker', [
    'ps',
    '-a',
    '--no-trunc',
    '--filter',
    `label=${label}`,
    '--format',
    format,
  ]);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [id = '', name = '', task = '', state] = line.split(' ');
      return { id, name, task, running: state === 'running' };
    });
}

export const docker = async (...args: string[]): Promise<string> =>
  (await execute('docker', args)).stdout.trim();

/** Ends what is left of a cluster, or of a whole run: processes by their folder. */
export function sweep(folder: string): void {
  for (let round = 0; round < 20; round++) {
    const left = processesBelow(folder);
    if (left.length === 0) return;
    for (const pid of left) kill(pid, 'SIGKILL');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
}

export function sweepContainers(label: string): void {
  const list = (): string[] => {
    try {
      const args = ['ps', '-aq', '--filter', `label=${label}`];
      return execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
        .split('\n')
        .filter(Boolean);
    } catch {
      return []; // no engine: no containers
    }
  };
  for (const id of list()) {
    try {
      execFileSync('docker', ['rm', '-f', id], { stdio: 'ignore' });
    } catch {
      // somebody else removes it at this moment
    }
  }
}

/** A task is RUNNING as soon as its shell is there: the program itself follows. */
export async function untilPrograms(
  count: number,
  program: string,
  ...words: readonly string[]
): Promise<number[]> {
  const found = (): number[] => programs(program, ...words);
  await until(() => found().length === count, { what: `${count} times ${[program, ...words].join(' ')}` });
  return found();
}
