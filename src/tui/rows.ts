/**
 * The rows of a table page, filtered and sorted, kept until something that matters has changed: 10,000 tasks are
 * neither joined nor sorted again because a cursor moved. Text and sort keys are made once per record (records are
 * immutable), and sorting starts from the last order, which is nearly right.
 */
import {
  type AnyRecord,
  type Column,
  compareValues,
  defaultOrder,
  type Order,
  type SortValue,
  type Source,
  tableOf,
} from '../client/tables.ts';
import type { Job } from '../core/cluster.ts';
import type { Task } from '../core/task.ts';
import { filterOf } from './filter.ts';
import type { TablePage } from './ui.ts';

export interface Rows {
  readonly ids: readonly string[];
  readonly records: readonly AnyRecord[];
  /** Before the filter. */
  readonly total: number;
}

export interface RowSource {
  rows(page: TablePage, order: Order | undefined, version: number, snapshot: number): Rows;
}

interface Known {
  readonly page: TablePage;
  readonly order: Order | undefined;
  readonly version: number;
  readonly rows: Rows;
}

export function createRows(source: Source): RowSource {
  let known: Known | undefined;
  let snapshot = -1;
  let texts = new WeakMap<AnyRecord, string>();
  let keys = new WeakMap<AnyRecord, SortValue>();

  const textOf = (columns: readonly Column<AnyRecord>[], record: AnyRecord): string => {
    const made = texts.get(record);
    if (made !== undefined) return made;
    const text = columns.map((c) => c.text(record, source.state, 0)).join(' ');
    texts.set(record, text);
    return text;
  };

  const select = (page: TablePage, order: Order | undefined, before: Rows | undefined): Rows => {
    const table = tableOf(page.table);
    if (page.table !== 'tasks') texts = new WeakMap();
    const all = table.list(source).filter((record) => belongs(page, record));
    const matches = filterOf(page.filter);
    const lookedAt = table.columns(source.state).filter((c) => !c.ticking);
    const records = matches ? all.filter((record) => matches(textOf(lookedAt, record))) : all;
    const by = order ?? defaultOrder(table);
    const column = table.columns(source.state).find((c) => c.key === by.key);
    if (!column) return { ids: records.map((r) => table.id(r)), records, total: all.length };
    const way = by.descending ? -1 : 1;
    // Sums over tasks (an agent's cpus held) change while their record does not; those lists are short.
    const lasting = page.table === 'tasks';
    const place = new Map(before?.ids.map((id, i) => [id, i]));
    const rows = records.map((record) => {
      const id = table.id(record);
      const key = (lasting ? keys.get(record) : undefined) ?? column.sort(record, source.state);
      if (lasting) keys.set(record, key);
      return { id, record, key, rank: order ? 0 : table.rank(record), before: place.get(id) ?? place.size };
    });
    rows.sort((a, b) => a.before - b.before);
    rows.sort((a, b) => a.rank - b.rank || way * compareValues(a.key, b.key));
    return { ids: rows.map((r) => r.id), records: rows.map((r) => r.record), total: all.length };
  };

  return {
    rows(page, order, version, newest) {
      const same = known?.page.table === page.table && sameOrder(known.order, order);
      if (snapshot !== newest || !same) {
        snapshot = newest;
        texts = new WeakMap();
        keys = new WeakMap();
      }
      if (
        known &&
        same &&
        known.version === version &&
        known.page.filter === page.filter &&
        known.page.of === page.of
      )
        return known.rows;
      const rows = select(page, order, same ? known?.rows : undefined);
      known = { page, order, version, rows };
      return rows;
    },
  };
}

const sameOrder = (a: Order | undefined, b: Order | undefined): boolean =>
  a?.key === b?.key && a?.descending === b?.descending;

function belongs({ table, of }: TablePage, record: AnyRecord): boolean {
  if (!of) return true;
  if (table === 'tasks') return (record as Task)[of.kind === 'job' ? 'job' : of.kind] === of.id;
  return table === 'jobs' && of.kind === 'framework' ? (record as Job).framework === of.id : true;
}
