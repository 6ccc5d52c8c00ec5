/** What is durable of a job that keeps data: where its instances are at home, and how far a change of it has come. */
import type { AgentId, Failures, Instance, TaskId, View } from 'tender/framework';
import type { StatefulSpec } from './spec.ts';

/** Where an instance keeps its data. */
export type HomeRecord = {
  /** Of its volume, and of all that is set aside for it. */
  readonly id: string;
  readonly index: number;
  readonly agent: AgentId;
  /** The agent's address when it was chosen. */
  readonly host: string;
  /** The machine's, by name: they stay, so that others find it. */
  readonly ports: { readonly [name: string]: number };
  readonly chosenAt: number;
  /** Something ran in it: its volume may hold what nobody else has. */
  readonly used: boolean;
  /** The others were there before it. */
  readonly joins: boolean;
  /** Since when its machine is out of reach. */
  readonly awaySince?: number;
};

/** One that is nobody's home any more. */
export type LeftHome = HomeRecord & {
  /** Since when its agent, which is there, has shown nothing of it: for a moment that may be what was asked for, and not so. */
  readonly emptySince?: number;
  /** When its agent was last told to give it back. */
  readonly releasedAt?: number;
  /** A person has said that what is in it may go; or nothing ever was. */
  readonly isGivenUp: boolean;
};

export type ProcedureKind = 'upgrade' | 'restart' | 'replace' | 'scaleUp' | 'scaleDown' | 'drain';

/** Why a procedure does not go on by itself. */
export type Hold = {
  /** `failed`: the step; `unknown`: whether its command ran; `paused`, `undone`: a person wanted it so. */
  readonly is: 'failed' | 'unknown' | 'paused' | 'undone';
  readonly why: string;
};

/** What is being done with one instance, and how far that has come. */
export type Procedure = {
  readonly kind: ProcedureKind;
  readonly index: number;
  /** Of the job: whose runbook it goes by. */
  readonly runbook: number;
  /** Which of its steps is to be done, or under way. */
  readonly step: number;
  /** Since when (ms since 1970). */
  readonly since: number;
  /** The version of the instance before. Absent: it had none. */
  readonly from?: number;
  /** That it gets. */
  readonly to: number;
  /** Of the step that stops it: the task that has to end. */
  readonly ending?: TaskId;
  /** Of a check that is tried again: not before. */
  readonly nextTry?: number;
  readonly hold?: Hold;
};

export type StatefulMemory = {
  readonly homes: { readonly [index: string]: HomeRecord };
  readonly left: readonly LeftHome[];
  /** The instances that shall run, each with the version that it shall have. */
  readonly members: { readonly [index: string]: number };
  /** All have served together once: from then on each change is a procedure. */
  readonly formed: boolean;
  /** They have started, one after the other: one that ends comes back without waiting for those before it. */
  readonly isUp: boolean;
  readonly failures: { readonly [index: string]: Failures };
  readonly procedure?: Procedure;
  /** Of those that go next: whether each is one that goes last. */
  readonly asked: { readonly [index: string]: boolean };
  /** No command before this time: the last one did not come to run. */
  readonly commandsAt?: number;
  /** A person wants these to be started anew, or to get another home. */
  readonly restart: readonly number[];
  readonly replace: readonly number[];
  /** On machines that are being drained: a person has given up stopping these. */
  readonly staying?: readonly number[];
  /** A person has given up the change to this version. */
  readonly aborted?: number;
};

export const NOTHING_REMEMBERED: StatefulMemory = {
  homes: {},
  left: [],
  members: {},
  formed: false,
  isUp: false,
  failures: {},
  asked: {},
  restart: [],
  replace: [],
};

export type StatefulView = View<StatefulSpec, StatefulMemory>;

/** Kept with an instance: the home that it lives in. Kept with a command: the step that it is. */
export type Note = { readonly home: string } | { readonly step: number } | { readonly asks: true };

export const noteOf = ({ note }: Instance): Note => note as Note;

export const isCommand = ({ beside }: Instance): boolean => beside !== undefined;

/** Indices in order. */
export const indicesOf = (record: { readonly [index: string]: unknown }): number[] =>
  Object.keys(record)
    .map(Number)
    .sort((a, b) => a - b);

/** Without this one. */
export function without<T>(record: { readonly [index: string]: T }, index: number): { [index: string]: T } {
  const { [index]: _, ...others } = record;
  return others;
}

/** Without what is being done, and what was to be asked for it. */
export function done({ procedure: _, ...memory }: StatefulMemory): StatefulMemory {
  return { ...memory, asked: {} };
}
