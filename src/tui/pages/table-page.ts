/** A table: titles, and only the rows that fit. Widths only grow while one stays on the page, so nothing jumps. */
import { type AnyRecord, type Laid, layout, tableOf } from '../../client/tables.ts';
import { columnsOf } from '../columns.ts';
import type { Context } from '../context.ts';
import { banded, EMPTY, type Line, line, type Span, span } from '../line.ts';
import type { TablePage, Ui } from '../ui.ts';
import { placeOf, topFor } from '../window.ts';

/** Mark, then text: the cursor must be seen without colour as well. */
const MARK = 2;

export type Widths = Map<string, number>;

/** @param place of the cursor among the rows; none of them is chosen where it is elsewhere */
export function tableLines(
  page: TablePage,
  ui: Ui,
  context: Context,
  widths: Widths,
  place = placeOf(page.cursor, context.ids),
): Line[] {
  const { client, now, size } = context;
  const room = context.height - 1;
  const columns = columnsOf(ui, page.table, client.state);
  const top = topFor(page.top, place, room, context.ids.length);
  const shown = context.records.slice(top, top + room);
  const width = size.columns - MARK - 1;
  const options = { state: client.state, now, atLeast: widths };
  let laid = layout(columns, shown, width, options);
  const spare = width - laid.widths.reduce((sum, w) => sum + w + laid.gap, -laid.gap);
  if (spare > laid.widths.length * 2) laid = layout(columns, shown, width, { ...options, gap: 3 });
  for (const [i, column] of laid.columns.entries()) widths.set(column.key, laid.widths[i]!);
  const head = titles(laid, page, ui);
  if (shown.length === 0) return [head, EMPTY, line('  ', span(emptySentence(page), 'faint'))];
  const marks = new Set(page.marked);
  return [head, ...shown.map((record, i) => row(laid, i, record, top + i === place, marks, context, page))];
}

function titles(laid: Laid<AnyRecord>, page: TablePage, ui: Ui): Line {
  const order = ui.orders[page.table];
  const spans: Span[] = [span(' '.repeat(MARK))];
  laid.columns.forEach((column, i) => {
    const sorting = order?.key === column.key;
    // The arrow takes a cell of the padding or of the gap, never of the title.
    const cell = laid.header[i]! + ' '.repeat(i === laid.columns.length - 1 ? 1 : laid.gap);
    const arrow = order?.descending ? '↓' : '↑';
    const end = cell.trimEnd().length;
    const text = sorting ? `${cell.slice(0, end)}${arrow}${cell.slice(end + 1)}` : cell;
    const style = sorting ? 'accent' : 'title';
    if (column.key !== page.picked) spans.push(span(text, style));
    else {
      const start = text.length - text.trimStart().length;
      const last = text.trimEnd().length;
      spans.push(
        span(text.slice(0, start), style),
        span(text.slice(start, last), 'chosen'),
        span(text.slice(last), style),
      );
    }
  });
  return { spans };
}

function row(
  laid: Laid<AnyRecord>,
  at: number,
  record: AnyRecord,
  selected: boolean,
  marks: ReadonlySet<string>,
  context: Context,
  page: TablePage,
): Line {
  const table = tableOf(page.table);
  const tone = table.tone(record, context.client.state);
  const over = table.over(record);
  const toned = laid.columns.findIndex((c) => c.key === table.toned);
  const cells = laid.rows[at]!;
  const gap = ' '.repeat(laid.gap);
  const before = cells
    .slice(0, Math.max(0, toned))
    .map((c) => c + gap)
    .join('');
  const after = cells
    .slice(toned + 1)
    .map((c) => gap + c)
    .join('');
  const marked = marks.has(table.id(record));
  const rest = marked ? 'key' : over ? 'faint' : 'plain';
  const built: Line = {
    id: table.id(record),
    spans: [
      span(`${selected ? '>' : ' '}${marked ? '•' : ' '}`, 'accent'),
      span(before, rest),
      ...(toned >= 0 ? [span(cells[toned]!, tone === 'plain' ? rest : tone)] : []),
      span(after, rest),
    ].filter((s) => s.text !== ''),
  };
  return selected ? banded(built, context.size.columns) : built;
}

function emptySentence({ table, filter, of }: TablePage): string {
  if (filter !== '') return `nothing matches /${filter}; esc clears the filter`;
  const whose = of ? ` of ${of.title}` : '';
  switch (table) {
    case 'agents':
      return 'no agents yet: tender token create, then tender agent --join TOKEN on a machine';
    case 'jobs':
      return `no jobs${whose}: start one with tender run IMAGE`;
    case 'offers':
      return 'no offers are out now';
    default:
      return `no ${table}${whose}`;
  }
}
