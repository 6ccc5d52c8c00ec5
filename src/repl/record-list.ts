/** An array of records that knows its table: it prints as the same one as everywhere else. */
import { inspect } from 'node:util';
import { type Table, tableText } from '../client/tables.ts';
import { recordOf } from './record-of.ts';
import type { Look } from './shown.ts';

/** What keeps the records keeps the table; `map` gives a plain array. */
export class RecordList<R> extends Array<R> {
  #table: Table<R> | undefined;
  #look: Look | undefined;

  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  static made<R>(table: Table<R>, look: Look, records: readonly R[]): RecordList<R> {
    const list = new RecordList<R>();
    list.#table = table;
    list.#look = look;
    for (const record of records) list.push(record);
    return list;
  }

  #same(records: readonly R[]): RecordList<R> {
    return RecordList.made(this.#table!, this.#look!, records);
  }

  override filter(keep: (record: R, index: number, all: R[]) => unknown): RecordList<R> {
    return this.#same([...this].filter(keep));
  }

  override slice(from?: number, to?: number): RecordList<R> {
    return this.#same([...this].slice(from, to));
  }

  override toSorted(compare?: (a: R, b: R) => number): RecordList<R> {
    return this.#same([...this].sort(compare));
  }

  override toReversed(): RecordList<R> {
    return this.#same([...this].reverse());
  }

  [inspect.custom](): string {
    const table = this.#table!;
    const { source, width, colors, now } = this.#look!;
    if (this.length === 0) return `no ${table.name}`;
    const records = [...this].map(recordOf);
    return tableText(table, records, { state: source.state, now: now(), width: width(), colors });
  }
}
