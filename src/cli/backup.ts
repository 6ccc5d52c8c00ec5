/**
 * `tender backup`: the registry into a file that only its passphrase opens. From a running master it comes through the
 * connection of the user who started it; from one that does not run, out of its folder.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { dateTime } from '../client/tables.ts';
import { TenderError } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import { backupText, type Contents, readBackup } from '../daemon/backup.ts';
import { Registry } from '../daemon/registry.ts';
import { sqliteStore } from '../store/sqlite.ts';
import { printJson } from './output.ts';
import { newPassphrase, type PassphraseOptions } from './passphrase.ts';
import { checkReplaceable, seal, writeSealed } from './sealed-file.ts';
import { type Global, withClient } from './session.ts';

export interface BackupOptions extends PassphraseOptions {
  /** The folder of a master that does not run. */
  readonly state?: string | undefined;
}

export async function backup(file: string, options: BackupOptions, global: Global): Promise<void> {
  checkReplaceable(file);
  const text = options.state === undefined ? await fromMaster(global) : fromFolder(options.state);
  // What would not be restored is not saved either.
  const { contents } = readBackup(text, file);
  writeSealed(file, seal(text, await newPassphrase(options)));
  if (global.json) return printJson({ file, ...contents });
  console.log(contentsText(contents));
  console.error(`In ${file}. Prove it with: tender restore --check ${file}`);
}

function fromMaster(global: Global): Promise<string> {
  return withClient(global, async (client) => {
    let text = '';
    for (;;) {
      const { piece, more } = await client.request('registry.export', { from: text.length });
      text += piece;
      if (!more) return text;
    }
  });
}

function fromFolder(folder: string): string {
  if (!existsSync(join(folder, 'registry.db'))) throw new TenderError('backup.nothing', { folder });
  const registry = new Registry(sqliteStore(folder, 'registry'));
  try {
    return backupText(registry, Date.now(), VERSION);
  } finally {
    registry.close();
  }
}

const pluginText = ({ name, version, isWhole }: Contents['plugins'][number]): string =>
  `${name} ${version} (${isWhole ? 'its code is whole' : 'its code is not whole'})`;

export function contentsText(contents: Contents): string {
  const { cluster, madeAt, version, epoch, members, agents, frameworks, plugins, roles, tokens } = contents;
  const list = (names: readonly string[]): string => names.join(', ') || 'none';
  const lines = [
    ['cluster', cluster],
    ['made', `${dateTime(madeAt)}, by tender ${version}`],
    ['epoch', String(epoch)],
    ['members', list(members.map(({ name, role }) => `${name} (${role})`))],
    ['agents', list(agents)],
    ['frameworks', list(frameworks.map(({ name, entries }) => `${name} (${entries} entries)`))],
    ['plugins', list(plugins.map(pluginText))],
    ['roles', list(roles)],
    ['tokens', String(tokens)],
  ] as const;
  return lines.map(([name, value]) => `${name.padEnd(11)} ${value}`).join('\n');
}
