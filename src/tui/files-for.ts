/** Files for completion, as a shell completes them: folders, and what may be a job file or a Compose file. */
import { type Dirent, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { naturalKey } from '../client/tables.ts';

const HOLDS_JOBS = /\.(ya?ml|json)$/i;

/** `~/` is where one is at home. */
export const atHome = (path: string): string => path.replace(/^~(?=\/)/, homedir());

/** Whole paths that begin with `start`; hidden ones only where a dot was typed. */
export function filesFor(start: string): string[] {
  const end = start.lastIndexOf('/') + 1;
  const folder = start.slice(0, end);
  const begun = start.slice(end);
  return entriesOf(atHome(folder) || '.')
    .filter(({ name }) => name.startsWith(begun) && (begun !== '' || !name.startsWith('.')))
    .filter((entry) => entry.isDirectory() || HOLDS_JOBS.test(entry.name))
    .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
    .sort((a, b) => (naturalKey(a) < naturalKey(b) ? -1 : 1));
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // Of a folder that cannot be read nothing is offered; enter says what is wrong with it.
    return [];
  }
}
