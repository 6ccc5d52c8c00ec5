/**
 * The store in one SQLite file: WAL, synchronous FULL, all commits of a few milliseconds in one transaction. SQLite's
 * own exclusive lock keeps a second process out and vanishes with its holder, so no stale lock can stay behind; the
 * pid beside it is only for the error's sentence.
 */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { causeOf, TenderError } from '../core/errors.ts';
import type { Change, Entry, Store } from './store.ts';

/** Written into the file; a folder of another format is refused, not guessed at. */
export const FORMAT = 1;

interface Waiting {
  readonly changes: readonly Change[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Opens (or makes) `name` in `folder`.
 * @throws TenderError `state.locked`, `state.version`, `state.read`, `state.write`
 */
export function sqliteStore(folder: string, name: string): Store {
  const db = open(folder, name);
  const put = db.prepare(
    'INSERT INTO entry (space, key, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  );
  const drop = db.prepare('DELETE FROM entry WHERE space = ? AND key = ?');
  let waiting: Waiting[] = [];

  const write = (changes: readonly Change[]): void => {
    for (const { space, key, value } of changes) {
      if (value === null) drop.run(space, key);
      else put.run(space, key, value);
    }
  };

  const flush = (): void => {
    const group = waiting;
    waiting = [];
    try {
      db.exec('BEGIN');
      for (const { changes } of group) write(changes);
      db.exec('COMMIT');
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      const failure = new TenderError('state.write', { folder, cause: causeOf(error) });
      for (const { reject } of group) reject(failure);
      return;
    }
    for (const { resolve } of group) resolve();
  };

  return {
    load: () =>
      db.prepare('SELECT space, key, value FROM entry ORDER BY space, key').all() as unknown as Entry[],
    commit: (changes) =>
      new Promise((resolve, reject) => {
        if (!db.isOpen) throw new TenderError('state.write', { folder, cause: 'the store is closed' });
        waiting.push({ changes, resolve, reject });
        if (waiting.length === 1) setImmediate(flush);
      }),
    close() {
      if (!db.isOpen) return;
      if (waiting.length > 0) flush();
      db.close();
    },
  };
}

/** The process that has it open right now, if any. @throws TenderError as `sqliteStore` */
export function holderOf(folder: string, name: string): number | undefined {
  if (!existsSync(join(folder, `${name}.db`))) return undefined;
  try {
    sqliteStore(folder, name).close();
    return undefined;
  } catch (error) {
    if (error instanceof TenderError && error.code === 'state.locked') return Number(error.fields['pid']);
    throw error;
  }
}

function open(folder: string, name: string): DatabaseSync {
  const holder = join(folder, `${name}.pid`);
  const file = join(folder, `${name}.db`);
  let db: DatabaseSync | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // SQLite gives its log and its shared memory the rights of the file: keys and tokens are for its owner alone.
    closeSync(openSync(file, 'a', 0o600));
    chmodSync(file, 0o600);
    db = new DatabaseSync(file, { timeout: 0 });
    db.exec('PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL');
    const found = (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
    if (found !== 0 && found !== FORMAT)
      throw new TenderError('state.version', { folder, found, expected: FORMAT });
    db.exec(`BEGIN IMMEDIATE;
      CREATE TABLE IF NOT EXISTS entry (space TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (space, key)) WITHOUT ROWID;
      PRAGMA user_version=${FORMAT};
      COMMIT`);
    writeFileSync(holder, String(process.pid));
    return db;
  } catch (error) {
    if (db?.isOpen) db.close();
    throw error instanceof TenderError ? error : openFailure(error, folder, holder);
  }
}

/** SQLite's result codes (sqlite.org/rescode.html): BUSY, LOCKED; READONLY, IOERR, FULL. */
const BUSY: ReadonlySet<number> = new Set([5, 6]);
const UNWRITABLE: ReadonlySet<number> = new Set([8, 10, 13]);

function openFailure(error: unknown, folder: string, holder: string): TenderError {
  const cause = causeOf(error);
  // By number: the sentence holds the path, in which any word may be.
  const { code = '', errcode = 0 } = error as { code?: string; errcode?: number };
  const primary = errcode & 0xff;
  if (BUSY.has(primary)) return new TenderError('state.locked', { folder, pid: readHolder(holder) });
  const writing = UNWRITABLE.has(primary) || /^(ENOSPC|EACCES|EROFS|EPERM)$/.test(code);
  return new TenderError(writing ? 'state.write' : 'state.read', { folder, cause });
}

function readHolder(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return 'unknown'; // the holder has not written it yet
  }
}
