/** One `tender dev` of the copy, from its command line to its end, with a client of our own. Nothing is polled. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Client } from '../src/client/client.ts';
import { connect } from '../src/client/connection.ts';
import type { Task } from '../src/core/task.ts';
import { systemClock } from '../src/wire/system-clock.ts';
import type { KeyPair } from '../src/wire/transport.ts';
import { zeromqTransport } from '../src/wire/zeromq.ts';
import type { Copy } from './copy.ts';

interface Contexts {
  readonly contexts: Readonly<
    Record<string, { readonly address: string; readonly serverKey: string; readonly keys: KeyPair }>
  >;
}

/** A line of its output, and when it came (performance.now). */
interface Said {
  readonly at: number;
  readonly line: string;
}

/** Something that never comes must not stop the benchmark for ever (ms). */
const PATIENCE = 60_000;

export class Dev {
  /** When its command was given (performance.now). */
  readonly startedAt: number;
  readonly folder: string;
  readonly #child: ChildProcess;
  readonly #said: Said[] = [];
  readonly #listeners = new Set<(said: Said) => void>();
  #client: Client | undefined;

  constructor(copy: Copy, ...args: readonly string[]) {
    this.folder = copy.folder();
    const { NODE_OPTIONS: _, TENDER_CONTEXT: __, ...env } = process.env;
    const words = [copy.program, 'dev', '--state', join(this.folder, 'dev'), ...args];
    this.startedAt = performance.now();
    this.#child = spawn(process.execPath, words, {
      env: { ...env, TENDER_CONFIG: join(this.folder, 'config'), TENDER_STATE: join(this.folder, 'state') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const output of [this.#child.stdout!, this.#child.stderr!])
      createInterface({ input: output }).on('line', (line) => this.#line(line));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** When it printed the first line that matches (performance.now). */
  said(pattern: RegExp): Promise<number> {
    const before = this.#said.find(({ line }) => pattern.test(line));
    if (before) return Promise.resolve(before.at);
    const lines = (): string => this.#said.map(({ line }) => line).join('\n');
    return within(`a line like ${pattern}`, lines, (resolve) => {
      const look = ({ line, at }: Said): void => {
        if (!pattern.test(line)) return;
        this.#listeners.delete(look);
        resolve(at);
      };
      this.#listeners.add(look);
    });
  }

  /** Connected, with the framework for services and the agent there. */
  async client(): Promise<Client> {
    if (this.#client) return this.#client;
    await this.said(/ registered: /);
    const file = JSON.parse(readFileSync(join(this.folder, 'config', 'contexts.json'), 'utf8')) as Contexts;
    const [context] = Object.values(file.contexts);
    const client = connect({
      ...context!,
      transport: zeromqTransport(),
      clock: systemClock,
      random: Math.random,
      version: 'bench',
    });
    await client.ready();
    await seen(
      client,
      'framework and agent',
      () => client.state.frameworks.size > 0 && client.state.agents.size > 0,
    );
    this.#client = client;
    return client;
  }

  async disconnect(): Promise<void> {
    await this.#client?.close();
    this.#client = undefined;
  }

  async stop(): Promise<void> {
    await this.disconnect();
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    this.#child.kill('SIGTERM');
    await ended;
  }

  #line(line: string): void {
    const said = { at: performance.now(), line };
    this.#said.push(said);
    for (const listener of this.#listeners) listener(said);
  }
}

/** Resolves when the replica shows it. */
export function seen(client: Client, what: string, look: () => boolean, patience = PATIENCE): Promise<void> {
  return within(
    what,
    () => client.status.phase,
    (resolve) => {
      const check = (): void => {
        if (!look()) return;
        stop();
        resolve();
      };
      const stop = client.subscribe(check);
      check();
    },
    patience,
  );
}

export const tasksOf = (client: Client, job: string): Task[] =>
  [...client.state.tasks.values()].filter((task) => task.job === job);

export const running = (client: Client, job: string): number =>
  tasksOf(client, job).filter(({ state }) => state === 'RUNNING').length;

function within<T>(
  what: string,
  state: () => string,
  start: (resolve: (value: T) => void) => void,
  patience = PATIENCE,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`not within ${patience / 1000} s: ${what}; ${state()}`)),
      patience,
    );
    start((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}
