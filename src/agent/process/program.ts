/**
 * Finds the program of a process task before it is started: a shell would only say 127, which a program may also
 * return by itself. What can be known to fail is told in words here.
 */
import { constants, type Stats } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { causeOf, TenderError } from '../../core/errors.ts';
import type { ProcessRun } from '../../core/task.ts';
import { type Environment, expand } from '../environment.ts';
import { statOf } from '../stat-of.ts';

const fail = (command: string, cause: string): TenderError =>
  new TenderError('process.start', { command, cause });

/**
 * The absolute path of `command`, looked up as a shell would.
 * @param cwd where the program will run: relative paths count from there
 * @throws TenderError `process.start`
 */
export async function findProgram(command: string, path: string, cwd: string): Promise<string> {
  if (command === '') throw fail('""', 'the command is empty');
  if (command.includes('/')) {
    const file = resolve(cwd, command);
    await check(command, file);
    return file;
  }
  let refused: unknown;
  for (const folder of path.split(delimiter)) {
    const file = join(resolve(cwd, folder), command);
    // As a shell does it: a folder of the PATH that can't be looked into is passed over.
    if ((await stat(file).catch(() => undefined))?.isFile() !== true) continue;
    try {
      await check(command, file);
      return file;
    } catch (error) {
      refused ??= error;
    }
  }
  throw refused ?? fail(command, 'there is no such program in the PATH of the agent');
}

/** Of a job of thousands of tasks the program is looked for once in so long (ms). */
const KNOWN = 1_000;

/** What was found in a PATH a moment ago. */
export class Programs {
  readonly #clock: Clock;
  readonly #found = new Map<string, Promise<string>>();
  #since = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** As `findProgram`. */
  find(command: string, path: string, cwd: string): Promise<string> {
    // What is named by its place may be in a sandbox of its own.
    if (command.includes('/') || !path.split(delimiter).every(isAbsolute))
      return findProgram(command, path, cwd);
    const now = this.#clock.now();
    if (now - this.#since >= KNOWN) {
      this.#found.clear();
      this.#since = now;
    }
    const key = `${command}\u0000${path}`;
    const found = this.#found.get(key) ?? findProgram(command, path, cwd);
    this.#found.set(key, found);
    return found;
  }
}

/**
 * Where the program is to run: its own sandbox, unless the job names another folder.
 * @throws TenderError `process.start`
 */
export async function workFolder(run: ProcessRun, env: Environment, sandbox: string): Promise<string> {
  // Just made.
  if (run.cwd === undefined && run.beside === undefined) return sandbox;
  const cwd = resolve(sandbox, expand(run.cwd ?? '.', env));
  const command = run.argv[0] ?? '';
  if ((await lookAt(command, cwd))?.isDirectory()) return cwd;
  throw fail(command, `there is no folder ${cwd} to run it in`);
}

/** What keeps it from being looked at is no absence: it is what is wrong. */
const lookAt = (command: string, path: string): Promise<Stats | undefined> =>
  statOf(path).catch((error: unknown) => {
    throw fail(command, `${path} can't be looked at: ${causeOf(error)}`);
  });

async function check(command: string, file: string): Promise<void> {
  const found = await lookAt(command, file);
  if (!found) throw fail(command, `there is no file ${file}`);
  if (found.isDirectory()) throw fail(command, `${file} is a folder`);
  const mayRun = await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!mayRun) throw fail(command, `${file} is not executable (for an artifact: executable: true)`);
  const interpreter = await interpreterOf(file);
  if (interpreter === undefined || (await lookAt(command, interpreter))) return;
  throw fail(command, `its first line asks for ${interpreter}, which is not on this machine`);
}

async function interpreterOf(file: string): Promise<string | undefined> {
  // A program may be run that may not be read; what it lacks it says itself then.
  const handle = await open(file).catch(() => undefined);
  if (!handle) return undefined;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(256), 0, 256, 0);
    return /^#!\s*(\/\S+)/.exec(buffer.subarray(0, bytesRead).toString('latin1'))?.[1];
  } finally {
    await handle.close();
  }
}
