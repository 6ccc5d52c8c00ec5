/**
 * Child processes of this same program, kept running: one that dies is started anew with growing waits. Each is in a
 * process group of its own, so a Ctrl-C in the terminal reaches only the parent, which ends them in order.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { backoff } from '../wire/backoff.ts';
import { again } from './this-program.ts';

export interface ChildOptions {
  /** For the log: `agent`. */
  readonly name: string;
  /** Asked for each start: a restart may need other ones. */
  readonly args: () => readonly string[];
  /** All of its environment. Default: this process' own. */
  readonly env?: NodeJS.ProcessEnv;
  /** Node's own options. Default: this process' own. */
  readonly nodeArgs?: readonly string[];
  /** Where its output goes; absent: to this process' stderr. */
  readonly logFile?: string | undefined;
  /** Lives on without this process. Otherwise it notices our death by the end of its standard input. */
  readonly survives: boolean;
  readonly log: (line: string) => void;
  /** It ended, however, and is started anew. */
  readonly died?: (how: string) => void;
  /** It ended well, because somebody else asked it to: it is not started anew. Absent: it is, whatever its end. */
  readonly ended?: () => void;
  /** What it says by `process.send`. */
  readonly message?: (message: unknown) => void;
}

/** Running this long makes its next death a first one again (ms). */
const QUIET = 60_000;

export class Child {
  readonly #options: ChildOptions;
  readonly #waits = backoff(200, 30_000, Math.random);
  #process: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopping = false;

  constructor(options: ChildOptions) {
    this.#options = options;
    this.#start();
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** The signal, and SIGKILL after `graceMs`; resolves when it is gone. */
  async stop(graceMs: number, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await gone;
    clearTimeout(timer);
  }

  /** It goes on without us, and does not keep this process alive. */
  release(): void {
    this.#stopping = true;
    clearTimeout(this.#timer);
    if (this.#process?.connected) this.#process.disconnect();
    this.#process?.unref();
  }

  #start(): void {
    const { name, args, env = process.env, nodeArgs = process.execArgv } = this.#options;
    const { logFile, survives, log, message } = this.#options;
    const output = logFile === undefined ? 2 : openSync(logFile, 'a', 0o600);
    const startedAt = Date.now();
    const child = spawn(process.execPath, again(args(), nodeArgs), {
      detached: true,
      env,
      stdio: [survives ? 'ignore' : 'pipe', output, output, 'ipc'],
    });
    if (logFile !== undefined) closeSync(output);
    this.#process = child;
    child.on('message', (said) => message?.(said));
    child.on('error', (error) => log(`${name} could not be started: ${error.message}`));
    child.on('exit', (code, signal) => {
      if (this.#stopping) return;
      if (code === 0 && this.#options.ended) return this.#options.ended();
      if (Date.now() - startedAt > QUIET) this.#waits.reset();
      const wait = this.#waits.next();
      const how = `ended (${signal ?? `exit ${code}`}); started anew in ${(wait / 1000).toFixed(1)} s`;
      log(`${name} ${how}`);
      this.#options.died?.(how);
      this.#timer = setTimeout(() => this.#start(), wait);
    });
  }
}
