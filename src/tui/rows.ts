/**
 * The rows of a table page, filtered and sorted, kept until something that matters has changed: 10,000 tasks are
 * neither joined nor sorted again because a cursor moved, nor because a few of them have changed: those are put where
 * they belong now, and all others stay. Text and sort keys are made once per record (records are immutable).
 */
import type { Change } from '../client/client.ts';
import { labelsOf } from '../client/table/labels.ts';
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
import type { Task, TaskId } from '../core/task.ts';
import { readFilter } from './filter.ts';
import type { TablePage } from './ui.ts';

export interface Rows {
  readonly ids: readonly string[];
  readonly records: readonly AnyRecord[];
  /** Before the filter. */
  readonly total: number;
}

export interface RowSource {
  /** Something is different from now on. */
  heard(change: Change): void;
  rows(page: TablePage, order: Order | undefined): Rows;
}

interface Row {
  readonly id: string;
  readonly record: AnyRecord;
  readonly key: SortValue;
  readonly rank: number;
}

interface Known {
  readonly page: TablePage;
  readonly order: Order | undefined;
  readonly sorted: Row[];
  readonly rows: Rows & { readonly records: AnyRecord[] };
}

export function createRows(source: Source): RowSource {
  let known: Known | undefined;
  const news = new News();
  let texts = new WeakMap<AnyRecord, string>();
  let keys = new WeakMap<AnyRecord, SortValue>();

  const textOf = (columns: readonly Column<AnyRecord>[], record: AnyRecord): string => {
    const made = texts.get(record);
    if (made !== undefined) return made;
    const text = columns.map((c) => c.text(record, source.state, 0)).join(' ');
    texts.set(record, text);
    return text;
  };

  /** Whether a record is shown, and its row. */
  const rules = (page: TablePage, order: Order | undefined) => {
    const table = tableOf(page.table);
    const columns = table.columns(source.state);
    const filter = readFilter(page.filter);
    const lookedAt = columns.filter((c) => !c.ticking);
    const labels = (record: AnyRecord) => () => labelsOf(page.table, record, source.state);
    const by = order ?? defaultOrder(table);
    const column = columns.find((c) => c.key === by.key);
    const way = by.descending ? -1 : 1;
    // Sums over tasks (an agent's cpus held) change while their record does not; those lists are short.
    const lasting = page.table === 'tasks';
    return {
      shows: (record: AnyRecord): boolean =>
        filter ? filter.matches(textOf(lookedAt, record), labels(record)) : !table.minor?.(record),
      rowOf: (record: AnyRecord): Row => {
        const key = (lasting ? keys.get(record) : undefined) ?? column?.sort(record, source.state) ?? 0;
        if (lasting) keys.set(record, key);
        return { id: table.id(record), record, key, rank: order ? 0 : table.rank(record) };
      },
      compare: (a: Row, b: Row): number => a.rank - b.rank || way * compareValues(a.key, b.key),
    };
  };

  const select = (page: TablePage, order: Order | undefined, before: readonly Row[]): Known => {
    if (page.table !== 'tasks') texts = new WeakMap();
    const { shows, rowOf, compare } = rules(page, order);
    const all = tableOf(page.table)
      .list(source)
      .filter((record) => belongs(page, record));
    // Sorting starts from the last order, which is nearly right, and keeps equal rows where they were.
    const place = new Map(before.map(({ id }, i) => [id, i]));
    const placeOf = ({ id }: Row): number => place.get(id) ?? place.size;
    const sorted = all.filter(shows).map(rowOf);
    if (place.size > 0) sorted.sort((a, b) => placeOf(a) - placeOf(b));
    return { page, order, sorted: sorted.sort(compare), rows: rowsOf(sorted, all.length) };
  };

  /**
   * The list of tasks again, of which only those are different. Where none has to move its row is replaced in place: ten
   * times a second a new list of ten thousand would be more garbage than all else together.
   */
  const patch = (last: Known, changed: ReadonlySet<string>, someLeft: boolean): Known => {
    const { page, order, sorted, rows } = last;
    const { shows, rowOf, compare } = rules(page, order);
    const { tasks } = source.state;
    const moved: Row[] = [];
    const left = new Set<string>();
    const looked = new Set<string>();
    for (let i = 0; i < sorted.length; i++) {
      const row = sorted[i]!;
      const isChanged = changed.has(row.id);
      if (!isChanged && !someLeft) continue;
      const record = tasks.get(row.id as TaskId);
      if (!record) left.add(row.id);
      if (!isChanged || !record) continue;
      looked.add(row.id);
      const next = shows(record) ? rowOf(record) : undefined;
      if (next && compare(row, next) === 0) {
        sorted[i] = next;
        rows.records[i] = record;
        continue;
      }
      left.add(row.id);
      if (next) moved.push(next);
    }
    for (const id of changed) {
      const record = looked.has(id) ? undefined : tasks.get(id as TaskId);
      if (record && belongs(page, record) && shows(record)) moved.push(rowOf(record));
    }
    const total = page.of ? countOf(tasks.values(), (task) => belongs(page, task)) : tasks.size;
    if (left.size === 0 && moved.length === 0) return { ...last, rows: { ...rows, total } };
    const stay = left.size === 0 ? sorted : sorted.filter(({ id }) => !left.has(id));
    const next = merged(stay, moved.sort(compare), compare);
    return { page, order, sorted: next, rows: rowsOf(next, total) };
  };

  return {
    heard: (change) => news.note(change),
    rows(page, order) {
      const same = known?.page.table === page.table && sameOrder(known.order, order);
      const { changed, isRenamed, someLeft } = news;
      if (isRenamed || !same) {
        texts = new WeakMap();
        keys = new WeakMap();
      }
      const isMeant = same && known?.page.filter === page.filter && known.page.of === page.of;
      if (known && isMeant && !news.isAny(page.table)) return known.rows;
      const isFew = page.table === 'tasks' && isMeant && !isRenamed && changed.size < MANY;
      known =
        known && isFew
          ? patch(known, changed, someLeft)
          : select(page, order, same ? (known?.sorted ?? []) : []);
      news.clear();
      return known.rows;
    },
  };
}

/** From so many changes on, all rows are made anew. */
const MANY = 2000;

/** What has changed since the rows were last made. */
class News {
  readonly changed = new Set<string>();
  /** Everything may be different: another state, or names that rows show. */
  isRenamed = true;
  /** Tasks have left the state that were not named. */
  someLeft = false;
  #isOther = true;

  isAny(table: TablePage['table']): boolean {
    return this.isRenamed || this.changed.size > 0 || this.someLeft || (table !== 'tasks' && this.#isOther);
  }

  note(change: Change): void {
    if (change.kind === 'status') return;
    if (change.kind === 'snapshot') {
      this.isRenamed = true;
      return;
    }
    const { event } = change.numbered;
    this.#isOther = true;
    switch (event.type) {
      case 'task.launched':
        return void this.changed.add(event.task.id);
      case 'task.status':
        return void this.changed.add(event.status.task);
      case 'task.closed':
        this.someLeft = true;
        return void this.changed.add(event.task);
      case 'agent.forgotten':
        this.someLeft = true;
        return;
      case 'agent.registered':
        this.isRenamed = true;
    }
  }

  clear(): void {
    this.changed.clear();
    this.isRenamed = false;
    this.someLeft = false;
    this.#isOther = false;
  }
}

const rowsOf = (sorted: readonly Row[], total: number): Known['rows'] => ({
  ids: sorted.map(({ id }) => id),
  records: sorted.map(({ record }) => record),
  total,
});

/** Two sorted lists as one; of equal rows those of the first come first. */
function merged(first: Row[], second: readonly Row[], compare: (a: Row, b: Row) => number): Row[] {
  if (second.length === 0) return first;
  const out: Row[] = [];
  let at = 0;
  for (const row of first) {
    while (at < second.length && compare(second[at]!, row) < 0) out.push(second[at++]!);
    out.push(row);
  }
  while (at < second.length) out.push(second[at++]!);
  return out;
}

function countOf<T>(items: Iterable<T>, counts: (item: T) => boolean): number {
  let count = 0;
  for (const item of items) if (counts(item)) count += 1;
  return count;
}

const sameOrder = (a: Order | undefined, b: Order | undefined): boolean =>
  a?.key === b?.key && a?.descending === b?.descending;

function belongs({ table, of }: TablePage, record: AnyRecord): boolean {
  if (!of) return true;
  if (table === 'tasks') return (record as Task)[of.kind === 'job' ? 'job' : of.kind] === of.id;
  return table === 'jobs' && of.kind === 'framework' ? (record as Job).framework === of.id : true;
}
