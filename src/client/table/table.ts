/**
 * What a list of one kind of record is, for every face: its columns, its order, its colours' meaning. Text depends only
 * on the record, the replica and the time, so a row is formatted without a screen.
 */
import type { Agent, ClusterState, Framework, Job, Offer, RoleRecord } from '../../core/cluster.ts';
import type { Numbered } from '../../core/events.ts';
import type { QuotaUse } from '../../core/quota-rules.ts';
import type { Task } from '../../core/task.ts';
import type { PluginInfo } from '../../wire/messages/plugin.ts';
import type { Client } from '../client.ts';
import type { SortValue } from './natural.ts';
import type { QuotaLine } from './quotas.ts';
import type { ReservationLine } from './reservations.ts';

/** What a state means to people; each face has its own colours for it. */
export type Tone = 'good' | 'busy' | 'bad' | 'faint' | 'plain';

export interface Part {
  readonly text: string;
  readonly tone: Tone;
}

export interface Column<R> {
  readonly key: string;
  readonly title: string;
  readonly align: 'left' | 'right';
  /** On a narrow screen the highest goes first; 0 always stays. */
  readonly priority: number;
  /** It may be cut to so many cells, no further; figures and states are not cut at all. */
  readonly min: number;
  /** Before it is cut to less than so many cells, columns that only add to it (`ADDS`) are left out. Default: `min`. */
  readonly want?: number;
  /** Where it is cut: the end of a name tells it from its siblings, a list is cut between items. Default: at its end. */
  readonly cutAt?: 'middle' | 'item';
  /** It is cut to so many cells even where there is room. Default: no limit. */
  readonly max?: number;
  /** The letter that sorts by it (with shift). */
  readonly letter?: string;
  /** Its text changes with time alone: filters don't look at it. */
  readonly ticking?: boolean;
  text(record: R, state: ClusterState, now: number): string;
  /** The same text in parts, each with a tone of its own: bars, strips of marks. */
  parts?(record: R, state: ClusterState): readonly Part[];
  sort(record: R, state: ClusterState): SortValue;
}

/** Where records come from: a client, or what is left of one in a test. */
export type Source = Pick<Client, 'state' | 'recent'> & { readonly told?: Told | undefined };

/** What only the master knows, as it was last asked. */
export interface Told {
  readonly plugins?: readonly PluginInfo[] | undefined;
  readonly quotas?: readonly QuotaUse[] | undefined;
}

export interface Records {
  readonly agents: Agent;
  readonly jobs: Job;
  readonly tasks: Task;
  readonly frameworks: Framework;
  readonly offers: Offer;
  readonly roles: RoleRecord;
  readonly events: Numbered;
  readonly updates: Job;
  readonly schedule: Job;
  readonly volumes: ReservationLine;
  readonly quotas: QuotaLine;
  readonly plugins: PluginInfo;
}
export type TableName = keyof Records;
export type AnyRecord = Records[TableName];

export interface Table<R> {
  readonly name: TableName;
  /** Its records are those of this table: what can be said of them there can be said here. */
  readonly kin?: TableName;
  /** One of them, in words. */
  readonly singular: string;
  /** The column whose text wears the tone. */
  readonly toned: string;
  /** The column it is sorted by until someone asks for another; `-` before it: descending. */
  readonly order: string;
  list(source: Source): readonly R[];
  columns(state: ClusterState): readonly Column<R>[];
  id(record: R): string;
  /** What people type for it. */
  title(record: R): string;
  tone(record: R, state: ClusterState): Tone;
  /** History: shown faint. */
  over(record: R): boolean;
  /** A step on the way to something that is told as well: only a filter finds it. @default none is */
  readonly minor?: (record: R) => boolean;
  /** In the default order, lower comes first whatever the column says. */
  rank(record: R): number;
}

type ColumnOptions<R> = Partial<
  Pick<Column<R>, 'align' | 'min' | 'want' | 'max' | 'cutAt' | 'letter' | 'ticking' | 'sort' | 'parts'>
>;

const UNCUT = Number.MAX_SAFE_INTEGER;

/** A column that sorts by its text unless told otherwise. */
export function column<R>(
  key: string,
  title: string,
  priority: number,
  text: Column<R>['text'],
  options: ColumnOptions<R> = {},
): Column<R> {
  return {
    key,
    title,
    priority,
    text,
    align: options.align ?? 'left',
    min: options.min ?? UNCUT,
    sort: options.sort ?? ((record, state) => text(record, state, 0)),
    ...(options.want === undefined ? {} : { want: options.want }),
    ...(options.cutAt === undefined ? {} : { cutAt: options.cutAt }),
    ...(options.max === undefined ? {} : { max: options.max }),
    ...(options.letter === undefined ? {} : { letter: options.letter }),
    ...(options.ticking === undefined ? {} : { ticking: options.ticking }),
    ...(options.parts === undefined ? {} : { parts: options.parts }),
  };
}
