/**
 * This program as something that is started again, and as a place where parts of it lie: a checkout with its bundle in
 * dist/, or the single binary. Of the binary all parts are in the one file, and are imported as if the file were a folder
 * (binary/enter.ts); nothing can be listed there, so the parts that are looked for are found by the names of its assets.
 */
import { join } from 'node:path';
import { getAssetKeys, isSea } from 'node:sea';
import { pluginsIn } from '../framework/host.ts';

export const isBinary = isSea();

/** The checkout or installation this program runs from; the binary itself. */
export const programFolder = (): string => join(import.meta.dirname, '..');

/**
 * What follows `process.execPath` to start this program anew.
 * @param nodeArgs Node's own options (default: as this process was started)
 */
export function again(args: readonly string[], nodeArgs: readonly string[] = process.execArgv): string[] {
  if (!isBinary) return [...nodeArgs, process.argv[1]!, ...args];
  const options = nodeArgs.map((option) => `"${option.replaceAll(/["\\]/g, '\\$&')}"`);
  return options.length > 0 ? [`--node-options=${options.join(' ')}`, ...args] : [...args];
}

/** A folder with a plugin, and where that is known the file to start from. */
export interface PluginPlace {
  readonly folder: string;
  readonly entry?: string;
}

const BUNDLED = /^plugins\/([^/]+)\/(index\.js)$/;

export function shippedPlugins(): PluginPlace[] {
  if (!isBinary) return pluginsIn(join(programFolder(), 'plugins')).map((folder) => ({ folder }));
  return getAssetKeys().flatMap((key) => {
    const [, name, entry] = BUNDLED.exec(key) ?? [];
    return name && entry ? [{ folder: join(programFolder(), 'plugins', name), entry }] : [];
  });
}
