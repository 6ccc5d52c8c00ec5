/** The one table of verbs, and finding those that make sense for what one stands on. */
import { type AnyRecord, type TableName, tableOf } from '../../client/tables.ts';
import type { ClusterState } from '../../core/cluster.ts';
import { addedVerbs, JOB_VERBS } from './job-verbs.ts';
import { MACHINE_VERBS } from './machine-verbs.ts';
import { ROLE_VERBS } from './role-verbs.ts';
import type { Verb } from './verb.ts';

/** A verb for code that treats all kinds alike. */
export type AnyVerb = Omit<Verb, 'fits' | 'question'> & {
  fits?(record: AnyRecord, state: ClusterState): boolean;
  question?(records: readonly AnyRecord[], argument: string, state: ClusterState): string | undefined;
};

const OWN = [...JOB_VERBS, ...MACHINE_VERBS, ...ROLE_VERBS] as unknown as readonly AnyVerb[];

export const verbsIn = (state: ClusterState): readonly AnyVerb[] => [
  ...OWN,
  ...(addedVerbs(state) as unknown as readonly AnyVerb[]),
];

export const findVerb = (name: string, state: ClusterState): AnyVerb | undefined =>
  verbsIn(state).find((verb) => verb.name === name);

/** Those that can be said now to each of these. */
export const verbsFor = (
  on: TableName,
  records: readonly AnyRecord[],
  state: ClusterState,
): readonly AnyVerb[] =>
  records.length === 0
    ? []
    : verbsIn(state).filter(
        (verb) => verb.on === on && records.every((record) => verb.fits?.(record, state) ?? true),
      );

/** What the master knows it by; records of before may be gone. */
export const nameIn = (on: TableName, record: AnyRecord): string => tableOf(on).title(record);
