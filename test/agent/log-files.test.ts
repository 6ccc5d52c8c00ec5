import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LogFile } from '../../src/agent/log-files.ts';
import { merge } from '../../src/agent/merge.ts';
import { until } from '../support/until.ts';
import { tempFolder } from './stage.ts';

const never = new AbortController().signal;
const over = AbortSignal.abort();
const fail = (error: unknown): void => expect(error).toBeUndefined();

async function read(file: LogFile, tail?: number): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const bytes of file.read({ follow: false, tail, over, stop: never })) parts.push(bytes);
  return Buffer.concat(parts).toString();
}

describe('the last lines of a log', () => {
  test('are what `tail -n` would print, over both parts of the file', async () => {
    const path = join(tempFolder(), 'stdout');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.stringMatching(/^[a-z]{0,5}$/), { maxLength: 12 }),
        fc.boolean(),
        fc.nat(60),
        fc.nat(14),
        async (lines, ended, cut, tail) => {
          const text = lines.join('\n') + (ended && lines.length > 0 ? '\n' : '');
          const at = Math.min(cut, text.length);
          writeFileSync(`${path}.1`, text.slice(0, at));
          writeFileSync(path, text.slice(at));
          const whole = text.endsWith('\n') ? text.slice(0, -1) : text;
          const last = text === '' || tail === 0 ? '' : whole.split('\n').slice(-tail).join('\n');
          const expected = last + (text.endsWith('\n') && tail > 0 ? '\n' : '');
          expect(await read(new LogFile(path), tail)).toBe(expected);
          expect(await read(new LogFile(path))).toBe(text);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('are found without reading what is before them, be it a tebibyte', async () => {
    const path = join(tempFolder(), 'stdout');
    writeFileSync(path, '');
    truncateSync(path, 1024 ** 4); // takes no room on the disk, and minutes to read
    appendFileSync(path, '\none\ntwo\n');
    expect(await read(new LogFile(path), 2)).toBe('one\ntwo\n');
  });
});

describe('a log that is too long', () => {
  test('is cut, and its older part stays readable', async () => {
    const path = join(tempFolder(), 'stdout');
    const file = new LogFile(path, 100);
    writeFileSync(path, `${'a'.repeat(50)}${'b'.repeat(100)}`);
    await file.cap(fail);
    expect(statSync(path).size).toBe(0);
    expect(readFileSync(`${path}.1`, 'utf8')).toBe('b'.repeat(100));
    appendFileSync(path, 'c');
    expect(await read(file)).toBe(`${'b'.repeat(100)}c`);
    await file.cap(fail);
    expect(existsSync(`${path}.part`)).toBe(false);
  });

  test('and cannot be cut says so once, and again when it has gone well meanwhile', async () => {
    const path = join(tempFolder(), 'stdout');
    const file = new LogFile(path, 100);
    const troubles: unknown[] = [];
    const cap = () => file.cap((error) => troubles.push(error));
    writeFileSync(path, 'a'.repeat(150));
    mkdirSync(`${path}.part`); // where the copy would go
    await cap();
    await cap();
    expect(troubles).toMatchObject([{ code: 'log.cut', fields: { file: path } }]);
    expect(readFileSync(path, 'utf8')).toBe('a'.repeat(150));
    rmdirSync(`${path}.part`);
    await cap();
    expect(statSync(path).size).toBe(0);
    writeFileSync(path, 'b'.repeat(150));
    mkdirSync(`${path}.part`);
    await cap();
    expect(troubles).toHaveLength(2);
  });

  test('is followed across the cut without a gap', async () => {
    const path = join(tempFolder(), 'stdout');
    writeFileSync(path, '');
    const file = new LogFile(path, 500);
    const end = new AbortController();
    let heard = '';
    const reading = (async () => {
      for await (const bytes of file.read({ follow: true, over: end.signal, stop: never }))
        heard += Buffer.from(bytes).toString();
    })();
    let sent = '';
    for (let i = 0; i < 500; i += 1) {
      const line = `line ${i} ${'.'.repeat(i % 40)}\n`;
      sent += line;
      appendFileSync(path, line);
      if (i % 3 === 0) await file.cap(fail);
      if (i % 7 === 0) await until(() => heard.length === sent.length);
    }
    await until(() => heard.length === sent.length);
    end.abort();
    await reading;
    expect(heard).toBe(sent);
  });

  test('that its program empties itself is read from its new start', async () => {
    const path = join(tempFolder(), 'stdout');
    writeFileSync(path, 'before\n');
    const file = new LogFile(path);
    const end = new AbortController();
    let heard = '';
    const reading = (async () => {
      for await (const bytes of file.read({ follow: true, over: end.signal, stop: never }))
        heard += Buffer.from(bytes).toString();
    })();
    await until(() => heard === 'before\n');
    writeFileSync(path, 'new\n');
    await until(() => heard === 'before\nnew\n');
    end.abort();
    await reading;
  });
});

test('several sources are read as they come, and all are let go at once', async () => {
  let closed = 0;
  async function* numbers(...list: number[]): AsyncGenerator<number> {
    try {
      yield* list;
    } finally {
      closed += 1;
    }
  }
  const got: number[] = [];
  for await (const n of merge(numbers(1, 2, 3), numbers(10, 20), numbers())) got.push(n);
  expect(got.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 10, 20]);
  for await (const _ of merge(numbers(1, 2), numbers(3, 4))) break;
  await until(() => closed === 5);
});
