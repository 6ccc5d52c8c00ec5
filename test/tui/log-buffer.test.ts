/** The ring behind a logs page: in order, bounded, and honest about what is no longer in it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogText } from '../../src/client/log-lines.ts';
import { LogBuffer } from '../../src/tui/log-buffer.ts';

const out = (text: string, at?: number): LogText => ({ channel: 'stdout', text, at });
const texts = (buffer: LogBuffer, filter = ''): string[] => buffer.lines(filter).map(({ text }) => text);

describe('lines of several tasks', () => {
  it('stand in the order of their time, those of one moment as they came, those without one after their neighbour', () => {
    const buffer = new LogBuffer();
    buffer.add('a', [out('a1', 10), out('a2', 30)]);
    buffer.add('b', [out('b1', 20), out('b2'), out('b3', 30)]);
    expect(texts(buffer)).toEqual(['a1', 'b1', 'b2', 'a2', 'b3']);
    buffer.say('mark', '', 'here', 25); // a mark is put where one has read to
    expect(texts(buffer).at(-1)).toBe('here');
  });

  it('are filtered as they come as they would be all at once, and by the opposite', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.nat(50), word: fc.constantFrom('good', 'bad', 'ugly') }), {
          maxLength: 60,
        }),
        fc.constantFrom('bad', '!bad', 'g', ''),
        (written, filter) => {
          const late = new LogBuffer({ lines: 20, characters: 1000 });
          const early = new LogBuffer({ lines: 20, characters: 1000 });
          early.lines(filter);
          for (const { at, word } of written)
            for (const buffer of [late, early]) buffer.add('a', [out(`${word} ${at}`, at)]);
          expect(texts(early, filter)).toEqual(texts(late, filter));
          expect(early.dropped).toBe(late.dropped);
        },
      ),
    );
  });
});

describe('its room', () => {
  it('is bounded in lines and in characters; what had to go is counted', () => {
    const byLines = new LogBuffer({ lines: 100, characters: 1e9 });
    byLines.add(
      'a',
      Array.from({ length: 1000 }, (_, i) => out(`line ${i}`, i)),
    );
    expect(byLines.lines('')).toHaveLength(100);
    expect(byLines.dropped).toBe(900);
    expect(texts(byLines)[0]).toBe('line 900');
    const byCharacters = new LogBuffer({ lines: 1e9, characters: 10_000 });
    for (let i = 0; i < 100; i += 1) byCharacters.add('a', [out('x'.repeat(1000), i)]);
    const held = texts(byCharacters).join('').length;
    expect(held).toBeLessThanOrEqual(11_000);
    expect(byCharacters.dropped).toBe(100 - byCharacters.lines('').length);
  });

  it('is kept for what matches, where only that is asked for', () => {
    const buffer = new LogBuffer({ lines: 10, characters: 1e6 }, 'needle');
    buffer.add(
      'a',
      Array.from({ length: 5000 }, (_, i) => out(i === 7 ? 'a needle' : `hay ${i}`, i)),
    );
    expect(texts(buffer)).toEqual(['a needle']);
    expect(buffer.dropped).toBe(0);
  });
});

it('a line is made plain: colours go, tabs are spaces, of what a progress bar overwrote the last stays', () => {
  const buffer = new LogBuffer();
  buffer.add('a', [out('\x1b[31mred\x1b[0m'), out('a\tb'), out(' 10%\r 50%\r100%\r')]);
  expect(texts(buffer)).toEqual(['red', 'a    b', '100%']);
});
