/**
 * The offers, below those that wait for some: a line for each framework and role that is offered less than it wants,
 * with what stands in the way. Above, because they stay while offers come and go.
 */
import { column } from '../../client/table/table.ts';
import { plain } from '../../client/table/width.ts';
import { type Laid, layout } from '../../client/tables.ts';
import { demandsText } from '../../client/why-offered.ts';
import { type Explained, onOneLine } from '../../core/explanation.ts';
import type { Context } from '../context.ts';
import { filterOf } from '../filter.ts';
import { banded, type Line, line, rule, type Span, span } from '../line.ts';
import type { Rows } from '../rows.ts';
import type { TablePage, Ui } from '../ui.ts';
import { placeOf, topFor } from '../window.ts';
import { tableLines, type Widths } from './table-page.ts';

/** Mark, then text. */
const MARK = 2;
/** The rule between the two lists, and the titles of the second. */
const BETWEEN = 2;

const COLUMNS = [
  column<Explained>('framework', 'WHO WAITS', 0, ({ framework }) => framework, { min: 9 }),
  column<Explained>('role', 'ROLE', 3, ({ role }) => role, { min: 10 }),
  column<Explained>('for', 'FOR', 2, (one) => demandsText(one) || 'any offer', { min: 10, max: 32 }),
  column<Explained>('why', 'BECAUSE', 0, (one) => onOneLine(one) || 'nothing stands in the way', { min: 44 }),
];

/** Those that the filter lets through. */
export function waitingIn(page: TablePage, { waiting = [] }: Ui): readonly Explained[] {
  const matches = filterOf(page.filter);
  if (!matches) return waiting;
  return waiting.filter((one) =>
    matches([one.framework, one.role, demandsText(one), onOneLine(one)].join(' ')),
  );
}

export const waitingId = ({ framework, role }: Explained): string => `waits:${framework} ${role}`;

/** Lines for those that wait, their titles included: at most half of the page, unless the offers need less. */
export function waitingHeight(waiting: number, offers: number, height: number): number {
  const half = Math.floor(height / 2);
  const room = Math.max(half, height - BETWEEN - Math.max(2, offers));
  return Math.min(waiting + 1, room);
}

export function offersLines(page: TablePage, ui: Ui, context: Context, widths: Widths, rows: Rows): Line[] {
  const { size, above, ids, height } = context;
  const { ids: offers } = rows;
  const place = placeOf(page.cursor, ids);
  const room = waitingHeight(above.length, offers.length, height);
  const list = { ...context, ids: offers, height: height - room - 1 };
  return [
    ...waitingLines(above, place, context, room, ui.waiting !== undefined),
    rule(size.columns, [span('offers ', 'strong'), span(countsText(page, context, rows), 'faint')]),
    ...tableLines(page, ui, list, widths, place - above.length),
  ];
}

/** `2 out, 40 ended`; with a filter how many of all are left. */
function countsText({ filter }: TablePage, { client }: Context, { ids, records, total }: Rows): string {
  if (filter !== '') return `${ids.length} of ${total}`;
  const out = client.state.offers.size;
  return records.length > out ? `${out} out, ${records.length - out} ended` : `${out} out`;
}

function waitingLines(
  all: readonly Explained[],
  place: number,
  { client, now, size }: Context,
  height: number,
  isKnown: boolean,
): Line[] {
  if (all.length === 0)
    return [line(span(isKnown ? '  nobody waits for offers' : '  asking the master who waits…', 'faint'))];
  const top = topFor(0, place, height - 1, all.length);
  const shown = all.slice(top, top + height - 1);
  const laid = layout(COLUMNS, shown, size.columns - MARK - 1, { state: client.state, now });
  return [
    line(span(`  ${cellsOf(laid, laid.header)}`, 'title')),
    ...shown.map((_, i) => row(laid, i, top + i === place, size.columns)),
  ];
}

function row(laid: Laid<Explained>, at: number, selected: boolean, width: number): Line {
  const cells = laid.rows[at]!.map(plain);
  const before = cellsOf(laid, cells.slice(0, -1));
  const spans: Span[] = [
    span(selected ? '> ' : '  ', 'accent'),
    span(before === '' ? '' : before + ' '.repeat(laid.gap)),
    span(cells.at(-1)!.trimEnd(), 'busy'),
  ];
  return selected ? banded({ spans }, width) : { spans };
}

const cellsOf = ({ gap }: Laid<Explained>, cells: readonly string[]): string => cells.join(' '.repeat(gap));
