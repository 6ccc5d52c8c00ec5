/**
 * `tender restore`: a backup becomes the state folder of a master. It is written beside and renamed when it is whole;
 * a folder that was there is moved aside, never deleted. `--check` proves a backup and writes nothing.
 */
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { counted } from '../client/tables.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import { type Backup, type Contents, readBackup, restoreInto } from '../daemon/backup.ts';
import { isEtcdAddress } from '../store/etcd/address.ts';
import { holderOf, sqliteStore } from '../store/sqlite.ts';
import type { Told } from '../store/store.ts';
import { contentsText } from './backup.ts';
import { makeFolder, stateFolder } from './folders.ts';
import { printJson } from './output.ts';
import { type PassphraseOptions, passphrase } from './passphrase.ts';
import { type ProgressLine, progressLine } from './progress-line.ts';
import { readSealed, syncFolder, unseal } from './sealed-file.ts';
import type { Global } from './session.ts';

export interface RestoreOptions extends PassphraseOptions {
  readonly check: boolean;
  /** Moves a folder that is there aside. */
  readonly force: boolean;
  /** `sqlite`, or an address of etcd. */
  readonly store: string;
  readonly state?: string | undefined;
}

export async function restore(file: string, options: RestoreOptions, global: Global): Promise<void> {
  const folder = stateFolder('master', options.state);
  const toEtcd = isEtcdAddress(options.store);
  if (!options.check && !toEtcd) checkPlace(folder, options.force);
  const secret = await passphrase(options);
  const { backup, contents } = await during(`reading ${file}`, async () =>
    readBackup(unseal(readSealed(file), secret, file), file),
  );
  if (options.check) {
    if (global.json) printJson({ file, ...contents });
    else console.log(contentsText(contents));
    checkPlugins(file, contents);
    if (!global.json) console.error(`${file} is whole.`);
    return;
  }
  if (toEtcd) {
    const { restoreEtcd } = await import('./restore-etcd.ts');
    const epoch = await restoring(backup, (told) => restoreEtcd(options.store, backup, told));
    if (global.json) return printJson({ ...contents, store: options.store, epoch });
    console.log(contentsText(contents));
    return console.error(`Restored to ${options.store}, from epoch ${epoch} on. Start its masters now.`);
  }
  const { epoch, aside } = await restoring(backup, (told) => restoreFolder(folder, backup, told));
  if (global.json) return printJson({ ...contents, folder, epoch, aside });
  console.log(contentsText(contents));
  if (aside !== undefined) console.error(`What was in ${folder} is now in ${aside}.`);
  console.error(`Restored to ${folder}, from epoch ${epoch} on. Go on with: tender master --state ${folder}`);
}

/** On a line of its own, which is gone before anything else is said. */
async function during<T>(what: string, work: (line: ProgressLine) => Promise<T>): Promise<T> {
  const line = progressLine(process.stderr);
  line.say(what);
  try {
    return await work(line);
  } finally {
    line.end();
  }
}

function restoring<T>({ entries }: Backup, work: (told: Told) => Promise<T>): Promise<T> {
  const what = `restoring ${counted(entries.length, 'entry', 'entries')}`;
  return during(what, (line) => work((share) => line.far(what, share, entries.length)));
}

/** All else can be restored: so it is looked at when a backup is to be proven, and does not stand in the way of a restore. */
function checkPlugins(file: string, { plugins }: Contents): void {
  const broken = plugins.filter(({ isWhole }) => !isWhole).map(({ name }) => name);
  if (broken.length > 0) throw new TenderError('backup.plugins', { file, plugins: broken.join(', ') });
}

const isOccupied = (folder: string): boolean => existsSync(folder) && readdirSync(folder).length > 0;

/** @throws TenderError `backup.occupied`, `state.locked` */
function checkPlace(folder: string, force: boolean): void {
  if (!isOccupied(folder)) return;
  if (!force) throw new TenderError('backup.occupied', { place: folder });
  let pid: number | undefined;
  try {
    pid = holderOf(folder, 'registry');
  } catch {
    return; // damaged, or of another version: nobody can be using it
  }
  if (pid !== undefined) throw new TenderError('state.locked', { folder, pid });
}

async function restoreFolder(
  folder: string,
  backup: Backup,
  told: Told,
): Promise<{ epoch: number; aside?: string }> {
  const next = `${folder}.restored-${process.pid}`;
  makeFolder(dirname(folder));
  try {
    const store = sqliteStore(next, 'registry');
    let epoch: number;
    try {
      epoch = await restoreInto(store, backup, Date.now(), folder, told);
    } finally {
      store.close();
    }
    rmSync(join(next, 'registry.pid'), { force: true });
    const aside = isOccupied(folder) ? asideOf(folder) : undefined;
    if (aside !== undefined) renameSync(folder, aside);
    renameSync(next, folder);
    syncFolder(dirname(folder));
    return aside === undefined ? { epoch } : { epoch, aside };
  } catch (error) {
    rmSync(next, { recursive: true, force: true });
    if (error instanceof TenderError) throw error;
    throw new TenderError('state.write', { folder, cause: causeOf(error) });
  }
}

/** A name beside it that nothing has yet. */
function asideOf(folder: string): string {
  const name = `${folder}.before-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}`;
  let free = name;
  for (let n = 2; existsSync(free); n++) free = `${name}-${n}`;
  return free;
}
