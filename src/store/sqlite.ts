/**
 * The store in one SQLite file: WAL, synchronous FULL, all commits of a few milliseconds in one transaction. SQLite's
 * own exclusive lock keeps a second process out and vanishes with its holder, so no stale lock can stay behind; the
 * pid beside it is only for the error's sentence. A torn end of the log is what a power cut leaves: it was never
 * acknowledged, and SQLite leaves it out. Any other damage is refused: the structure is checked at the start, and each
 * entry has a checksum of its own, because SQLite has none.
 */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { causeOf, TenderError } from '../core/errors.ts';
import type { Change, Entry, Store, Told } from './store.ts';

/** Written into the file; a newer one is refused, not guessed at. Format 1 had no checksums: they are added to it. */
export const FORMAT = 2;

const TABLE = `CREATE TABLE entry (space TEXT, key TEXT, value TEXT NOT NULL, sum INTEGER NOT NULL,
  PRIMARY KEY (space, key)) WITHOUT ROWID`;
const PUT = `INSERT INTO entry (space, key, value, sum) VALUES (?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET value = excluded.value, sum = excluded.sum`;

const sumOf = ({ space, key, value }: Entry): number => crc32(`${space}\u0000${key}\u0000${value}`);

/**
 * After a write the next one waits so long (ms) for all that comes meanwhile: whatever is in it, most of what it costs is
 * the disk's. What comes after a quiet time is written at once.
 */
const PAUSE = 4;

/** So many entries are written before it is told how far that is. */
const STRIDE = 256;

interface Waiting {
  readonly changes: readonly Change[];
  readonly told?: Told | undefined;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Opens (or makes) `name` in `folder`.
 * @throws TenderError `state.locked`, `state.version`, `state.read`, `state.write`
 */
export function sqliteStore(folder: string, name: string): Store {
  const db = open(folder, name);
  const put = db.prepare(PUT);
  const drop = db.prepare('DELETE FROM entry WHERE space = ? AND key = ?');
  let waiting: Waiting[] = [];
  let writtenAt = Number.NEGATIVE_INFINITY;

  const write = ({ changes, told }: Waiting): void => {
    for (const [i, { space, key, value }] of changes.entries()) {
      if (value === null) drop.run(space, key);
      else put.run(space, key, value, sumOf({ space, key, value }));
      if (told && i % STRIDE === 0) told(i / changes.length);
    }
  };

  /** In one transaction. */
  const commit = (group: readonly Waiting[]): void => {
    try {
      db.exec('BEGIN');
      for (const one of group) write(one);
      db.exec('COMMIT');
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      // Room for some of them may be there: none is refused for the size of another.
      if (group.length > 1) for (const one of group) commit([one]);
      else group[0]?.reject(new TenderError('state.write', { folder, cause: causeOf(error) }));
      return;
    }
    for (const { resolve } of group) resolve();
  };

  const flush = (): void => {
    const group = waiting;
    waiting = [];
    if (group.length === 0) return; // by `close`
    commit(group);
    writtenAt = performance.now();
  };

  const flushSoon = (): void => {
    const wait = writtenAt + PAUSE - performance.now();
    if (wait > 0) setTimeout(flush, wait);
    else setImmediate(flush);
  };

  return {
    load: () => read(db, folder),
    commit: (changes, told) =>
      new Promise((resolve, reject) => {
        if (!db.isOpen) throw new TenderError('state.write', { folder, cause: 'the store is closed' });
        waiting.push({ changes, told, resolve, reject });
        if (waiting.length === 1) flushSoon();
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
    // The pid is written after the table: whoever finds the one without the other has lost the file's content.
    if (found === 0 && existsSync(holder)) throw damaged(folder, 'it is empty, and was not so before');
    if (found < 0 || found > FORMAT)
      throw new TenderError('state.version', { folder, found, expected: FORMAT });
    const check = db.prepare('PRAGMA integrity_check(1)').get() as { integrity_check: string };
    if (check.integrity_check !== 'ok') throw damaged(folder, check.integrity_check);
    if (found < FORMAT) make(db, found);
    noteHolder(holder);
    return db;
  } catch (error) {
    if (db?.isOpen) db.close();
    throw error instanceof TenderError ? error : openFailure(error, folder, holder);
  }
}

/** A new table, with what one of format 1 holds. */
function make(db: DatabaseSync, found: number): void {
  db.exec('BEGIN IMMEDIATE');
  const old =
    found === 0 ? [] : (db.prepare('SELECT space, key, value FROM entry').all() as unknown as Entry[]);
  if (found > 0) db.exec('DROP TABLE entry');
  db.exec(TABLE);
  const put = db.prepare(PUT);
  for (const entry of old) put.run(entry.space, entry.key, entry.value, sumOf(entry));
  db.exec(`PRAGMA user_version=${FORMAT}; COMMIT`);
}

/** @throws TenderError `state.read` */
function read(db: DatabaseSync, folder: string): Entry[] {
  const rows = db.prepare('SELECT space, key, value, sum FROM entry ORDER BY space, key').all();
  return (rows as unknown as (Entry & { readonly sum: number })[]).map(({ sum, ...entry }) => {
    if (sum !== sumOf(entry)) throw damaged(folder, `its entry ${entry.space}/${entry.key} is damaged`);
    return entry;
  });
}

const damaged = (folder: string, cause: string): TenderError =>
  new TenderError('state.read', { folder, cause });

/** SQLite's result codes (sqlite.org/rescode.html): BUSY, LOCKED; READONLY, IOERR, FULL. */
const BUSY: ReadonlySet<number> = new Set([5, 6]);
const UNWRITABLE: ReadonlySet<number> = new Set([8, 10, 13]);
/** Of IOERR: READ, SHORT_READ, DATA, CORRUPTFS. */
const UNREADABLE: ReadonlySet<number> = new Set([266, 522, 8202, 8458]);

function openFailure(error: unknown, folder: string, holder: string): TenderError {
  const cause = causeOf(error);
  // By number: the sentence holds the path, in which any word may be.
  const { code = '', errcode = 0 } = error as { code?: string; errcode?: number };
  const primary = errcode & 0xff;
  if (BUSY.has(primary)) return new TenderError('state.locked', { folder, pid: readHolder(holder) });
  const writing =
    (UNWRITABLE.has(primary) && !UNREADABLE.has(errcode)) || /^(ENOSPC|EACCES|EROFS|EPERM)$/.test(code);
  return new TenderError(writing ? 'state.write' : 'state.read', { folder, cause });
}

/** Only for a sentence: a full disk must not keep anybody from starting. */
function noteHolder(file: string): void {
  try {
    writeFileSync(file, String(process.pid));
  } catch {
    // Whoever is refused reads an older pid, or none.
  }
}

function readHolder(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return 'unknown'; // the holder has not written it yet
  }
}
