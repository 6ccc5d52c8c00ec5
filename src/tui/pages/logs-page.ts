/**
 * Log lines: only those in view are wrapped or cut. `up` counts lines from the end, so that new ones don't move what one
 * reads while not following; where lines are wrapped, `skip` rows of the lowest one are below the screen. What a task
 * wrote to stderr has a bar before it, so that it is told apart without colour too.
 */
import { clockTime, counted } from '../../client/table/figures.ts';
import { cut, cutMiddle, folded, pad, take, widthOf } from '../../client/table/width.ts';
import type { Context } from '../context.ts';
import { expressionOf } from '../filter.ts';
import { type Line, line, type Span, type Style, span } from '../line.ts';
import type { LogLine } from '../log-buffer.ts';
import type { LogView } from '../log-session.ts';
import type { LogsPage } from '../ui.ts';

const ASCII = /^[\x20-\x7e]*$/;
const OWN_COLOURS = ['who0', 'who1', 'who2', 'who3', 'who4', 'who5'] as const satisfies readonly Style[];
/** `05:49:48.985 ` */
const TIME = 13;

interface Shape {
  /** Cells of the name of whose line it is; 0: they are all one task's. */
  readonly label: number;
  /** Cells of the text. */
  readonly width: number;
}

function shapeOf(page: LogsPage, { names }: LogView, columns: number): Shape {
  const longest = Math.max(0, ...[...names.keys()].map(widthOf));
  const label = names.size > 1 ? Math.min(longest, columns < 100 ? 12 : 24) : 0;
  return { label, width: Math.max(4, columns - 2 - (label > 0 ? label + 3 : 0) - (page.times ? TIME : 0)) };
}

export function logLines(page: LogsPage, context: Context): Line[] {
  const { log, size, height } = context;
  const { lines } = log;
  if (lines.length === 0) return [line(span(`  ${emptySentence(page, log)}`, log.failure ? 'bad' : 'faint'))];
  const shape = shapeOf(page, log, size.columns);
  const rows: Line[] = [];
  const bottom = lines.length - 1 - Math.min(page.up, lines.length - 1);
  for (let i = bottom; i >= 0 && rows.length < height; i--) {
    const entry = lines[i]!;
    const parts = page.wrap ? folded(entry.text, shape.width) : [shifted(entry.text, page.left, shape.width)];
    const last = parts.length - 1 - (i === bottom ? Math.min(page.skip, parts.length - 1) : 0);
    for (let p = last; p >= 0 && rows.length < height; p--)
      rows.push(row(page, log, shape, entry, parts[p]!, p === 0));
  }
  return rows.reverse();
}

/** Rows that a line takes where lines are wrapped. */
export function rowsOf(entry: LogLine, page: LogsPage, { log, size }: Context): number {
  const { width } = shapeOf(page, log, size.columns);
  return ASCII.test(entry.text)
    ? Math.max(1, Math.ceil(entry.text.length / width))
    : folded(entry.text, width).length;
}

function shifted(text: string, left: number, width: number): string {
  if (left === 0) return cut(text, width);
  const gone = take(text, left);
  return gone === '' ? cut(text, width) : cut(`…${text.slice(gone.length)}`, width);
}

function row(page: LogsPage, log: LogView, shape: Shape, entry: LogLine, text: string, first: boolean): Line {
  const { from, channel, at, seq } = entry;
  if (channel === 'mark') return line(span(`  ── ${text} ──`, 'busy'));
  const mine = OWN_COLOURS[(log.names.get(from) ?? 0) % OWN_COLOURS.length]!;
  const bar = channel === 'stderr' ? span('▌ ', 'bad') : span('  ');
  const time = first && at !== undefined ? timeText(at) : '';
  const style = channel === 'stderr' ? 'busy' : channel === 'notice' ? 'faint' : 'plain';
  return line(
    bar,
    ...(page.times ? [span(pad(time, TIME), 'faint')] : []),
    ...(shape.label > 0
      ? [span(pad(first ? from : '', shape.label, 'left', cutMiddle), mine), span(' │ ', 'rule')]
      : []),
    ...marked(text, [page.search, page.filter], style, seq === page.found),
  );
}

const timeText = (at: number): string =>
  `${clockTime(at)}.${String(new Date(at).getMilliseconds()).padStart(3, '0')}`;

/** What was searched for stands out; where one is, the whole line does. */
function marked(text: string, patterns: readonly string[], style: Style, isHere: boolean): Span[] {
  const around = (piece: string): Span => (isHere ? { text: piece, style, band: true } : span(piece, style));
  const expression = patterns.map(expressionOf).find((one) => one !== undefined);
  if (!expression) return [around(text)];
  const spans: Span[] = [];
  let from = 0;
  for (const { index, 0: found } of text.matchAll(expression)) {
    if (found === '') continue;
    spans.push(around(text.slice(from, index)), span(found, 'match'));
    from = index + found.length;
  }
  return [...spans, around(text.slice(from))].filter((one) => one.text !== '');
}

/** What the title says of it: how it is shown, and what is not. */
export function logNotes(page: LogsPage, { lines, matches, dropped, held, ended }: LogView): Span[] {
  const { since, search } = page;
  const place = page.found === undefined ? -1 : matches.findIndex((i) => lines[i]?.seq === page.found);
  return [
    ...(since === 'tail' ? [] : [span(SINCE[String(since)] ?? `last ${since}m`, 'faint')]),
    ...(page.wrap ? [span('wrapped', 'faint')] : []),
    ...(search === ''
      ? []
      : [
          span(
            place < 0 ? counted(matches.length, 'match', 'matches') : `match ${place + 1}/${matches.length}`,
            'busy',
          ),
        ]),
    ...(page.up > 0 ? [span(`${page.up.toLocaleString('en')} below ↓`, 'faint')] : []),
    ...(dropped > 0 ? [span(`${dropped.toLocaleString('en')} dropped`, 'busy')] : []),
    ended
      ? span('ended', 'faint')
      : page.follow
        ? span('following', 'good')
        : span(held ? 'standing still, held back' : 'standing still', 'busy'),
  ];
}

const SINCE: Readonly<Record<string, string>> = {
  head: 'first lines',
  all: 'all that is kept',
  60: 'last 1h',
};

function emptySentence({ filter, title, since }: LogsPage, { failure, ended }: LogView): string {
  if (failure) return failure;
  if (filter !== '') return `no line matches &${filter}; esc clears the filter`;
  if (typeof since === 'number') return `${title} has written nothing in that time; 0 shows its last lines`;
  return ended ? `${title} has written nothing` : `waiting for the first line of ${title}`;
}
