/** A box over the page: a question, a menu, a choice. Made of lines like all else, laid over those of the page. */
import { pad, widthOf, wrap } from '../client/table/width.ts';
import type { Size } from './context.ts';
import {
  banded,
  cutLine,
  dropCells,
  type Line,
  line,
  padLine,
  type Span,
  span,
  spread,
  takeCells,
} from './line.ts';
import type { Entry } from './menu.ts';
import type { Chooser, Dialog } from './ui.ts';

/** Cells of frame and padding, both sides together. */
const FRAME = 4;

interface Box {
  readonly title: string;
  readonly lines: readonly Line[];
  /** Under the lower edge. */
  readonly keys: string;
  readonly width: number;
}

/** The box in the middle of the page's lines; what is behind it is quiet. */
export function over(page: readonly Line[], box: Box, { columns, rows }: Size): Line[] {
  const inner = Math.min(box.width, columns - FRAME - 2);
  const framed = frame(box, inner).slice(0, Math.max(0, rows - 1));
  const left = Math.floor((columns - inner - FRAME) / 2);
  const top = Math.max(0, Math.floor((rows - framed.length) / 2));
  return page.map((behind, i) => {
    const quiet: Line = { spans: behind.spans.map(({ text }) => span(text, 'faint')) };
    const row = framed[i - top];
    if (!row) return quiet;
    const before = padLine(takeCells(quiet, left), left);
    const after = dropCells(quiet, left + inner + FRAME);
    return { isFront: true, spans: [...before.spans, ...row.spans, ...after.spans] };
  });
}

function frame({ title, lines, keys }: Box, inner: number): Line[] {
  const edge = (corner: string, text: string, style: Span['style'], other: string): Line => {
    const shown = text === '' ? '' : ` ${cutLine(line(text), inner - 2).spans[0]!.text} `;
    const rest = '─'.repeat(Math.max(0, inner + 1 - widthOf(shown)));
    return line(span(`${corner}─`, 'busy'), span(shown, style), span(`${rest}${other}`, 'busy'));
  };
  return [
    edge('╭', title, 'strong', '╮'),
    ...lines.map(
      (l): Line => ({ spans: [span('│ ', 'busy'), ...padLine(l, inner).spans, span(' │', 'busy')] }),
    ),
    edge('╰', keys, 'faint', '╯'),
  ];
}

/** The question before something is done, Cancel in focus. As much of a long list of names as fits. */
export function dialogBox({ title, sentence, confirm, focus }: Dialog, size: Size): Box {
  const most = Math.min(size.columns - FRAME - 2, 90);
  const width = Math.min(most, Math.max(44, widthOf(sentence), widthOf(confirm) + 18));
  const room = Math.max(1, size.rows - 8);
  const wrapped = wrap(sentence, width);
  const cut = wrapped.length > room;
  const shown = cut
    ? [...wrapped.slice(0, room - 1), `… and ${wrapped.length - room + 1} lines more`]
    : wrapped;
  const cancelled = focus === 'cancel' ? '[ Cancel ]' : '  Cancel  ';
  const confirmed = cutLine(line(confirm), width - 18).spans[0]!.text;
  const done = focus === 'confirm' ? `[ ${confirmed} ]` : `  ${confirmed}  `;
  const space = Math.max(0, width - widthOf(cancelled) - widthOf(done) - 2);
  const blank = line();
  return {
    title,
    width,
    keys: 'tab chooses, enter does it, esc cancels',
    lines: [
      blank,
      ...shown.map((text) => line(text)),
      blank,
      line(
        ' '.repeat(space),
        span(cancelled, focus === 'cancel' ? 'chosen' : 'plain'),
        '  ',
        span(done, focus === 'confirm' ? 'danger' : 'bad'),
      ),
    ],
  };
}

/** What is in view of a list of which one is chosen. */
function inView<T>(items: readonly T[], at: number, room: number): { items: readonly T[]; first: number } {
  const first = Math.max(0, Math.min(items.length - room, at - Math.floor(room / 2)));
  return { items: items.slice(first, first + room), first };
}

export function menuBox(
  title: string,
  filter: string,
  entries: readonly Entry[],
  at: number,
  size: Size,
): Box {
  const width = Math.min(78, size.columns - FRAME - 2);
  const room = Math.max(3, size.rows - 8);
  const { items, first } = inView(entries, at, room);
  const names = Math.min(24, Math.max(8, ...entries.map(({ name }) => widthOf(name))));
  const typed =
    filter === '' ? [span('▏', 'accent'), span('type to find', 'faint')] : [filter, span('▏', 'accent')];
  return {
    title,
    width,
    keys: `enter runs it, esc leaves${entries.length > room ? `, ${entries.length} in all` : ''}`,
    lines: [
      line(span('/', 'accent'), ...typed),
      ...(entries.length === 0 ? [line(span('  nothing of that name', 'faint'))] : []),
      ...items.map((entry, i) => {
        const chosen = first + i === at;
        // The key at the end, where a short one leaves its room to what the entry does; two cells off, or it
        // reads as one more word.
        const row = spread(
          line(
            span(chosen ? '> ' : '  ', 'accent'),
            span(pad(entry.name, names), 'plain'),
            '  ',
            span(entry.help, 'faint'),
          ),
          line(' ', span(entry.key, 'key')),
          width,
        );
        return chosen ? banded(row, width) : row;
      }),
    ],
  };
}

export function chooserBox({ table, columns, at }: Chooser, size: Size): Box {
  const width = Math.min(52, size.columns - FRAME - 2);
  const { items, first } = inView(columns, at, Math.max(3, size.rows - 6));
  return {
    title: `columns of ${table}`,
    width,
    keys: 'space shows, < > moves, r as before, enter keeps',
    lines: items.map((c, i) => {
      const chosen = first + i === at;
      const row = line(
        span(chosen ? '> ' : '  ', 'accent'),
        span(c.shown ? '[x] ' : '[ ] ', c.shown ? 'good' : 'faint'),
        span(c.title, c.shown ? 'plain' : 'faint'),
      );
      return chosen ? banded(row, width) : row;
    }),
  };
}
