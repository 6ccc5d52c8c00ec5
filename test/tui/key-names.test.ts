/** What a terminal sends, as names of keys: also what comes at once, from fast fingers or over a slow line. */
import { expect, it } from 'vitest';
import { isKeyName, keyNames } from '../../src/tui/key-names.ts';

const plain = { ctrl: false, meta: false, shift: false } as Parameters<typeof keyNames>[1];

it.each([
  ['jjG', ['j', 'j', 'G']],
  ['web 3\r', ['w', 'e', 'b', 'space', '3', 'enter']],
  ['4j\x1a', ['4', 'j', 'ctrl-z']],
  ['j\x04y', ['j', 'ctrl-d', 'y']],
  ['\x1c\0', ['ctrl-\\', 'ctrl-space']],
  ['x\t\x7f\b', ['x', 'tab', 'backspace', 'backspace']],
  ['é👩‍👩‍👧', ['é', '👩‍👩‍👧']],
])('%j is %j', (input, names) => {
  expect(keyNames(input, plain)).toEqual(names);
  expect(names.every(isKeyName)).toBe(true);
});

it.each(['', ' ', 'ctrl-h', 'ctrl-m', 'shift-l', 'ctrl-D', 'f1', 'gg'])('%j is the name of none', (name) =>
  expect(isKeyName(name)).toBe(false));
