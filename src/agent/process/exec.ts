/**
 * A command beside a process task: in its folder, with its environment and within its control group, so that limits
 * count for it too. Unlike the task it hangs on the agent's pipes and dies with them. A terminal is made by
 * util-linux' script; its size is set from inside, later changes through the terminal's device.
 */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { causeOf, TenderError } from '../../core/errors.ts';
import type { Environment } from '../environment.ts';
import type { Chunk, ExecOptions, Pipe } from '../executor.ts';
import { merge } from '../merge.ts';
import { pipeOf } from '../pipe.ts';
import { signal } from './proc-table.ts';
import { findProgram } from './program.ts';

export interface ExecPlace {
  readonly cwd: string;
  readonly env: Environment;
  /** Where the terminal's name may be noted. */
  readonly control: string;
  /** `cgroup.procs` files to enter. */
  readonly groups: readonly string[];
}

/** Enters the groups, then becomes the command. */
const ENTER = 'while [ "$1" != -- ]; do echo $$ 2>/dev/null >"$1"; shift; done; shift; exec "$@"';
/** Inside the terminal: notes its name, sets its size, becomes the command. */
const TERMINAL = 'tty >"$1"; stty columns "$2" rows "$3"; shift 3; exec "$@"';

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

let terminals = 0;

/** @throws TenderError `process.start`, `process.no_terminal` */
export async function processExec(options: ExecOptions, place: ExecPlace): Promise<Pipe> {
  const { argv, tty, columns = 80, rows = 24 } = options;
  const path = place.env['PATH'] ?? '';
  const program = await findProgram(argv[0] ?? '', path, place.cwd);
  let command = [program, ...argv.slice(1)];
  terminals += 1;
  const noted = join(place.control, `terminal.${terminals}`);
  if (tty) {
    const script = await findProgram('script', path, place.cwd).catch((error: unknown) => {
      throw new TenderError('process.no_terminal', { cause: causeOf(error) });
    });
    const inner = ['sh', '-c', TERMINAL, 'sh', noted, String(columns), String(rows), ...command];
    command = [script, '-qfec', inner.map(quote).join(' '), '/dev/null'];
  }
  const child = spawn('/bin/sh', ['-c', ENTER, 'sh', ...place.groups, '--', ...command], {
    cwd: place.cwd,
    env: tty ? { TERM: 'xterm-256color', SHELL: '/bin/sh', ...place.env } : { ...place.env },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let code: number | undefined;
  const closed = new Promise<void>((resolve) => {
    child.on('close', (exitCode, by) => {
      code = exitCode ?? 128 + (signalNumber(by) ?? 0);
      resolve();
    });
    child.on('error', () => resolve());
  });
  child.stdin.on('error', () => {});

  async function* part(stream: Chunk['stream'], source: Readable): AsyncGenerator<Chunk, void, undefined> {
    for await (const bytes of source) yield { stream, bytes: bytes as Uint8Array };
  }
  async function* output(): AsyncGenerator<Chunk, void, undefined> {
    yield* merge(part('stdout', child.stdout), part('stderr', child.stderr));
    await closed;
    rmSync(noted, { force: true });
  }
  return pipeOf({
    output: output(),
    stop: () => {
      // The terminal's own session gets its SIGHUP when script dies.
      if (code === undefined && child.pid !== undefined) signal(-child.pid, 'SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
      rmSync(noted, { force: true });
    },
    write: (bytes) =>
      new Promise((resolve) => {
        if (!child.stdin.writable) resolve();
        else child.stdin.write(bytes, () => resolve());
      }),
    end: () => child.stdin.end(),
    ...(tty ? { resize: (c: number, r: number) => resizeTerminal(noted, c, r) } : {}),
    exitCode: () => code,
  });
}

function resizeTerminal(noted: string, columns: number, rows: number): void {
  let device: string;
  try {
    device = readFileSync(noted, 'utf8').trim();
  } catch {
    return;
  }
  if (!device.startsWith('/dev/')) return;
  spawn('stty', ['-F', device, 'columns', String(columns), 'rows', String(rows)], { stdio: 'ignore' }).on(
    'error',
    () => {},
  );
}

const signalNumber = (name: NodeJS.Signals | null): number | undefined =>
  name === null ? undefined : (constants.signals[name] ?? undefined);
