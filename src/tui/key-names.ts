/**
 * What Ink's `useInput` reports, as names: `j`, `G`, `enter`, `ctrl-d`, `pgdn`. Fast typing arrives as one event with
 * several characters; each is a key of its own, so `jjjj` moves four rows.
 */
import type { Key } from 'ink';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

const NAMED: readonly (readonly [keyof Key, string])[] = [
  ['return', 'enter'],
  ['escape', 'esc'],
  ['tab', 'tab'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pgup'],
  ['pageDown', 'pgdn'],
  ['home', 'home'],
  ['end', 'end'],
];

/** Those that mean something else with shift. */
const SHIFTED = new Set(['tab', 'left', 'right']);

export function keyNames(input: string, key: Key): string[] {
  if (key.eventType === 'release') return [];
  const named = NAMED.find(([flag]) => key[flag]);
  if (named) return [key.shift && SHIFTED.has(named[1]) ? `shift-${named[1]}` : named[1]];
  if (input === '') return [];
  if (key.ctrl) return [`ctrl-${input === ' ' ? 'space' : input.toLowerCase()}`];
  if (key.meta) return [];
  return [...graphemes.segment(input)].map(({ segment }) => nameOfCharacter(segment));
}

const CHARACTERS: Readonly<Record<string, string>> = {
  ' ': 'space',
  '\r': 'enter',
  '\n': 'enter',
  '\r\n': 'enter',
  '\t': 'tab',
  '\b': 'backspace',
  '\x7f': 'backspace',
  '\0': 'ctrl-space',
  '\x1c': 'ctrl-\\',
};

/** Among several characters that came at once Ink leaves those with ctrl as they are. */
function nameOfCharacter(character: string): string {
  const known = CHARACTERS[character];
  if (known !== undefined) return known;
  const code = character.charCodeAt(0);
  return code < 27 ? `ctrl-${String.fromCharCode(code + 96)}` : character;
}

const isGrapheme = (text: string): boolean => [...graphemes.segment(text)].length === 1;

const KNOWN = new Set([
  'space',
  'ctrl-space',
  'ctrl-\\',
  ...NAMED.flatMap(([, name]) => (SHIFTED.has(name) ? [name, `shift-${name}`] : [name])),
  // No terminal tells ctrl-h, i, j and m from backspace, tab and enter.
  ...[...'abcdefgklnopqrstuvwxyz'].map((letter) => `ctrl-${letter}`),
]);

/** Whether `keyNames` may ever give this name. */
export const isKeyName = (name: string): boolean =>
  KNOWN.has(name) || (isGrapheme(name) && name.trim() !== '');

export const KEY_NAMES_TOLD =
  'one character as it is typed, ctrl- with a small letter (not h, i, j, m), or enter, tab, space, up, pgdn, …';

/** The character a key types into a prompt, if any. */
export const typed = (key: string): string | undefined =>
  key === 'space' ? ' ' : isGrapheme(key) ? key : undefined;

/** The keys that type a line and end it. */
export const keysOf = (line: string): string[] => [
  ...[...graphemes.segment(line)].map(({ segment }) => (segment === ' ' ? 'space' : segment)),
  'enter',
];
