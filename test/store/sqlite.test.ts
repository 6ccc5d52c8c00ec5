/** The store: what every kind of it promises, and what is SQLite's own. Deaths and damage: kills, torn, full-disk. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { TenderError } from '../../src/core/errors.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { sqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';

const folders: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'tender-store-'));
  folders.push(made);
  return made;
};
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

const codeOf = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error instanceof TenderError ? error.code : error;
  }
  return 'no error';
};

describe.each<[string, () => Store]>([
  ['memory', memoryStore],
  ['sqlite', () => sqliteStore(folder(), 'test')],
])('a store in %s', (_, make) => {
  it('puts, replaces and deletes; the last word of one commit counts', async () => {
    const store = make();
    await Promise.all([
      store.commit([
        { space: 'a', key: '1', value: 'x' },
        { space: 'a', key: '1', value: 'y' },
        { space: 'b', key: '2', value: 'z' },
      ]),
      store.commit([{ space: 'b', key: '2', value: null }]),
    ]);
    expect(store.load().map(({ space, key, value }) => [space, key, value])).toEqual([['a', '1', 'y']]);
    store.close();
  });
});

describe('sqlite', () => {
  it('tells how far a long commit is, without a doubt about what is written at the end', async () => {
    const store = sqliteStore(folder(), 'test');
    const changes = Array.from({ length: 1000 }, (_, i) => ({ space: 'a', key: `k${i}`, value: 'x' }));
    const shares: number[] = [];
    await store.commit(changes, (share) => shares.push(share));
    expect(shares).toEqual([0, 0.256, 0.512, 0.768]);
    expect(store.load()).toHaveLength(1000);
    store.close();
  });

  it('writes what comes one after the other in a few milliseconds together, in its order', async () => {
    const store = sqliteStore(folder(), 'test');
    let turn = 0;
    const turns = new Set<number>();
    const written: number[] = [];
    const commits: Promise<void>[] = [];
    for (; turn < 50; turn++) {
      const nth = turn;
      const commit = store.commit([{ space: 's', key: `${nth}`, value: 'v' }]);
      const note = (): void => {
        turns.add(turn);
        written.push(nth);
      };
      commits.push(commit.then(note));
      await setImmediate();
    }
    await Promise.all(commits);
    expect(written).toEqual(Array.from({ length: 50 }, (_, nth) => nth));
    expect(turns.size).toBeLessThan(50);
    store.close();
  });

  it('keeps everything for the next process, and closes twice', async () => {
    const at = folder();
    const store = sqliteStore(at, 'test');
    await store.commit([{ space: 's', key: 'k', value: 'v' }]);
    store.close();
    store.close();
    const again = sqliteStore(at, 'test');
    expect(again.load()).toHaveLength(1);
    again.close();
  });

  it('refuses a folder that another process uses, and names it; a dead holder is no hindrance', () => {
    const at = folder();
    const store = sqliteStore(at, 'test');
    expect(codeOf(() => sqliteStore(at, 'test'))).toBe('state.locked');
    store.close();
    writeFileSync(join(at, 'test.pid'), '999999');
    sqliteStore(at, 'test').close();
  });

  it('adds checksums to what a former version has written', async () => {
    const at = folder();
    const db = new DatabaseSync(join(at, 'test.db'));
    db.exec(`CREATE TABLE entry (space TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (space, key)) WITHOUT ROWID;
      INSERT INTO entry VALUES ('s', 'k', 'v'); PRAGMA user_version=1`);
    db.close();
    const store = sqliteStore(at, 'test');
    expect(store.load().map((entry) => ({ ...entry }))).toEqual([{ space: 's', key: 'k', value: 'v' }]);
    await store.commit([{ space: 's', key: 'k', value: 'w' }]);
    store.close();
    const again = sqliteStore(at, 'test');
    expect(again.load().map(({ value }) => value)).toEqual(['w']);
    again.close();
  });

  it('refuses a folder of another format, and one that is no database', () => {
    const at = folder();
    sqliteStore(at, 'test').close();
    const db = new DatabaseSync(join(at, 'test.db'));
    db.exec('PRAGMA user_version=99');
    db.close();
    expect(codeOf(() => sqliteStore(at, 'test'))).toBe('state.version');
    const other = folder();
    writeFileSync(
      join(other, 'test.db'),
      'this is no database at all, but long enough to look at it'.repeat(100),
    );
    expect(codeOf(() => sqliteStore(other, 'test'))).toBe('state.read');
  });

  it('rejects a commit after close', async () => {
    const store = sqliteStore(folder(), 'test');
    store.close();
    await expect(store.commit([{ space: 's', key: 'k', value: 'v' }])).rejects.toMatchObject({
      code: 'state.write',
    });
  });
});
