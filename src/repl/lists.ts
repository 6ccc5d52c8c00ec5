/** The lists of the cluster by their global names, and by which names the records in them are found. */
import { findTask } from '../client/names.ts';
import { type Records, type Source, TABLES, type Table, type TableName } from '../client/tables.ts';

/** Those whose records are things with methods. */
export type ListName = Extract<TableName, 'agents' | 'jobs' | 'tasks' | 'frameworks' | 'offers' | 'roles'>;

export const LISTS: readonly ListName[] = ['agents', 'jobs', 'tasks', 'frameworks', 'offers', 'roles'];

/** The names by which the records of a list are known, for lookups and completion. */
export function namesIn(name: ListName, { state }: Source): string[] {
  const names: Readonly<Record<ListName, () => Iterable<string>>> = {
    agents: () => [...state.agents.values()].map((agent) => agent.name),
    jobs: () => state.jobs.keys(),
    tasks: () => [...state.tasks.values()].map((task) => task.name),
    frameworks: () => state.frameworks.keys(),
    offers: () => state.offers.keys(),
    roles: () => TABLES.roles.list({ state, recent: [] }).map(({ role }) => role),
  };
  return [...new Set(names[name]())];
}

/** What is in a list; of offers those that are out: an ended one cannot be used any more. */
export function recordsIn<N extends ListName>(name: N, source: Source): readonly Records[N][] {
  const table = TABLES[name] as unknown as Table<Records[N]>;
  const records = table.list(source);
  return name === 'offers' ? records.filter((record) => !table.over(record)) : records;
}

/** By name, or by id. */
export function recordNamed<N extends ListName>(
  name: N,
  source: Source,
  key: string,
): Records[N] | undefined {
  const { state } = source;
  if (name === 'tasks') {
    const exact = [...state.tasks.values()].some((task) => task.name === key || task.id === key);
    return exact ? (findTask(state, key) as Records[N]) : undefined;
  }
  const table = TABLES[name] as unknown as Table<Records[N]>;
  return recordsIn(name, source).find((record) => table.title(record) === key || table.id(record) === key);
}

/** As it is now; undefined: it is no longer there. */
export function recordWithId<N extends ListName>(
  name: N,
  source: Source,
  id: string,
): Records[N] | undefined {
  const { state } = source;
  if (name === 'roles') return recordNamed(name, source, id);
  const map = state[name as Exclude<ListName, 'roles'>] as unknown as ReadonlyMap<string, Records[N]>;
  return map.get(id);
}
