/**
 * A line that is typed, with a cursor in it: the keys that readline has for it. Pure; the cursor is kept as what is
 * behind it, so that a text which is put there whole (history, completion) has it at its end.
 */
import { typed } from './key-names.ts';

export interface Edited {
  readonly text: string;
  /** Code units of the text behind the cursor; absent: it is at the end. */
  readonly behind?: number | undefined;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** What is before the cursor, and what behind it. */
export function halves({ text, behind = 0 }: Edited): readonly [before: string, after: string] {
  const at = Math.max(0, text.length - behind);
  return [text.slice(0, at), text.slice(at)];
}

const joined = (before: string, after: string): Edited => ({ text: before + after, behind: after.length });

const last = (text: string): number => [...graphemes.segment(text)].at(-1)?.segment.length ?? 0;
const first = (text: string): number => [...graphemes.segment(text)][0]?.segment.length ?? 0;

/** A word, and the comma or the spaces after it. */
const WORD_BEFORE = /[^\s,]*[\s,]*$/;

/** @returns nothing for keys that mean nothing in a line */
export function editKey(line: Edited, key: string): Edited | undefined {
  const [before, after] = halves(line);
  switch (key) {
    case 'left':
    case 'ctrl-b':
      return { text: line.text, behind: after.length + last(before) };
    case 'right':
    case 'ctrl-f':
      return { text: line.text, behind: after.length - first(after) };
    case 'home':
    case 'ctrl-a':
      return { text: line.text, behind: line.text.length };
    case 'end':
    case 'ctrl-e':
      return { text: line.text, behind: 0 };
    case 'backspace':
      return joined(before.slice(0, before.length - last(before)), after);
    case 'delete':
    case 'ctrl-d':
      return joined(before, after.slice(first(after)));
    case 'ctrl-w':
      return joined(before.replace(WORD_BEFORE, ''), after);
    case 'ctrl-u':
      return joined('', after);
    case 'ctrl-k':
      return joined(before, '');
    default: {
      const character = typed(key);
      return character === undefined ? undefined : inserted(line, character);
    }
  }
}

export function inserted(line: Edited, text: string): Edited {
  const [before, after] = halves(line);
  return joined(before + text, after);
}

/** What is pasted is one line of a prompt, however many it was: line ends are spaces, other controls nothing. */
export const pastedLine = (text: string): string =>
  text
    .trim()
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\x00-\x1f\x7f-\x9f]/g, '');
