import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LogFile, type LogPiece, lastLine, logPipe } from '../../src/agent/log-files.ts';
import { merge } from '../../src/agent/merge.ts';
import { until } from '../support/until.ts';
import { tempFolder } from './stage.ts';

const never = new AbortController().signal;
const over = AbortSignal.abort();
const fail = (error: unknown): void => expect(error).toBeUndefined();

async function read(file: LogFile, tail?: number): Promise<string> {
  const parts: Uint8Array[] = [];
  const from = await file.start({ tail });
  for await (const { bytes } of file.read({ follow: false, from, over, stop: never })) parts.push(bytes);
  return Buffer.concat(parts).toString();
}

describe('a log', () => {
  test('that is not there is empty; one that can not be looked at is said to be so', async () => {
    const path = join(tempFolder(), 'stdout');
    expect(await read(new LogFile(path))).toBe('');
    expect(await lastLine(path)).toBe('');
    symlinkSync(path, path); // it leads to itself
    await expect(read(new LogFile(path))).rejects.toThrow('ELOOP');
    await expect(read(new LogFile(path), 10)).rejects.toThrow('ELOOP');
    await expect(lastLine(path)).rejects.toThrow('ELOOP');
    const troubles: unknown[] = [];
    await new LogFile(path).cap((error) => troubles.push(error));
    expect(troubles).toMatchObject([{ code: 'log.cut', message: expect.stringContaining('ELOOP') }]);
  });

  test('whose older part can not be read is not taken for a shorter one', async () => {
    const path = join(tempFolder(), 'stdout');
    writeFileSync(path, 'new\n');
    symlinkSync(`${path}.1`, `${path}.1`);
    await expect(read(new LogFile(path))).rejects.toThrow('ELOOP');
  });
});

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
      for await (const { bytes } of file.read({ follow: true, over: end.signal, stop: never }))
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
      for await (const { bytes } of file.read({ follow: true, over: end.signal, stop: never }))
        heard += Buffer.from(bytes).toString();
    })();
    await until(() => heard === 'before\n');
    writeFileSync(path, 'new\n');
    await until(() => heard === 'before\nnew\n');
    end.abort();
    await reading;
  });
});

/** What a program would have written then. */
function write(path: string, text: string, at: number): void {
  appendFileSync(path, text);
  utimesSync(path, at / 1000, at / 1000);
}

async function pieces(file: LogFile, since?: number): Promise<(readonly [string, number | undefined])[]> {
  const found: LogPiece[] = [];
  const from = await file.start({ since });
  for await (const piece of file.read({ follow: false, from, over, stop: never })) found.push(piece);
  return found.map(({ bytes, at }) => [Buffer.from(bytes).toString(), at]);
}

describe('when a log was written', () => {
  test('is known as exactly as the agent has looked, also by another agent, and across a cut', async () => {
    const path = join(tempFolder(), 'stdout');
    const file = new LogFile(path, 20);
    write(path, 'first\n', 1_000);
    await file.cap(fail);
    write(path, 'second\n', 5_000);
    await file.cap(fail);
    write(path, 'new\n', 7_000);
    const expected = [
      ['first\n', 1_000],
      ['second\n', 5_000],
      ['new\n', 7_000],
    ];
    expect(await pieces(file)).toEqual(expected);
    expect(await pieces(new LogFile(path, 20))).toEqual(expected);
    write(path, 'longer\n', 9_000);
    await file.cap(fail); // the older part: `cond`, and what came after
    const cut = await pieces(new LogFile(path, 20));
    expect(cut.map(([, at]) => at)).toEqual([1_000, 5_000, 9_000]);
    expect(cut.map(([text]) => text).join('')).toBe('rst\nsecond\nnew\nlonger\n'.slice(-20));
  });

  test('tells where to begin, and never leaves out what may be later', async () => {
    const path = join(tempFolder(), 'stdout');
    const file = new LogFile(path);
    write(path, 'a\n', 1_000);
    await file.cap(fail);
    write(path, 'b\n', 5_000);
    await file.cap(fail);
    write(path, 'c\n', 9_000);
    const since = async (at: number) => (await pieces(file, at)).map(([text]) => text).join('');
    expect(await since(0)).toBe('a\nb\nc\n');
    expect(await since(1_001)).toBe('b\nc\n');
    expect(await since(5_001)).toBe('c\n');
    expect(await since(9_001)).toBe('');
  });

  test('puts stdout and stderr in order', async () => {
    const folder = tempFolder();
    const [out, err] = [join(folder, 'stdout'), join(folder, 'stderr')];
    const logs = { stdout: new LogFile(out), stderr: new LogFile(err) };
    for (const [path, text, at] of [
      [out, 'one ', 1_000],
      [err, 'two ', 2_000],
      [out, 'three ', 3_000],
      [err, 'four ', 4_000],
    ] as const) {
      write(path, text, at);
      await logs.stdout.cap(fail);
      await logs.stderr.cap(fail);
    }
    let text = '';
    for await (const { bytes } of logPipe(logs, { follow: false }, over).output) text += Buffer.from(bytes);
    expect(text).toBe('one two three four ');
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
