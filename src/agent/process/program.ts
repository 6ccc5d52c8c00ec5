/**
 * Finds the program of a process task before it is started: a shell would only say 127, which a program may also
 * return by itself. What can be known to fail is told in words here.
 */
import { constants } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { TenderError } from '../../core/errors.ts';
import type { ProcessRun } from '../../core/task.ts';
import { type Environment, expand } from '../environment.ts';

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

/**
 * Where the program is to run: its own sandbox, unless the job names another folder.
 * @throws TenderError `process.start`
 */
export async function workFolder(run: ProcessRun, env: Environment, sandbox: string): Promise<string> {
  const cwd = resolve(sandbox, expand(run.cwd ?? '.', env));
  if ((await stat(cwd).catch(() => undefined))?.isDirectory()) return cwd;
  throw new TenderError('process.start', {
    command: run.argv[0] ?? '',
    cause: `there is no folder ${cwd} to run it in`,
  });
}

async function check(command: string, file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (!found) throw fail(command, `there is no file ${file}`);
  if (found.isDirectory()) throw fail(command, `${file} is a folder`);
  const mayRun = await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!mayRun) throw fail(command, `${file} is not executable (for an artifact: executable: true)`);
  const interpreter = await interpreterOf(file);
  if (interpreter === undefined || (await stat(interpreter).catch(() => undefined))) return;
  throw fail(command, `its first line asks for ${interpreter}, which is not on this machine`);
}

async function interpreterOf(file: string): Promise<string | undefined> {
  const handle = await open(file).catch(() => undefined);
  if (!handle) return undefined;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(256), 0, 256, 0);
    return /^#!\s*(\/\S+)/.exec(buffer.subarray(0, bytesRead).toString('latin1'))?.[1];
  } finally {
    await handle.close();
  }
}
