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
  return [...graphemes.segment(input)].map(({ segment }) =>
    segment === ' ' ? 'space' : segment === '\r' || segment === '\n' ? 'enter' : segment,
  );
}

/** The character a key types into a prompt, if any. */
export const typed = (key: string): string | undefined =>
  key === 'space' ? ' ' : [...graphemes.segment(key)].length === 1 ? key : undefined;

/** The keys that type a line and end it. */
export const keysOf = (line: string): string[] => [
  ...[...graphemes.segment(line)].map(({ segment }) => (segment === ' ' ? 'space' : segment)),
  'enter',
];
