/**
 * What a power cut and a bad disk leave: an end of the log that is cut or garbage costs only what was not written before
 * it; other damage is told, with the way out. In no case something is lost, or other than it was, without a word.
 */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TenderError } from '../../src/core/errors.ts';
import { sqliteStore } from '../../src/store/sqlite.ts';
import { chance } from '../support/seed.ts';

const COMMITS = 20;
const SECTOR = 512;
/** So many of them are spoiled, spread over the file. */
const SECTORS = 80;
/** Some values fill several pages. */
const textOf = (n: number): string => `${n}:${'x'.repeat((n % 5) * 3_000)}`;
const { between } = chance('torn writes');

let root: string;
/** A store that was never closed: all of it is in the log. */
let open: string;
/** One that was: all of it is in the main file. */
let closed: string;
/** Length of the log after each commit. */
const ends: number[] = [];

async function write(folder: string, copy?: string): Promise<void> {
  const store = sqliteStore(folder, 'test');
  for (let n = 0; n < COMMITS; n++) {
    await store.commit([
      { space: 'a', key: String(n), value: textOf(n) },
      { space: 'b', key: String(n), value: textOf(n) },
    ]);
    if (copy) ends.push(statSync(join(folder, 'test.db-wal')).size);
  }
  // As it is at this moment on the disk.
  if (copy) cpSync(folder, copy, { recursive: true });
  store.close();
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'tender-torn-'));
  [open, closed] = [join(root, 'open'), join(root, 'closed')];
  await write(closed, open);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

let copies = 0;
/** A copy whose file of this name has been spoiled. */
function spoiled(from: string, file: string, spoil: (path: string) => void): string {
  const copy = join(root, `copy-${++copies}`);
  cpSync(from, copy, { recursive: true });
  spoil(join(copy, file));
  return copy;
}

/** The numbers of the commits that are there, whole and as they were; or the error. */
function numbersIn(folder: string): number[] | TenderError {
  try {
    const store = sqliteStore(folder, 'test');
    try {
      const entries = store.load();
      const numbers = entries.filter(({ space }) => space === 'a').map(({ key }) => Number(key));
      for (const { key, value } of entries) expect(value).toBe(textOf(Number(key)));
      expect(entries.filter(({ space }) => space === 'b').map(({ key }) => Number(key))).toEqual(numbers);
      return numbers.sort((a, b) => a - b);
    } finally {
      store.close();
    }
  } catch (error) {
    if (error instanceof TenderError) return error;
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

const LOG = 'test.db-wal';
describe('the end of the log', () => {
  it('cut anywhere: all that was committed before the cut is there, and nothing half', () => {
    const whole = ends.at(-1)!;
    for (const cut of [whole - 1, ...ends, ...Array.from({ length: 30 }, () => between(ends[0]!, whole))]) {
      const found = numbersIn(spoiled(open, LOG, (path) => truncateSync(path, cut)));
      expect(found, `cut at ${cut}`).toEqual(upTo(ends.filter((end) => end <= cut).length));
    }
  });

  it('followed by garbage: nothing is missing', () => {
    for (const bytes of [1, 24, 4_120, 100_000])
      expect(
        numbersIn(spoiled(open, LOG, (path) => appendFileSync(path, Buffer.alloc(bytes, 0xa5)))),
      ).toEqual(upTo(COMMITS));
  });

  it('with a last page that was not written as it should be: only its commit is missing', () => {
    for (const wrong of [1, 100, 4_000]) {
      const found = numbersIn(
        spoiled(open, LOG, (path) => {
          const bytes = readFileSync(path);
          bytes.fill(0, bytes.length - wrong - 50, bytes.length - wrong);
          bytes[bytes.length - wrong] = 0x5a;
          writeFileSync(path, bytes);
        }),
      );
      expect(found).toEqual(upTo(COMMITS - 1));
    }
  });

  it('is there again for whoever writes on', async () => {
    const copy = spoiled(open, LOG, (path) => truncateSync(path, ends.at(-1)! - 10));
    const store = sqliteStore(copy, 'test');
    const last = COMMITS - 1;
    for (const space of ['a', 'b']) await store.commit([{ space, key: String(last), value: textOf(last) }]);
    store.close();
    expect(numbersIn(copy)).toEqual(upTo(COMMITS));
  });
});

describe('the main file', () => {
  /** Nothing is lost without a word: all is there, or it says that it can't be read. */
  const isHonest = (found: number[] | TenderError): void => {
    if (found instanceof TenderError) {
      expect(found.code).toBe('state.read');
      expect(found.next).toContain('tender restore');
    } else expect(found).toEqual(upTo(COMMITS));
  };

  it('with any sector of it spoiled is read as it was, or refused with the way out', () => {
    const { size } = statSync(join(closed, 'test.db'));
    let refused = 0;
    for (let n = 0; n < SECTORS; n++) {
      const from = Math.floor((n * size) / SECTORS / SECTOR) * SECTOR;
      const found = numbersIn(
        spoiled(closed, 'test.db', (path) => {
          const bytes = readFileSync(path);
          for (let at = from; at < from + SECTOR; at++) bytes[at] = between(0, 256);
          writeFileSync(path, bytes);
        }),
      );
      isHonest(found);
      if (found instanceof TenderError) refused += 1;
    }
    console.log(`of ${SECTORS} spoiled sectors ${refused} are noticed; nothing is in the others`);
    expect(refused).toBeGreaterThan(SECTORS / 2);
  });

  it('with one wrong bit in values is refused, though its structure is whole', () => {
    const found = numbersIn(
      spoiled(closed, 'test.db', (path) => {
        const bytes = readFileSync(path);
        const run = 'x'.repeat(100);
        for (let at = bytes.indexOf(run); at >= 0; at = bytes.indexOf(run, at + 4096))
          bytes[at] = bytes[at]! ^ 1;
        writeFileSync(path, bytes);
      }),
    );
    expect(found).toMatchObject({ code: 'state.read', message: expect.stringContaining('is damaged') });
  });

  it.each([
    ['empty', 0],
    ['cut in the middle', 0.5],
    ['cut at its end', 0.99],
  ])('that is %s is refused', (_, part) => {
    const found = numbersIn(
      spoiled(closed, 'test.db', (path) => truncateSync(path, Math.floor(statSync(path).size * part))),
    );
    expect(found).toMatchObject({ code: 'state.read' });
    isHonest(found);
  });
});

it('a process that ends without closing leaves a store that opens', () => {
  const folder = join(root, 'ended');
  const source = join(import.meta.dirname, '../../src/store/sqlite.ts');
  const script = `import { sqliteStore } from ${JSON.stringify(source)};
    await sqliteStore(${JSON.stringify(folder)}, 'test').commit([{ space: 'a', key: '0', value: '0:' }]);
    process.exit(0);`;
  expect(spawnSync(process.execPath, ['--input-type=module', '-e', script]).status).toBe(0);
  const store = sqliteStore(folder, 'test');
  expect(store.load()).toHaveLength(1);
  store.close();
});
