/**
 * The commands of the REPL in one table: the globals, the methods of things, their help and their completion come from
 * it. Those that wait register how to stop waiting, so that Ctrl-C also closes the stream behind a `logs`.
 */
import { CHANGE_VERBS } from './change-verbs.ts';
import { HAND_VERBS } from './hand-verbs.ts';
import { JOB_VERBS } from './job-verbs.ts';
import { MACHINE_VERBS } from './machine-verbs.ts';
import { MEMBER_VERBS } from './member-verbs.ts';
import { PLUGIN_VERBS } from './plugin-verbs.ts';
import { RESERVATION_VERBS } from './reservation-verbs.ts';
import { ROLE_VERBS } from './role-verbs.ts';
import { RUN_VERBS } from './run-verbs.ts';
import { TASK_VERBS } from './task-verbs.ts';
import type { Verb } from './verb.ts';
import { WATCH_VERBS } from './watch-verbs.ts';

export const VERBS = {
  ...JOB_VERBS,
  ...TASK_VERBS,
  ...CHANGE_VERBS,
  ...RUN_VERBS,
  ...MACHINE_VERBS,
  ...RESERVATION_VERBS,
  ...ROLE_VERBS,
  ...PLUGIN_VERBS,
  ...MEMBER_VERBS,
  ...WATCH_VERBS,
  ...HAND_VERBS,
} as const satisfies Record<string, Verb>;

export type VerbName = keyof typeof VERBS;

/** Those that are worth showing: in read-only sessions only what looks. */
export const verbsFor = (readOnly: boolean): readonly (readonly [VerbName, Verb])[] =>
  (Object.entries(VERBS) as [VerbName, Verb][]).filter(([, verb]) => !(readOnly && verb.changes));
