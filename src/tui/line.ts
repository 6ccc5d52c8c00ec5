/**
 * A screen is a list of lines, a line a list of spans: text and its style. Pages only make lines (pure, testable without
 * a terminal); row.tsx is the one place that hands them to Ink. Text must be plain and cut to width before it gets here.
 */
import { cut, pad, take, widthOf } from '../client/table/width.ts';
import type { Tone } from '../client/tables.ts';

/** What a span means; palette.ts says what that looks like. */
export type Style =
  | Tone
  | 'accent'
  | 'strong'
  | 'rule'
  | 'title'
  | 'key'
  | 'used'
  | 'held'
  | 'free'
  | 'match'
  /** One of several, told apart by its colour. */
  | 'who0'
  | 'who1'
  | 'who2'
  | 'who3'
  | 'who4'
  | 'who5'
  /** Buttons in focus. */
  | 'chosen'
  | 'danger';

export interface Span {
  readonly text: string;
  readonly style: Style;
  /** On the band of the cursor. */
  readonly band?: true;
}

export interface Line {
  readonly spans: readonly Span[];
  /** The row that is shown here: a click chooses it. */
  readonly id?: string | undefined;
  /** It takes only so many cells, from the left. @default all */
  readonly idCells?: number | undefined;
  /** What is shown is old: everything faint. */
  readonly stale?: boolean;
  /** Of a box in front of the page. */
  readonly isFront?: true;
}

export const span = (text: string, style: Style = 'plain'): Span => ({ text, style });

export const line = (...spans: readonly (Span | string)[]): Line => ({
  spans: spans.map((s) => (typeof s === 'string' ? span(s) : s)),
});

export const EMPTY: Line = { spans: [] };

export const textOf = (l: Line): string => l.spans.map((s) => s.text).join('');

export const lineWidth = (l: Line): number => l.spans.reduce((sum, s) => sum + widthOf(s.text), 0);

/** At most `width` cells of the line. */
export function cutLine(l: Line, width: number): Line {
  if (lineWidth(l) <= width) return l;
  const spans: Span[] = [];
  let left = width;
  for (const s of l.spans) {
    if (left <= 0) break;
    const text = cut(s.text, left);
    spans.push({ ...s, text });
    if (text !== s.text) break;
    left -= widthOf(text);
  }
  return { ...l, spans };
}

/** The first `cells` of it, without a word about the rest. */
export function takeCells(l: Line, cells: number): Line {
  let left = cells;
  const spans = l.spans.flatMap((s): Span[] => {
    const text = take(s.text, left);
    left = text === s.text ? left - widthOf(text) : 0;
    return text === '' ? [] : [{ ...s, text }];
  });
  return { ...l, spans };
}

/** What is right of the first `cells`; of a wide character that lies across the edge a space stays. */
export function dropCells(l: Line, cells: number): Line {
  const spans: Span[] = [];
  let left = cells;
  for (const s of l.spans) {
    const width = widthOf(s.text);
    if (left >= width) {
      left -= width;
      continue;
    }
    const gone = left > 0 ? take(s.text, left) : '';
    const over = left > 0 && widthOf(gone) < left ? 1 : 0;
    const rest = s.text.slice(over > 0 ? take(s.text, left + 1).length : gone.length);
    spans.push({ ...s, text: ' '.repeat(over) + rest });
    left = 0;
  }
  return { ...l, spans };
}

/** Exactly `width` cells. */
export function padLine(l: Line, width: number): Line {
  const fitting = cutLine(l, width);
  const missing = width - lineWidth(fitting);
  return missing > 0 ? { ...fitting, spans: [...fitting.spans, span(' '.repeat(missing))] } : fitting;
}

/** `left` and `right` at the two ends; where both don't fit the left one is cut. */
export function spread(left: Line, right: Line, width: number): Line {
  const end = cutLine(right, width);
  const room = width - lineWidth(end);
  const start = room > 1 ? padLine(cutLine(left, room - 1), room) : EMPTY;
  return { spans: [...start.spans, ...end.spans] };
}

/** Two columns of lines, the left one `width` cells wide. */
export function beside(left: readonly Line[], right: readonly Line[], width: number, gap: number): Line[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) => {
    const l = padLine(left[i] ?? EMPTY, width);
    const own = l.id === undefined ? {} : { id: l.id, idCells: width };
    return { ...own, spans: [...l.spans, span(' '.repeat(gap)), ...(right[i] ?? EMPTY).spans] };
  });
}

/** The row of the cursor: on a band over the whole width. */
export const banded = (l: Line, width: number): Line => ({
  ...l,
  spans: padLine(l, width).spans.map((s): Span => ({ ...s, band: true })),
});

/** `── title ─────────── note ─` over the whole width. */
export function rule(width: number, title: readonly Span[] = [], note: readonly Span[] = []): Line {
  const head: Span[] = title.length > 0 ? [span('─ ', 'rule'), ...title, span(' ', 'rule')] : [];
  const tail: Span[] = note.length > 0 ? [span(' ', 'rule'), ...note, span(' ─', 'rule')] : [];
  const used = lineWidth({ spans: [...head, ...tail] });
  if (used > width) return tail.length > 0 ? rule(width, title) : cutLine({ spans: head }, width);
  return { spans: [...head, span('─'.repeat(width - used), 'rule'), ...tail] };
}

export const sameLine = (a: Line, b: Line): boolean =>
  a === b ||
  (a.stale === b.stale &&
    a.id === b.id &&
    a.spans.length === b.spans.length &&
    a.spans.every(
      (s, i) => s.text === b.spans[i]!.text && s.style === b.spans[i]!.style && s.band === b.spans[i]!.band,
    ));

/** Label and text in a row: `label   text`, the label `width` wide. */
export const labelled = (label: string, width: number, ...rest: readonly (Span | string)[]): Line =>
  line(span(pad(label, width), 'faint'), ...rest);
