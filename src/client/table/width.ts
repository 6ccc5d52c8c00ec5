/**
 * Text measured in terminal cells: wide characters and emoji take two, marks none. Every table and screen line goes
 * through `cut` and `pad`, so nothing is ever wider than it was given. `plain` takes the teeth out of text from
 * elsewhere (task messages, log lines): no control character reaches the terminal.
 */
import stringWidth from 'string-width';
import { isNarrow } from './narrow.ts';

const ASCII = /^[\x20-\x7e]*$/;
const CONTROL =
  /\x1b\[[0-9;:?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

export const widthOf = (text: string): number => (isNarrow(text) ? text.length : stringWidth(text));

/** One line without control characters; tabs and line ends become spaces. */
export const plain = (text: string): string =>
  ASCII.test(text) ? text : text.replaceAll(CONTROL, (c) => (c === '\t' || c === '\n' ? ' ' : ''));

/** The longest start of `text` that fits into `cells`. */
export function take(text: string, cells: number): string {
  if (isNarrow(text)) return text.slice(0, Math.max(0, cells));
  let used = 0;
  let end = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += stringWidth(segment);
    if (used > cells) break;
    end += segment.length;
  }
  return text.slice(0, end);
}

/** `text`, or as much of it as fits with a `…` at the end. */
export function cut(text: string, cells: number): string {
  if (widthOf(text) <= cells) return text;
  return cells < 1 ? '' : `${take(text, cells - 1)}…`;
}

/** The longest end of `text` that fits into `cells`. */
function takeEnd(text: string, cells: number): string {
  if (ASCII.test(text)) return cells <= 0 ? '' : text.slice(-cells);
  let used = 0;
  let start = text.length;
  for (const { segment, index } of [...graphemes.segment(text)].reverse()) {
    used += stringWidth(segment);
    if (used > cells) break;
    start = index;
  }
  return text.slice(start);
}

/** `text`, or its two ends with a `…` between them: of `front-of-the-shop.12` the number is what tells it from others. */
export function cutMiddle(text: string, cells: number): string {
  if (widthOf(text) <= cells) return text;
  if (cells < 1) return '';
  const start = take(text, Math.ceil((cells - 1) / 2));
  return `${start}…${takeEnd(text, cells - 1 - widthOf(start))}`;
}

/** A list with `, ` between its items, or as many of them as fit with a `…` behind: half a figure would be a wrong one. */
export function cutItems(text: string, cells: number): string {
  if (widthOf(text) <= cells) return text;
  const end = take(text, cells - 1).lastIndexOf(', ');
  return end < 0 ? cut(text, cells) : `${text.slice(0, end + 2)}…`;
}

/** Exactly `cells` wide: padded, or cut. */
export function pad(text: string, cells: number, align: 'left' | 'right' = 'left', shorten = cut): string {
  const fitting = shorten(text, cells);
  const space = ' '.repeat(Math.max(0, cells - widthOf(fitting)));
  return align === 'left' ? fitting + space : space + fitting;
}

/** Broken wherever the cells end, so that nothing of it is lost; at least one piece. */
export function folded(text: string, cells: number): string[] {
  const parts: string[] = [];
  for (let rest = text; ; ) {
    const part = take(rest, cells);
    parts.push(part);
    rest = rest.slice(part.length);
    if (rest === '' || part === '') return parts;
  }
}

/** Breaks at spaces into lines of at most `cells`; a longer word is split. */
export function wrap(text: string, cells: number): string[] {
  if (cells < 1) return [];
  const lines: string[] = [];
  let line = '';
  for (let word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (widthOf(joined) <= cells) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    while (widthOf(word) > cells) {
      const part = take(word, cells) || word.slice(0, 1);
      lines.push(part);
      word = word.slice(part.length);
    }
    line = word;
  }
  lines.push(line);
  return lines;
}
