/**
 * The one table per kind of record, used by the TUI, the REPL and the command line alike: same columns, same order,
 * same words. `tableText` is the whole way from records to printed lines.
 */
import type { ClusterState } from '../core/cluster.ts';
import type { Numbered } from '../core/events.ts';
import { isStep } from '../core/last-events.ts';
import { eventText, eventTone, isQuiet } from './event-text.ts';
import { momentText } from './table/figures.ts';
import { frameworks } from './table/frameworks.ts';
import { schedule, updates } from './table/job-work.ts';
import { layout, linesOf } from './table/layout.ts';
import { agents } from './table/machines.ts';
import { compareValues, naturalKey } from './table/natural.ts';
import { offers } from './table/offers.ts';
import { plugins } from './table/plugins.ts';
import { quotas } from './table/quotas.ts';
import { volumes } from './table/reservations.ts';
import { roles } from './table/roles.ts';
import {
  type AnyRecord,
  column,
  type Records,
  type Table,
  type TableName,
  type Tone,
} from './table/table.ts';
import { jobs, tasks } from './table/work.ts';

export {
  age,
  amount,
  amounts,
  counted,
  cpus,
  dateTime,
  momentText,
  percent,
  rate,
  size,
  sizeShare,
} from './table/figures.ts';
export { type Laid, layout, lineOf, linesOf } from './table/layout.ts';
export { compareValues, naturalKey, type SortValue } from './table/natural.ts';
export type {
  AnyRecord,
  Column,
  Part,
  Records,
  Source,
  Table,
  TableName,
  Told,
  Tone,
} from './table/table.ts';
export { needsAttention } from './table/work.ts';

export { agents, frameworks, jobs, offers, plugins, quotas, roles, schedule, tasks, updates, volumes };

export const events: Table<Numbered> = {
  name: 'events',
  singular: 'event',
  toned: 'text',
  order: '-number',
  list: ({ recent }) => recent.filter(({ event }) => !isQuiet(event)),
  id: ({ seq }) => String(seq),
  title: ({ seq }) => String(seq),
  tone: ({ event }, state) => eventTone(event, state),
  over: ({ event }) => isStep(event),
  minor: ({ event }) => isStep(event),
  rank: () => 0,
  columns: () => [
    column('number', 'NUMBER', 4, ({ seq }) => String(seq), {
      align: 'right',
      // Numbers begin anew with each master; of one moment they tell the order.
      sort: ({ seq, event }) => naturalKey(`${event.at} ${seq}`),
    }),
    column('age', 'TIME', 0, ({ event }, _, now) => momentText(event.at, now), {
      letter: 'A',
      sort: ({ event }) => -event.at,
    }),
    column('type', 'TYPE', 3, ({ event }) => event.type, { letter: 'N' }),
    column('text', 'WHAT HAPPENED', 0, ({ event }, state) => eventText(event, state), { min: 20 }),
  ],
};

export const TABLES: { readonly [Name in TableName]: Table<Records[Name]> } = {
  agents,
  jobs,
  tasks,
  frameworks,
  offers,
  events,
  roles,
  updates,
  schedule,
  volumes,
  quotas,
  plugins,
};

/** A table for code that treats all kinds alike. */
export const tableOf = (name: TableName): Table<AnyRecord> => TABLES[name] as unknown as Table<AnyRecord>;

export interface Order {
  readonly key: string;
  readonly descending: boolean;
}

export const defaultOrder = (table: Table<AnyRecord>): Order =>
  table.order.startsWith('-')
    ? { key: table.order.slice(1), descending: true }
    : { key: table.order, descending: false };

/** Sorted by `order`; by the table's own order, with its ranks, when there is none. Equal rows keep a stable order. */
export function sorted<R>(table: Table<R>, records: readonly R[], state: ClusterState, order?: Order): R[] {
  const by = order ?? defaultOrder(table as unknown as Table<AnyRecord>);
  const chosen = table.columns(state).find((c) => c.key === by.key);
  if (!chosen) return [...records];
  const way = by.descending ? -1 : 1;
  const keyed = records.map((record) => ({
    record,
    rank: order ? 0 : table.rank(record),
    key: chosen.sort(record, state),
  }));
  keyed.sort((a, b) => a.rank - b.rank || way * compareValues(a.key, b.key));
  return keyed.map(({ record }) => record);
}

export const SGR: Readonly<Record<Tone, readonly [on: string, off: string]>> = {
  good: ['\x1b[32m', '\x1b[39m'],
  busy: ['\x1b[33m', '\x1b[39m'],
  bad: ['\x1b[31m', '\x1b[39m'],
  faint: ['\x1b[90m', '\x1b[39m'],
  plain: ['', ''],
};

export interface TextOptions {
  readonly state: ClusterState;
  readonly now: number;
  readonly width: number;
  readonly colors?: boolean;
}

/** Records as a printed table, in the given order: titles, rows, nothing else. */
export function tableText<R>(table: Table<R>, records: readonly R[], options: TextOptions): string {
  const { state, now, width } = options;
  const laid = layout(table.columns(state), records, width, { state, now });
  const lines = linesOf(laid, width);
  if (!options.colors) return lines.join('\n');
  const toned = laid.columns.findIndex((c) => c.key === table.toned);
  const gap = ' '.repeat(laid.gap);
  const coloured = laid.rows.map((cells, i) => {
    const [on, off] = SGR[table.tone(records[i]!, state)];
    return cells
      .map((cell, c) => (c === toned ? `${on}${c === cells.length - 1 ? cell.trimEnd() : cell}${off}` : cell))
      .join(gap)
      .trimEnd();
  });
  return [`${SGR.faint[0]}${lines[0]}${SGR.faint[1]}`, ...coloured].join('\n');
}
