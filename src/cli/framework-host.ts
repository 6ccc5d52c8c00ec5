/**
 * `tender framework FOLDER…` and, as a child of a master, `tender framework-host FILE`: processes that run plugins. A parent
 * is told how they are (`HostNews`).
 */
import { flushCompileCache } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TenderError } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import { Host, type HostNews, loadPlugin, offerKit } from '../framework/host.ts';
import { sqliteStore } from '../store/sqlite.ts';
import type { MasterAt } from '../wire/session.ts';
import { systemClock } from '../wire/system-clock.ts';
import type { KeyPair } from '../wire/transport.ts';
import { zeromqTransport } from '../wire/zeromq.ts';
import { keepCompiled } from './compiled.ts';
import type { Membership } from './enrol.ts';
import { stateFolder } from './folders.ts';
import { masterOf, membershipIn } from './membership.ts';
import { readSecret } from './secret-file.ts';
import { untilSignal } from './signals.ts';
import { type PluginPlace, programFolder, shippedPlugins } from './this-program.ts';

/** How it reaches its master. */
export type HostFile = Pick<Membership, 'address' | 'serverKey' | 'keys'>;

export interface FrameworkCommand {
  readonly join?: string | undefined;
  readonly master?: string | undefined;
  readonly name?: string | undefined;
  readonly state?: string | undefined;
}

/** Somebody's own plugins, with a membership of their own. */
export async function runFramework(command: FrameworkCommand, plugins: readonly string[]): Promise<void> {
  const folder = stateFolder('framework', command.state);
  const name = command.name ?? basename(resolve(plugins[0] ?? 'framework'));
  // Only for its lock: a second process in this folder would take the names over.
  const lock = sqliteStore(folder, 'framework');
  try {
    const membership = await membershipIn(folder, { ...command, role: 'framework', name });
    await runPlugins(
      masterOf(folder, membership),
      membership.keys,
      plugins.map((plugin) => ({ folder: resolve(plugin) })),
      join(folder, 'cache'),
    );
  } finally {
    lock.close();
  }
}

/** Plugins (the shipped ones, if none are named), as a child of a master, which wrote the file. */
export async function runFrameworkHost(file: string, plugins: readonly string[]): Promise<void> {
  const membership = readSecret<HostFile>(file);
  if (!membership) throw new TenderError('state.read', { folder: file, cause: 'no such file' });
  const { address, serverKey: key, keys } = membership;
  // Only its parent's: whoever leads next has a child of its own.
  const master = { address, key };
  const places = plugins.map((folder) => ({ folder }));
  if (plugins.length > 0) await runPlugins(master, keys, places, cacheBeside(file));
  // The build has laid down what the shipped ones compile to; in the binary they have no types any more.
  else await runPlugins(master, keys, shippedPlugins());
}

/** Of plugins whose host reaches its master by this file. */
export const cacheBeside = (file: string): string => join(dirname(file), 'cache');

/** What is in a folder, told to the parent: `{definition}` or `{error}`. Nothing of it is run but its first lines. */
export async function checkPlugin(folder: string): Promise<void> {
  offerKit(KIT);
  const checked = await loadPlugin(folder).then(
    ({ name, kinds }) => ({ definition: { name, kinds } }),
    (error: TenderError) => ({ error: String(error.fields['cause'] ?? error.message) }),
  );
  process.send?.(checked, () => process.exit(0));
}

/** What `tender/framework` is to plugins. */
const KIT = pathToFileURL(join(programFolder(), 'dist', 'framework.js')).href;

/**
 * @param cache where Node keeps plugins stripped of their types (default: with the program): what strips them takes
 * 30 MB and 170 ms, and is not loaded for a file that is found there as it is now
 */
async function runPlugins(
  master: MasterAt,
  keys: KeyPair,
  plugins: readonly PluginPlace[],
  cache?: string,
): Promise<void> {
  const log = (line: string): void => console.error(`${new Date().toISOString()} ${line}`);
  const told = (_: string, news: HostNews): void => {
    if (process.connected) process.send?.(news);
  };
  keepCompiled(cache);
  offerKit(KIT);
  const host = new Host({
    transport: zeromqTransport(),
    clock: systemClock,
    random: Math.random,
    master,
    keys,
    version: VERSION,
    log,
    told,
  });
  let running = 0;
  for (const { folder, entry } of plugins) {
    // One plugin that can't be loaded leaves the others alone.
    await loadPlugin(folder, entry).then(
      (definition) => {
        running += 1;
        host.run(definition);
      },
      (error: TenderError) => {
        log(error.message);
        told(folder, { t: 'failed', why: error.message });
      },
    );
  }
  if (running === 0) process.exit(1);
  flushCompileCache(); // at the end would be too late for one that is killed
  await Promise.race([untilSignal(), parentGone()]);
  await host.close();
  process.exit(0);
}

/** A host whose master has died would only wait: the new master starts its own. */
function parentGone(): Promise<void> {
  if (!process.send) return new Promise(() => {});
  return new Promise((resolve) => process.once('disconnect', resolve));
}
