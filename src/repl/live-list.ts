/**
 * `tasks`, `jobs`, `agents`, … in the REPL: arrays that are always now, read from the replica without await. A record is
 * there by index and by name (`jobs.web`, `tasks['web.0']`); lists print as the same tables as everywhere else.
 */
import { inspect } from 'node:util';
import { findTask } from '../client/names.ts';
import {
  type Records,
  type Source,
  sorted,
  TABLES,
  type Table,
  type TableName,
  tableText,
} from '../client/tables.ts';

/** How lists are printed. */
export interface Look {
  readonly source: Source;
  readonly width: () => number;
  readonly colors: boolean;
  readonly now: () => number;
}

/** An array of records that knows its table. What keeps the records keeps the table; `map` gives a plain array. */
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
    return tableText(table, [...this], { state: source.state, now: now(), width: width(), colors });
  }
}

type Name = Exclude<TableName, 'events'>;
export type LiveList<R> = readonly R[] & { readonly [name: string]: R | undefined };

export const LISTS: readonly Name[] = ['agents', 'jobs', 'tasks', 'frameworks', 'offers', 'roles'];

/** The names by which the records of a list are known, for lookups and completion. */
export function namesIn(name: Name, { state }: Source): string[] {
  const names: Readonly<Record<Name, () => Iterable<string>>> = {
    agents: () => [...state.agents.values()].map((agent) => agent.name),
    jobs: () => state.jobs.keys(),
    tasks: () => [...state.tasks.values()].map((task) => task.name),
    frameworks: () => state.frameworks.keys(),
    offers: () => state.offers.keys(),
    roles: () => TABLES.roles.list({ state, recent: [] }).map(({ role }) => role),
  };
  return [...new Set(names[name]())];
}

function byName(name: Name, { state, recent }: Source, key: string): unknown {
  if (name === 'tasks') {
    const exact = [...state.tasks.values()].some((task) => task.name === key || task.id === key);
    return exact ? findTask(state, key) : undefined;
  }
  const table = TABLES[name] as unknown as Table<Records[Name]>;
  return table
    .list({ state, recent })
    .find((record) => table.title(record) === key || table.id(record) === key);
}

export function liveList<N extends Name>(name: N, look: Look): LiveList<Records[N]> {
  type R = Records[N];
  const table = TABLES[name] as unknown as Table<R>;
  const { source } = look;
  // Loops read index by index: one list per state of the replica, not one per element.
  let known: { state: unknown; seq: number; list: RecordList<R> } | undefined;
  const current = (): RecordList<R> => {
    const { state } = source;
    if (known?.state !== state || known.seq !== state.seq)
      known = {
        state,
        seq: state.seq,
        list: RecordList.made(table, look, sorted(table, table.list(source), state)),
      };
    return known.list;
  };
  const target: R[] = [];
  // `inspect` looks at a proxy's target, not through its traps.
  Object.defineProperty(target, inspect.custom, { value: () => current()[inspect.custom]() });
  return new Proxy(target, {
    get(_, key) {
      const list = current();
      if (typeof key === 'symbol' || key in list) {
        const value: unknown = Reflect.get(list, key, list);
        return typeof value === 'function' ? value.bind(list) : value;
      }
      return byName(name, source, key);
    },
    has: (_, key) => key in current() || (typeof key === 'string' && byName(name, source, key) !== undefined),
    ownKeys: () => [...[...current().keys()].map(String), 'length', inspect.custom],
    getOwnPropertyDescriptor: (_, key) =>
      key === 'length' || key === inspect.custom
        ? Reflect.getOwnPropertyDescriptor(target, key)
        : Reflect.getOwnPropertyDescriptor(current(), key),
    set: () => {
      throw new TypeError(`${name} is a view of the cluster: it can't be assigned to`);
    },
    defineProperty: () => false,
    deleteProperty: () => false,
  }) as unknown as LiveList<R>;
}
