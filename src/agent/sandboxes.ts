/**
 * The folders of the tasks on this machine, `<root>/<taskId>`, and what lies where in them:
 *
 *   stdout stderr (.1 = the older part)      output, in the open as in Mesos
 *   .tender/pid  exit  killed  ended         what lets a task be found again after the agent was killed
 *
 * beside the text of their shims, and what these start. As few files as will do: where thousands of them come and go, a file
 * system looks longer and longer for the next one.
 *
 * Ended sandboxes are kept for people to look at, the newest 50 and at most 1 GiB of them; older ones are deleted.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { lstat, opendir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Timer } from '../core/clock.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import type { TaskId } from '../core/task.ts';
import { statOf } from './stat-of.ts';

const KEPT = 50;
/** To look through all of them costs more than a short task: at most so often (ms). */
const PRUNE_EVERY = 1_000;
const KEPT_BYTES = 1024 ** 3;
const CONTROL = '.tender';
/** Files and folders in a sandbox that are deleted in a moment. */
const FEW = 20;

export interface Sandbox {
  readonly task: TaskId;
  /** The task's own folder: where its program starts, and its artifacts lie. */
  readonly folder: string;
  readonly stdout: string;
  readonly stderr: string;
  /** What it was given, and what it gives back; where its spec says so. */
  readonly payload: string;
  readonly output: string;
  /** Ours, not the program's. */
  readonly control: string;
  /** Pid, start time and boot id of the shim; written just before the program starts. */
  readonly pid: string;
  /** Blank, and then the program's exit code; written by the shim. */
  readonly exit: string;
  /** Exists once the task was told to end: its end is KILLED, even if the agent dies meanwhile. */
  readonly killed: string;
  /** What `exit` is called once the task is removed: the folder may be deleted when there are too many. */
  readonly ended: string;
}

export class Sandboxes {
  readonly root: string;
  readonly #clock: Clock;
  readonly #trouble: (error: TenderError) => void;
  #pruning: Promise<void> | undefined;
  #prunedAt = Number.NEGATIVE_INFINITY;
  #soon: Timer | undefined;

  /** @param trouble told of each sandbox that should go and does not (TenderError `sandbox.kept`) */
  constructor(root: string, clock: Clock, trouble: (error: TenderError) => void) {
    this.root = root;
    this.#clock = clock;
    this.#trouble = trouble;
  }

  close(): void {
    this.#soon?.cancel();
  }

  /** Where it is, or would be. */
  of(task: TaskId): Sandbox {
    const folder = join(this.root, task);
    const control = join(folder, CONTROL);
    return {
      task,
      folder,
      stdout: join(folder, 'stdout'),
      stderr: join(folder, 'stderr'),
      payload: join(folder, 'tender-payload'),
      output: join(folder, 'tender-output'),
      control,
      pid: join(control, 'pid'),
      exit: join(control, 'exit'),
      killed: join(control, 'killed'),
      ended: join(control, 'ended'),
    };
  }

  has(task: TaskId): boolean {
    return existsSync(this.of(task).folder);
  }

  /**
   * Where it is.
   * @param name what people call the task
   * @throws TenderError `task.unknown` where nothing is left of it
   */
  find(task: TaskId, name: string = task): Sandbox {
    if (!this.has(task)) throw new TenderError('task.unknown', { name });
    return this.of(task);
  }

  /** Makes it, for this user only: a sandbox may hold secrets. What an earlier try left behind goes. */
  make(task: TaskId): Sandbox {
    const sandbox = this.of(task);
    mkdirSync(sandbox.folder, { recursive: true, mode: 0o700 });
    rmSync(sandbox.control, { recursive: true, force: true });
    mkdirSync(sandbox.control, { mode: 0o700 });
    return sandbox;
  }

  /** For a new agent. Where there is no room for the mark, that one tells the signal; killed it is all the same. */
  markKilled(task: TaskId): void {
    const sandbox = this.of(task);
    try {
      mkdirSync(sandbox.control, { recursive: true, mode: 0o700 });
      writeFileSync(sandbox.killed, '');
    } catch {
      // A full disk.
    }
  }

  wasKilled(task: TaskId): boolean {
    return existsSync(this.of(task).killed);
  }

  /** Gives the folder free for deletion; the oldest are deleted soon if there are too many. */
  end(task: TaskId): void {
    const sandbox = this.of(task);
    if (!existsSync(sandbox.folder)) return;
    if (existsSync(sandbox.exit)) renameSync(sandbox.exit, sandbox.ended);
    else {
      mkdirSync(sandbox.control, { recursive: true, mode: 0o700 });
      writeFileSync(sandbox.ended, '');
    }
    const wait = Math.max(0, this.#prunedAt + PRUNE_EVERY - this.#clock.now());
    this.#soon ??= this.#clock.after(wait, () => {
      this.#soon = undefined;
      this.#prunedAt = this.#clock.now();
      void this.prune();
    });
  }

  /** Where the text of the shims lies. */
  get shim(): string {
    return join(this.root, '.shim');
  }

  async tasks(): Promise<TaskId[]> {
    const names = await readdir(this.root).catch((): string[] => []);
    return names.filter((name) => !name.startsWith('.')) as TaskId[];
  }

  prune(kept = KEPT, keptBytes = KEPT_BYTES): Promise<void> {
    this.#pruning ??= this.#prune(kept, keptBytes).finally(() => {
      this.#pruning = undefined;
    });
    return this.#pruning;
  }

  async #prune(kept: number, keptBytes: number): Promise<void> {
    const ended: { readonly folder: string; readonly at: number }[] = [];
    for (const task of await this.tasks()) {
      const sandbox = this.of(task);
      const mark = await statOf(sandbox.ended).catch((error: unknown) => this.#kept(sandbox.folder, error));
      if (mark) ended.push({ folder: sandbox.folder, at: mark.mtimeMs });
    }
    ended.sort((a, b) => b.at - a.at);
    let bytes = 0;
    for (const [index, { folder }] of ended.entries()) {
      if (index < kept && bytes < keptBytes) bytes += await sizeOf(folder);
      if (index >= kept || bytes > keptBytes)
        await remove(folder).catch((error: unknown) => this.#kept(folder, error));
    }
  }

  #kept(folder: string, error: unknown): undefined {
    this.#trouble(new TenderError('sandbox.kept', { folder, cause: causeOf(error) }));
  }
}

/** Of many files, in the background; of the few that most short tasks leave at once, which costs a tenth of that. */
async function remove(folder: string): Promise<void> {
  const items = readdirSync(folder, { withFileTypes: true });
  const isSmall = items.every((item) => item.name === CONTROL || !item.isDirectory()) && items.length <= FEW;
  if (isSmall) rmSync(folder, { recursive: true, force: true });
  else await rm(folder, { recursive: true, force: true });
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  try {
    for await (const item of await opendir(folder)) {
      const path = join(folder, item.name);
      bytes += item.isDirectory() ? await sizeOf(path) : ((await lstat(path)).blocks ?? 0) * 512;
    }
  } catch {
    // Gone while we looked: nothing to count.
  }
  return bytes;
}
