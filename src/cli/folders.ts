/** Where things lie on a machine: settings and keys of a person, and the state of masters and agents. */
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { causeOf, TenderError } from '../core/errors.ts';

const { env } = process;

/** `~/.config/tender`: contexts with their keys, REPL history. */
export const configFolder = (): string =>
  env['TENDER_CONFIG'] ?? join(env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'tender');

/**
 * `~/.local/share/tender/NAME`: what a master or an agent keeps. Absolute: tasks have other working folders.
 * @param given by a person, instead of that
 */
export function stateFolder(name: string, given: string | undefined): string {
  const all =
    env['TENDER_STATE'] ?? join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'tender');
  return resolve(given ?? join(all, name));
}

/** In the folder of a master that leads: how its framework host reaches it. */
export const HOST_FILE = 'frameworks.json';

/** For its owner only. @throws TenderError `state.write` */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new TenderError('state.write', { folder, cause: causeOf(error) });
  }
}
