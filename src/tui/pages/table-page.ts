/** A table: titles, and only the rows that fit. Widths only grow while one stays on the page, so nothing jumps. */
import { plain, widthOf, wrap } from '../../client/table/width.ts';
import { type AnyRecord, defaultOrder, type Laid, layout, type Part, tableOf } from '../../client/tables.ts';
import type { ClusterState } from '../../core/cluster.ts';
import { columnsOf } from '../columns.ts';
import type { Context } from '../context.ts';
import { banded, cutLine, EMPTY, type Line, line, lineWidth, type Span, span } from '../line.ts';
import { arrowOf } from '../sorting.ts';
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
  if (shown.length === 0) {
    const sentence = wrap(plain(emptySentence(page, ui, client.state)), width);
    return [head, EMPTY, ...sentence.map((text) => line('  ', span(text, 'faint')))];
  }
  const marks = new Set(page.marked);
  return [head, ...shown.map((record, i) => row(laid, i, record, top + i === place, marks, context, page))];
}

function titles(laid: Laid<AnyRecord>, page: TablePage, ui: Ui): Line {
  const chosen = ui.orders[page.table];
  const order = chosen ?? defaultOrder(tableOf(page.table));
  const spans: Span[] = [span(' '.repeat(MARK))];
  laid.columns.forEach((column, i) => {
    const sorting = order.key === column.key;
    // The arrow takes a cell of the padding or of the gap, never of the title.
    const cell = laid.header[i]! + ' '.repeat(i === laid.columns.length - 1 ? 1 : laid.gap);
    const end = cell.trimEnd().length;
    const text = sorting ? `${cell.slice(0, end)}${arrowOf(order)}${cell.slice(end + 1)}` : cell;
    const style = sorting && chosen ? 'accent' : 'title';
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
  const marked = marks.has(table.id(record));
  const rest = marked ? 'key' : over ? 'faint' : 'plain';
  const cells = laid.rows[at]!.flatMap((cell, i): Span[] => {
    const { parts, key, align } = laid.columns[i]!;
    const between = i === 0 ? [] : [span(' '.repeat(laid.gap), rest)];
    if (parts) return [...between, ...partSpans(parts(record, context.client.state), widthOf(cell), align)];
    return [...between, span(cell, key === table.toned && tone !== 'plain' ? tone : rest)];
  });
  const built: Line = {
    id: table.id(record),
    spans: [span(`${selected ? '>' : ' '}${marked ? '•' : ' '}`, 'accent'), ...merged(cells)],
  };
  return selected ? banded(built, context.size.columns) : built;
}

/** A cell whose parts have tones of their own, as wide as the column is. */
function partSpans(parts: readonly Part[], width: number, align: 'left' | 'right'): Span[] {
  const whole = cutLine({ spans: parts.map(({ text, tone }) => span(text, tone)) }, width);
  const space = span(' '.repeat(width - lineWidth(whole)));
  return align === 'right' ? [space, ...whole.spans] : [...whole.spans, space];
}

/** Neighbours of one style are one span: each costs something to draw. */
function merged(spans: readonly Span[]): Span[] {
  const out: Span[] = [];
  for (const one of spans) {
    const last = out.at(-1);
    if (one.text === '') continue;
    if (last?.style === one.style) out[out.length - 1] = span(last.text + one.text, last.style);
    else out.push(one);
  }
  return out;
}

/** Of what only the master knows. */
const NONE_TOLD = {
  quotas: 'no role has a quota: :guarantee ROLE AMOUNTS and :limit ROLE AMOUNTS set one',
  plugins: 'no plugin was added: tender plugin add FOLDER',
} as const;

function emptySentence({ table, filter, of }: TablePage, { told }: Ui, { jobs }: ClusterState): string {
  if (filter !== '') return `nothing matches /${filter}; esc clears the filter`;
  const whose = of ? ` of ${of.title}` : '';
  switch (table) {
    case 'quotas':
    case 'plugins':
      return told?.[table] ? NONE_TOLD[table] : 'asking the master…';
    case 'agents':
      return 'no agents yet: :token makes a token, and says what to type on a machine';
    case 'jobs':
      return of
        ? `no jobs${whose}`
        : 'no jobs yet: tender run IMAGE starts one, :up FILE what is in a job file or a Compose file';
    case 'tasks':
      if (of?.kind === 'job') {
        const message = jobs.get(of.id)?.message ?? '';
        return message === '' ? `no tasks${whose}` : `no tasks${whose}: ${message}`;
      }
      return of ? `no tasks${whose}` : 'no tasks yet: they come with jobs (3)';
    case 'frameworks':
      return 'no framework: a master started with --no-frameworks waits for others (tender framework FOLDER)';
    case 'events':
      return 'nothing has happened yet';
    case 'offers':
      return 'no offers are out now';
    case 'updates':
      return 'no update and no procedure is under way';
    case 'schedule':
      return 'no batch jobs: tender batch IMAGE --schedule "30 2 * * *" makes one';
    case 'volumes':
      return 'nothing is reserved: tender reserve AGENT AMOUNTS --role ROLE sets something aside';
    default:
      return `no ${table}${whose}`;
  }
}
