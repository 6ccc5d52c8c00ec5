/**
 * How narrow the room is that a plugin's process gets, by Node's permission model: it reads its own code and this program,
 * speaks to the network, and nothing else: no other files (the master's keys are among them) but for Node's own cache of its
 * code, no child processes, no environment but what a program needs to speak the language. That keeps faults of a plugin at home; it is no
 * wall against code that means harm, so whoever may add plugins is trusted with the master's machine.
 */
import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { addonFolder } from '../../wire/addon.ts';
import { isBinary, programFolder } from '../this-program.ts';

/** MiB: more is a fault, and ends the process. */
const MOST_MEMORY = 512;
const KEPT = ['HOME', 'LANG', 'LC_ALL', 'PATH', 'TZ'];

/** @param reads folders and files @param writes folders, which it may read, too */
export function narrowArgs(reads: readonly string[], writes: readonly string[] = []): string[] {
  const all = [...reads, ...writes, ...ownFiles()].flatMap((path) =>
    existsSync(path) ? [path, realpathSync(path)] : [path],
  );
  return [
    ...['--permission', '--allow-net', '--allow-addons'],
    // What is said about them is known.
    '--no-warnings',
    ...['--max-semi-space-size=1', `--max-old-space-size=${MOST_MEMORY}`],
    ...[...new Set(all)].map((path) => `--allow-fs-read=${path}`),
    ...writes.map((path) => `--allow-fs-write=${path}`),
  ];
}

export const narrowEnv = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    KEPT.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  ),
  ...(isBinary && { TENDER_CACHE: addonFolder() }),
});

/** The program, and the native package that it stands on with what that needs to be found. */
function ownFiles(): string[] {
  if (isBinary) return [addonFolder()]; // the rest is in the file that runs
  const zeromq = dirname(createRequire(import.meta.url).resolve('zeromq/package.json'));
  const program = programFolder();
  return [
    ...['bin', 'dist', 'package.json', 'node_modules'].map((name) => join(program, name)),
    dirname(zeromq),
    '/etc/alpine-release', // which of two builds to load is told by it
  ];
}
