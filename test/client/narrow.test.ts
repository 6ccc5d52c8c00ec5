/** Narrow text is as wide as it is long: for every character that counts as such, and for whatever they are put together to. */
import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, it } from 'vitest';
import { isNarrow } from '../../src/client/table/narrow.ts';

const all = Array.from({ length: 0x1_0000 }, (_, code) => String.fromCharCode(code)).filter(isNarrow);

it('each of its characters takes one cell', () => {
  expect(all.length).toBeGreaterThan(1000);
  expect(all.filter((character) => stringWidth(character) !== 1)).toEqual([]);
});

it('together they take as many cells as there are of them', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...all), { maxLength: 20 }), (some) => {
      expect(stringWidth(some.join(''))).toBe(some.length);
    }),
  );
});

it.each([
  '日本',
  'e\u0301',
  '👩‍💻',
  '\u200b',
  '⌚',
  '◽',
  '©\ufe0f',
  '\u00ad',
  '\x1b[1m',
  '\t',
])('%j is not narrow', (text) => expect(isNarrow(text)).toBe(false));

it('what frames and tables are made of is', () => {
  expect(isNarrow('─│╭╮╰╯▏█░▒▓●◌◐…›·•↑↓→⣿⠁ Müller-Łódź')).toBe(true);
});
