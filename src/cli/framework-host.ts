/** `tender framework-host FILE`: runs plugins, as a child of a master or with a membership of its own. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TenderError } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import { Host, loadPlugin, offerKit, pluginsIn } from '../framework/host.ts';
import { systemClock } from '../wire/system-clock.ts';
import type { KeyPair } from '../wire/transport.ts';
import { zeromqTransport } from '../wire/zeromq.ts';
import { programFolder } from './folders.ts';
import { readSecret } from './secret-file.ts';
import { untilSignal } from './signals.ts';

/** How it reaches its master. */
export interface HostFile {
  readonly address: string;
  readonly serverKey: string;
  readonly keys: KeyPair;
}

/** @param plugins folders of plugins; none: the shipped ones */
export async function runFrameworkHost(file: string, plugins: readonly string[]): Promise<void> {
  const log = (line: string): void => console.error(`${new Date().toISOString()} ${line}`);
  const membership = readSecret<HostFile>(file);
  if (!membership) throw new TenderError('state.read', { folder: file, cause: 'no such file' });
  offerKit(pathToFileURL(join(programFolder(), 'dist', 'framework.js')).href);
  const host = new Host({
    transport: zeromqTransport(),
    clock: systemClock,
    random: Math.random,
    master: { address: membership.address, key: membership.serverKey },
    keys: membership.keys,
    version: VERSION,
    log,
  });
  for (const folder of plugins.length > 0 ? plugins : pluginsIn(join(programFolder(), 'plugins'))) {
    // One plugin that can't be loaded leaves the others alone.
    await loadPlugin(folder).then(
      (definition) => host.run(definition),
      (error: TenderError) => log(error.message),
    );
  }
  await Promise.race([untilSignal(), parentGone()]);
  await host.close();
  process.exit(0);
}

/** A host whose master has died would only wait: the new master starts its own. */
function parentGone(): Promise<void> {
  if (!process.send) return new Promise(() => {});
  return new Promise((resolve) => process.once('disconnect', resolve));
}
