/** What an action is about: the marked rows, else the row under the cursor, or the thing whose detail page this is. */
import type { AnyRecord, TableName } from '../client/tables.ts';
import { tableOf } from '../client/tables.ts';
import type { ClusterState, Job } from '../core/cluster.ts';
import type { Task, TaskId } from '../core/task.ts';
import type { Context } from './context.ts';
import type { Page, TablePage } from './ui.ts';
import { placeOf } from './window.ts';

export interface Subject {
  readonly table: TableName;
  readonly id: string;
  /** What people call it. */
  readonly title: string;
  /** Not the framework as such, but what it is offered in this role. */
  readonly role?: string | undefined;
}

/** Ids on the overview say what they are: `jobs:web`, `agents:a1`. */
export function overviewSubject(id: string, state: ClusterState): Subject {
  const colon = id.indexOf(':');
  const table = id.slice(0, colon) as TableName;
  const own = id.slice(colon + 1);
  const title =
    table === 'agents' ? ([...state.agents.values()].find((a) => a.id === own)?.name ?? own) : own;
  return { table, id: own, title };
}

export function subjectOf(page: Page, context: Context): Subject | undefined {
  if (page.kind === 'detail') return { table: page.table, id: page.id, title: page.title };
  if (page.kind !== 'table' && page.kind !== 'overview') return undefined;
  const place = placeOf(page.cursor, context.ids);
  const id = context.ids[place];
  // Where a job has no tasks there is still the job: why, its logs, what can be done.
  if (id === undefined) return page.kind === 'table' && page.filter === '' ? ownerOf(page) : undefined;
  // What is said of the cluster as a whole is no thing that one could do something with.
  if (page.kind === 'overview')
    return id.startsWith(':') ? undefined : overviewSubject(id, context.client.state);
  const waiting = context.above[place];
  if (waiting) {
    const { framework, role } = waiting;
    return { table: 'frameworks', id: framework, title: framework, role };
  }
  const record = context.records[place - context.above.length]!;
  const table = tableOf(page.table);
  return { table: table.kin ?? table.name, id, title: table.title(record) };
}

const OWNERS = { job: 'jobs', agent: 'agents', framework: 'frameworks' } as const;

const ownerOf = ({ of }: TablePage): Subject | undefined =>
  of && { table: OWNERS[of.kind], id: of.id, title: of.title };

export interface Chosen {
  readonly table: TableName;
  readonly records: readonly AnyRecord[];
}

/** What a verb is said to. Rows that are marked but hidden by a filter count: they are named in the question. */
export function chosenOn(page: Page, context: Context): Chosen | undefined {
  const subject = subjectOf(page, context);
  const on =
    page.kind === 'table' && page.marked.length > 0
      ? (tableOf(page.table).kin ?? page.table)
      : subject?.table;
  if (on === undefined) return undefined;
  const table = tableOf(on);
  if (page.kind === 'table' && page.marked.length === 0 && page.table === on) {
    // It is in its row: to look through ten thousand for it would be a third of what each frame costs.
    const record = context.records[placeOf(page.cursor, context.ids) - context.above.length];
    if (record) return { table: on, records: [record] };
  }
  const ids = new Set(page.kind === 'table' && page.marked.length > 0 ? page.marked : [subject!.id]);
  return { table: on, records: table.list(context.client).filter((record) => ids.has(table.id(record))) };
}

export const jobOf = (subject: Subject | undefined, state: ClusterState): Job | undefined =>
  subject?.table === 'jobs' ? state.jobs.get(subject.id) : undefined;

export const taskOf = (subject: Subject | undefined, state: ClusterState): Task | undefined =>
  subject?.table === 'tasks' ? state.tasks.get(subject.id as TaskId) : undefined;
