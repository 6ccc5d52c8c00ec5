import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LogLines, type LogText } from '../../src/client/log-lines.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Lines put together again. */
const joined = (lines: readonly LogText[]): string =>
  lines.map(({ text, goesOn }) => (goesOn ? text : `${text}\n`)).join('');

describe('the lines of an output', () => {
  it('are what was written, however it was cut on its way, and none is longer than was asked for', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 30 }).filter((text) => !text.includes('\n'))),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 2, max: 12 }),
        (written, size, longest) => {
          const text = written.map((line) => `${line}\n`).join('');
          const cut = new LogLines(longest);
          const lines: LogText[] = [];
          const all = bytes(text);
          for (let at = 0; at < all.length; at += size)
            lines.push(...cut.write({ channel: 'stdout', bytes: all.subarray(at, at + size) }));
          lines.push(...cut.end());
          expect(joined(lines)).toBe(text);
          for (const line of lines) expect(line.text.length).toBeLessThanOrEqual(longest);
        },
      ),
    );
  });

  it('have the time at which they were begun, each channel for itself', () => {
    const cut = new LogLines(100);
    expect(cut.write({ channel: 'stdout', bytes: bytes('a\nb'), at: 1 })).toEqual([
      { channel: 'stdout', text: 'a', at: 1 },
    ]);
    expect(cut.write({ channel: 'stderr', bytes: bytes('x\n'), at: 2 })).toEqual([
      { channel: 'stderr', text: 'x', at: 2 },
    ]);
    expect(cut.write({ channel: 'stdout', bytes: bytes('b\nc'), at: 3 })).toEqual([
      { channel: 'stdout', text: 'bb', at: 1 },
    ]);
    expect(cut.end()).toEqual([{ channel: 'stdout', text: 'c', at: 3 }]);
  });
});
