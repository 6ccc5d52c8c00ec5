/**
 * A script: an ES module, in TypeScript or JavaScript, with the globals of the prompt. And a line of code, evaluated as
 * at the prompt, for `-e`.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join, resolve } from 'node:path';
import repl from 'node:repl';
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { causeOf, TenderError } from '../core/errors.ts';
import { redeclarable } from './redeclare.ts';
import type { Session } from './session.ts';

/** What a script is called that comes from standard input; its imports are found from the working folder. */
export const STDIN = '[stdin].mts';

/**
 * @param file `-` reads standard input
 * @param args what it finds in `args`
 * @returns what it exports as default
 * @throws TenderError `script.file`, or whatever it throws
 */
export async function runScript(session: Session, file: string, args: readonly string[]): Promise<unknown> {
  Object.defineProperties(globalThis, { ...session.globals, args: { value: args, configurable: true } });
  const path = file === '-' ? join(process.cwd(), STDIN) : resolve(file);
  // For `parseArgs` of node:util, and all that looks where programs find their words.
  process.argv = [process.execPath, path, ...args];
  const source = read(file);
  const url = pathToFileURL(path).href;
  if (file === '-') offerSource(url, source);
  const module = (await import(url)) as { default?: unknown };
  return module.default;
}

function read(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new TenderError('script.file', {
      file,
      cause: isAbsent ? 'there is no such file' : causeOf(error),
    });
  }
}

function offerSource(own: string, source: string): void {
  const format = 'module-typescript';
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === own ? { url: own, format, shortCircuit: true } : next(specifier, context),
    load: (url, context, next) => (url === own ? { format, source, shortCircuit: true } : next(url, context)),
  });
}

/** A value that is not awaited on its way: of a promise that would be what it resolves to. */
export interface Last {
  readonly value: unknown;
}

/** @returns its last value @throws whatever it throws */
export async function runCode(session: Session, code: string, args: readonly string[]): Promise<Last> {
  const input = new PassThrough();
  const output = new PassThrough().resume();
  const server = repl.start({ input, output, terminal: false, prompt: '' });
  Object.defineProperties(server.context, { ...session.globals, args: { value: args } });
  try {
    return await new Promise<Last>((done, failed) => {
      // What is thrown at once, or under a typed `await`, goes there and not to whoever asked.
      Object.assign(server, { _handleError: failed });
      server.eval(redeclarable(code), server.context, '[eval]', (error, value: unknown) =>
        error ? failed(unwrapped(error)) : done({ value }),
      );
    });
  } finally {
    server.close();
  }
}

/** What could go on with more lines is, here, an error. */
const unwrapped = (error: Error & { err?: unknown }): unknown => error.err ?? error;
