/**
 * `tasks`, `jobs`, `agents`, … in the REPL: arrays that are always now, read from the replica without await. A thing is
 * there by index and by name (`jobs.web`, `tasks['web.0']`); lists print as the same tables as everywhere else.
 */
import { inspect } from 'node:util';
import { type Records, type Source, sorted, TABLES, type Table } from '../client/tables.ts';
import { type ListName, recordNamed, recordsIn } from './lists.ts';
import { RecordList } from './record-list.ts';
import type { Look } from './shown.ts';
import type { Thing, Things } from './things.ts';

export type LiveList<R> = readonly R[] & { readonly [name: string]: R | undefined };

export function liveList<N extends ListName>(name: N, look: Look, things: Things): LiveList<Thing<N>> {
  const { source } = look;
  const table = TABLES[name] as unknown as Table<Records[N]>;
  const byName = (key: string): Thing<N> | undefined => {
    const record = recordNamed(name, source, key);
    return record && things.of(name, record);
  };
  const all = (): RecordList<Thing<N>> =>
    things.list(name, sorted(table, recordsIn(name, source), source.state));
  return view(name, source, all, byName);
}

/** What has happened, as far as it is remembered here; the latest first. */
export const liveEvents = (look: Look): LiveList<Records['events']> =>
  view('events', look.source, () => {
    const { source } = look;
    const table = TABLES.events;
    return RecordList.made(table, look, sorted(table, table.list(source), source.state));
  });

function view<R>(
  name: string,
  source: Source,
  all: () => RecordList<R>,
  byName: (key: string) => R | undefined = () => undefined,
): LiveList<R> {
  // Loops read index by index: one list per state of the replica, not one per element.
  let known: { state: unknown; seq: number; list: RecordList<R> } | undefined;
  const current = (): RecordList<R> => {
    const { state } = source;
    if (known?.state !== state || known.seq !== state.seq) known = { state, seq: state.seq, list: all() };
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
      return byName(key);
    },
    has: (_, key) => key in current() || (typeof key === 'string' && byName(key) !== undefined),
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
