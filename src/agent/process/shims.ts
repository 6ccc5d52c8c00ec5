/**
 * The shims of an agent (shim.ts). To start a process from one as large as the agent costs more than all else about a
 * short task; so a shim that is done waits a while for another one. It gets none that was told to end: a signal
 * for the task before must not meet the next one.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { Clock, Timer } from '../../core/clock.ts';
import { SHIM } from './shim.ts';

/** How long an idle one waits for work (ms). */
const IDLE = 5_000;

/** Who gave a shim its task. */
export interface ShimUser {
  /** Something has changed in the files of the task. @param over the shim is done with it, or gone */
  look(over: boolean): void;
  /** There is no shim. */
  failed(error: Error): void;
}

export class Shims {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #all = new Set<Shim>();
  readonly #idle: Shim[] = [];
  #written = false;

  /** @param file where its text is to lie */
  constructor(file: string, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  /** Has one run what lies in this folder, from now on. */
  run(control: string, user: ShimUser): Shim {
    const shim = this.#idle.pop() ?? this.#start();
    shim.run(control, user);
    return shim;
  }

  #start(): Shim {
    this.#write();
    const shim: Shim = new Shim(this.#file, this.#clock, (state) => {
      const at = this.#idle.indexOf(shim);
      if (state === 'idle') this.#idle.push(shim);
      else if (at >= 0) this.#idle.splice(at, 1);
      if (state === 'gone') this.#all.delete(shim);
    });
    this.#all.add(shim);
    return shim;
  }

  /** Renamed into place: an agent of before may still be starting one with the older text. */
  #write(): void {
    if (this.#written) return;
    mkdirSync(dirname(this.#file), { recursive: true });
    writeFileSync(`${this.#file}.part`, SHIM);
    renameSync(`${this.#file}.part`, this.#file);
    this.#written = true;
  }

  /** Idle ones end; the others when their tasks do. */
  close(): void {
    for (const shim of this.#all) shim.close();
  }
}

/** Waiting for work; to get no more; no process any more. */
type ShimState = 'idle' | 'closing' | 'gone';

export class Shim {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #clock: Clock;
  readonly #changed: (state: ShimState) => void;
  #user: ShimUser | undefined;
  #patience: Timer | undefined;
  #rest = '';
  #said = '';

  constructor(file: string, clock: Clock, changed: (state: ShimState) => void) {
    this.#clock = clock;
    this.#changed = changed;
    this.#child = spawn('/bin/sh', [file], {
      cwd: '/',
      env: {},
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#child.on('error', (error) => this.#user?.failed(error));
    this.#child.on('exit', () => this.close());
    this.#child.on('close', () => this.#gone());
    this.#child.stdin.on('error', () => {}); // told by its exit
    this.#child.stdout.on('data', (bytes: Buffer) => this.#hear(bytes.toString()));
    // A task must not keep its agent alive.
    this.#child.unref();
    for (const end of [this.#child.stdin, this.#child.stdout]) (end as unknown as Socket).unref();
  }

  /** It leads the session and the process group of its task. undefined: it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The last that the shell itself has said. */
  get complaint(): string {
    return this.#said;
  }

  run(control: string, user: ShimUser): void {
    this.#patience?.cancel();
    this.#said = '';
    this.#user = user;
    this.#child.stdin.write(`${control}\n`);
  }

  /** Its task is over, and nothing of it is left. @param again whether it may have another one */
  release(again: boolean): void {
    this.#user = undefined;
    if (!again || !this.#child.stdin.writable) return this.close();
    this.#patience = this.#clock.after(IDLE, () => this.close());
    this.#changed('idle');
  }

  /** It ends as soon as nothing runs. */
  close(): void {
    this.#patience?.cancel();
    this.#changed('closing');
    this.#child.stdin.end();
  }

  #hear(text: string): void {
    const lines = `${this.#rest}${text}`.split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines)
      if (line === 'started' || line === 'ended') this.#user?.look(line === 'ended');
      else this.#said = line;
  }

  #gone(): void {
    this.#patience?.cancel();
    this.#changed('gone');
    this.#user?.look(true);
  }
}
