/** The store on a real disk, with real deaths: what was acknowledged is there, and nothing half. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
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

  it('has every acknowledged write after kill -9 in the middle of writing, many times', async () => {
    const at = folder();
    let acknowledged = -1;
    for (let round = 0; round < 15; round++) {
      const child = spawn(process.execPath, [
        join(import.meta.dirname, 'writer.ts'),
        at,
        String(acknowledged + 1),
      ]);
      const after = 20 + ((round * 37) % 90);
      let lines = '';
      child.stdout.on('data', (chunk: Buffer) => {
        if (lines === '') setTimeout(() => child.kill('SIGKILL'), after);
        lines += chunk.toString();
      });
      await new Promise((resolve) => child.on('close', resolve));
      const complete = lines.slice(0, lines.lastIndexOf('\n')).split('\n').filter(Boolean);
      acknowledged = Math.max(acknowledged, Number(complete.at(-1) ?? acknowledged));
      const store = sqliteStore(at, 'test');
      const found = new Map(store.load().map(({ key, value }) => [key, value]));
      store.close();
      for (let n = 0; n <= acknowledged; n++) {
        expect(found.get(`${n}-a`)).toBe(String(n));
        expect(found.get(`${n}-b`)).toBe(String(n));
      }
      // Both halves of a commit, or neither: also of the one that was never acknowledged.
      for (const key of found.keys())
        expect(found.has(key.replace(/.$/, (half) => (half === 'a' ? 'b' : 'a')))).toBe(true);
      acknowledged = Math.max(acknowledged, ...[...found.keys()].map((key) => Number.parseInt(key, 10)));
    }
    expect(acknowledged).toBeGreaterThan(100);
  });
});
