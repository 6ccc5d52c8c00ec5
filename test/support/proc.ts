/** One process of the built program: started, watched, ended by its pid. Its output is kept for when a test fails. */
import { type ChildProcess, spawn } from 'node:child_process';
import { inject } from 'vitest';
import { launch } from './launch.ts';
import { kill } from './machine.ts';

export interface ProcOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string | undefined;
  /** Words before the program: `ip netns exec NAME`, `setpriv …`. */
  readonly prefix?: readonly string[] | undefined;
  /** Default: this very Node. */
  readonly node?: string | undefined;
  /** A channel for `process.send`, as a supervisor has it. */
  readonly ipc?: boolean;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Proc {
  readonly ended: Promise<Ended>;
  readonly messages: unknown[] = [];
  stdout = '';
  stderr = '';
  end: Ended | undefined;
  readonly #child: ChildProcess;

  constructor(
    args: readonly string[],
    { env, cwd, prefix = [], node = process.execPath, ipc = false }: ProcOptions,
  ) {
    const [command = node, ...rest] = [...prefix, ...launch([inject('program'), ...args], node)];
    const child = spawn(command, rest, {
      env,
      cwd,
      stdio: ['ignore', 'pipe', 'pipe', ...(ipc ? (['ipc'] as const) : [])],
    });
    this.#child = child;
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    child.on('message', (message) => this.messages.push(message));
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        this.end = { code, signal };
        resolve(this.end);
      });
    });
    this.ended.catch(() => {}); // whoever awaits it sees it
  }

  get pid(): number {
    return this.#child.pid!;
  }

  send(message: object): void {
    this.#child.send?.(message as never);
  }

  signal(signal: NodeJS.Signals): void {
    kill(this.pid, signal);
  }

  /** As the kernel, or a person in a hurry, ends it. */
  async kill9(): Promise<void> {
    this.signal('SIGKILL');
    await this.#exited();
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    if (this.end) return this.end;
    this.signal(signal);
    const timer = setTimeout(() => this.signal('SIGKILL'), 10_000);
    await this.#exited();
    clearTimeout(timer);
    return { code: this.#child.exitCode, signal: this.#child.signalCode };
  }

  /** Not `close`: children of it may hold its output open. */
  #exited(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => this.#child.once('exit', () => resolve()));
  }
}
