/** The file that every prompt begins with, as if it were typed; of a `.ts` the types are taken away first. */
import { existsSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import type { REPLServer } from 'node:repl';
import { errorText } from './statement.ts';

/** @param base its path without what comes after the dot @param ready it has been run, or there is none */
export function runRcFile(
  server: REPLServer,
  base: string,
  write: (text: string) => void,
  ready: () => void,
): void {
  const file = ['.ts', '.js'].map((ending) => base + ending).find((path) => existsSync(path));
  if (file === undefined) return ready();
  let code: string;
  try {
    const written = readFileSync(file, 'utf8');
    code = file.endsWith('.ts') ? withoutTypes(written) : written;
  } catch (error) {
    write(`${file}: ${errorText(error)}`);
    return ready();
  }
  server.eval(code, server.context, file, (error) => {
    if (error) write(`${file}: ${errorText(error)}`);
    ready();
  });
}

/** Node warns that this may change some day; nobody at a prompt can do anything about that. */
function withoutTypes(code: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(code);
  } finally {
    process.emitWarning = emitWarning;
  }
}
