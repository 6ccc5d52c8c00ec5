/**
 * The shims of an agent (shim.ts), each with the control group of its programs. To start a process from one as large as the
 * agent costs more than all else about a short task, and groups cost the kernel dearly, too; so a shim that is done waits a
 * while for another task with the same limits. It gets none that was told to end: a signal for the task before must not
 * meet the next one. Nor does one whose program has left something behind.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { basename, dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { Clock, Timer } from '../../core/clock.ts';
import { type Cgroups, isAsNew, isRemoved, type Limits, type ShimGroup, sameLimits } from './cgroups.ts';
import { procOf } from './proc-table.ts';
import { SHIM } from './shim.ts';
import { shimName } from './shim-record.ts';

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
  readonly #cgroups: Cgroups;
  readonly #all = new Set<Shim>();
  readonly #idle: Shim[] = [];
  #written = false;
  #count = 0;

  /** @param file where its text is to lie */
  constructor(file: string, clock: Clock, cgroups: Cgroups) {
    this.#file = file;
    this.#clock = clock;
    this.#cgroups = cgroups;
  }

  /** One for a program with these limits, from now on. */
  take(limits: Limits): Shim {
    const at = this.#idle.findLastIndex((shim) => sameLimits(shim.limits, limits));
    return at < 0 ? this.#start(limits) : this.#idle.splice(at, 1)[0]!;
  }

  /** Of all that are there. */
  get names(): Set<string> {
    return new Set([...this.#all].flatMap(({ name }) => name ?? []));
  }

  #start(limits: Limits): Shim {
    this.#write();
    const changed = (state: ShimState): void => {
      const at = this.#idle.indexOf(shim);
      if (state === 'idle') this.#idle.push(shim);
      else if (at >= 0) this.#idle.splice(at, 1);
      if (state === 'gone') this.#all.delete(shim);
    };
    this.#count += 1;
    const shim: Shim = new Shim({
      file: this.#file,
      text: `${this.#file}.${process.pid}.${this.#count}`,
      limits,
      clock: this.#clock,
      cgroups: this.#cgroups,
      changed,
    });
    this.#all.add(shim);
    return shim;
  }

  /** Renamed into place: an agent of before may still be starting one with the older text. */
  #write(): void {
    if (this.#written) return;
    const folder = dirname(this.#file);
    mkdirSync(folder, { recursive: true });
    // Of shims of before: they get no more work.
    for (const name of readdirSync(folder))
      if (name.startsWith(`${basename(this.#file)}.`)) rmSync(join(folder, name), { force: true });
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

interface ShimOptions {
  /** Of its text. */
  readonly file: string;
  /** Where it is told how its task starts. */
  readonly text: string;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly cgroups: Cgroups;
  readonly changed: (state: ShimState) => void;
}

export class Shim {
  readonly limits: Limits;
  /** Undefined: it could not be started. */
  readonly name: string | undefined;
  /** Of its programs: it is not in there itself. Undefined: there are no groups. */
  readonly group: ShimGroup | undefined;
  readonly #text: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #clock: Clock;
  readonly #cgroups: Cgroups;
  readonly #changed: (state: ShimState) => void;
  #user: ShimUser | undefined;
  #patience: Timer | undefined;
  #rest = '';
  #said = '';

  constructor({ file, text, limits, clock, cgroups, changed }: ShimOptions) {
    this.limits = limits;
    this.#text = text;
    this.#clock = clock;
    this.#cgroups = cgroups;
    this.#changed = changed;
    this.#child = spawn('/bin/sh', [file, text], {
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
    const proc = this.pid === undefined ? undefined : procOf(this.pid);
    this.name = proc && shimName(proc);
    this.group = this.name === undefined ? undefined : cgroups.make(this.name, limits);
  }

  /** It leads the session and the process group of its task. undefined: it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The last that the shell itself has said. */
  get complaint(): string {
    return this.#said;
  }

  /**
   * Has it run a task.
   * @param control its control folder
   * @param start as `startText` gives it; it may hold secrets
   * @throws what the disk says
   */
  run(control: string, start: string, user: ShimUser): void {
    this.#patience?.cancel();
    writeFileSync(this.#text, start, { mode: 0o600 });
    this.#said = '';
    this.#user = user;
    this.#child.stdin.write(`${control}\n`);
  }

  /** Its task is over. @param again whether it may have another one: nothing of it runs any more */
  release(again: boolean): void {
    this.#user = undefined;
    if (!again || !this.#child.stdin.writable || (this.group && !isAsNew(this.group.paths)))
      return this.close();
    this.#patience = this.#clock.after(IDLE, () => this.close());
    this.#changed('idle');
  }

  /** It ends as soon as nothing runs. */
  close(): void {
    this.#patience?.cancel();
    this.#changed('closing');
    this.#child.stdin.end();
    // This process may be gone before it is.
    if (!this.#user) this.#tidy();
  }

  /** @returns whether nothing of it is left */
  #tidy(): boolean {
    rmSync(this.#text, { force: true });
    return !this.group || isRemoved(this.group.paths);
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
    if (!this.#tidy() && this.group) void this.#cgroups.remove(this.group.paths, this.#clock);
  }
}
