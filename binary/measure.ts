/**
 * How quickly a program starts, as a person notices it: until `--version` has ended, and until the screen of a running
 * cluster has shown its first frame in a terminal. Medians of several starts; the machine's load is said beside them.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import pty from '@lydell/node-pty';

const RUNS = 15;
/** What the first frame of the screen begins with: the views by number. */
const FRAME = /1 .*overview/;

export interface Start {
  readonly version: number;
  readonly frame: number;
}

/** Medians in ms. @param words the program, as it is started */
export async function measure(words: readonly [string, ...string[]]): Promise<Start> {
  const folder = mkdtempSync(join(tmpdir(), 'tender-start-'));
  const { CI: _, TENDER_CONTEXT: __, ...inherited } = process.env;
  const env = { ...inherited, TENDER_STATE: join(folder, 'state'), TENDER_CONFIG: join(folder, 'config') };
  const [command, ...args] = words;
  try {
    const version = await median(async () => {
      const { status, stderr } = spawnSync(command, [...args, '--version'], { env });
      if (status !== 0) throw new Error(`--version has failed: ${stderr}`);
    });
    await clusterIn(words, env);
    const frame = await median(() => firstFrame(words, env));
    return { version, frame };
  } finally {
    spawnSync(command, [...args, 'dev', '--stop'], { env });
    rmSync(folder, { recursive: true, force: true });
  }
}

export const load = (): string => `load ${loadavg()[0]!.toFixed(1)}`;

async function median(run: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const started = performance.now();
    await run();
    times.push(performance.now() - started);
  }
  return Math.round(times.sort((a, b) => a - b)[RUNS >> 1]!);
}

/** One that goes on without its screen, until `dev --stop`. */
async function clusterIn([command, ...args]: readonly [string, ...string[]], env: NodeJS.ProcessEnv) {
  const dev = spawn(command, [...args, 'dev', '--keep'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    let said = '';
    dev.on('exit', (code) => reject(new Error(`dev ended with ${code}`)));
    dev.stdout.on('data', (bytes: Buffer) => {
      said += bytes;
      if (/agent \S+ registered/.test(said)) resolve();
    });
  });
  dev.removeAllListeners('exit');
  const ended = new Promise((resolve) => dev.once('exit', resolve));
  dev.kill();
  await ended;
}

async function firstFrame([command, ...args]: readonly [string, ...string[]], env: NodeJS.ProcessEnv) {
  const terminal = pty.spawn(command, args, { cols: 120, rows: 40, env: { ...env, TERM: 'xterm-256color' } });
  const ended = new Promise<void>((resolve) => terminal.onExit(() => resolve()));
  let seen = '';
  await new Promise<void>((resolve, reject) => {
    void ended.then(() => reject(new Error(`the screen has ended: ${seen}`)));
    terminal.onData((data) => {
      seen += data;
      if (FRAME.test(seen)) resolve();
    });
  });
  void ended.then(() => {});
  terminal.kill('SIGKILL');
}
