/**
 * What a batch job remembers: its runs, and how far its schedule was followed. Small whatever the count: of what is done
 * only the ranges, details only of what has failed.
 */
import type { AgentId, Failures, Range, View } from 'tender/framework';
import type { BatchSpec } from './spec.ts';

export type Cause = 'submit' | 'schedule' | 'dispatch' | 'now' | 'after';

/** An instance that was given up. */
export type Failure = {
  readonly index: number;
  /** So often it was tried. */
  readonly attempts: number;
  readonly exitCode: number | null;
  readonly message: string;
  /** ms since 1970 */
  readonly at: number;
};

/**
 *   waits ──its turn──▶ started ──all done or given up──▶ ended: complete, failed
 *     └───────stopped───────┴──────none of it is left──▶ ended: stopped
 */
export type Run = {
  readonly number: number;
  readonly cause: Cause;
  /** When it came to be (ms since 1970). */
  readonly at: number;
  /** The time of the schedule that it stands for. */
  readonly due?: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly result?: 'complete' | 'failed' | 'stopped';
  /** Of the job, as it was then. */
  readonly version: number;
  readonly count: number;
  /** Its instances are called `JOB.INDEX`. */
  readonly plain?: true;
  /** By index: the one agent where that instance runs. */
  readonly sites?: readonly AgentId[];
  /** Indices that have ended well. */
  readonly done: readonly Range[];
  /** Indices that were given up. */
  readonly lost: readonly Range[];
  /** Indices that have run for too long, and are being ended. */
  readonly late: readonly Range[];
  /** Indices that are tried again. */
  readonly retrying: { readonly [index: string]: Failures };
  /** The first of what was given up. */
  readonly failures: readonly Failure[];
  /** Parameters, or what the jobs before it gave. */
  readonly env: { readonly [name: string]: string };
  readonly payload?: string;
  /** What its instances gave. */
  readonly output: { readonly [name: string]: string };
  /** None of it is to go on, and why. */
  readonly stopping?: string;
};

export type BatchMemory = {
  /** The number of the last run; 0: none yet. */
  readonly last: number;
  readonly runs: { readonly [number: string]: Run };
  /** Up to here the schedule was followed (ms since 1970). Absent: it was not begun. */
  readonly since?: number;
  /** Nothing of it is started. */
  readonly paused: boolean;
  /** The last time that came and was let pass, and why. */
  readonly skipped?: { readonly at: number; readonly why: string };
  /** Of the jobs that it comes after: which success the last run was for. */
  readonly seen: { readonly [job: string]: number };
  readonly succeeded?: { readonly at: number; readonly output: { readonly [name: string]: string } };
};

export type BatchView = View<BatchSpec, BatchMemory>;

export const NOTHING_REMEMBERED: BatchMemory = { last: 0, runs: {}, paused: false, seen: {} };

/** Those that have not ended; the first one first. */
export const openRuns = ({ runs }: BatchMemory): Run[] =>
  Object.values(runs).filter(({ endedAt }) => endedAt === undefined);

/** The last one first. */
export const endedRuns = ({ runs }: BatchMemory): Run[] =>
  Object.values(runs)
    .filter(({ endedAt }) => endedAt !== undefined)
    .reverse();

export const withRuns = (memory: BatchMemory, changed: readonly Run[]): BatchMemory =>
  changed.length === 0
    ? memory
    : { ...memory, runs: { ...memory.runs, ...Object.fromEntries(changed.map((run) => [run.number, run])) } };

export type NewRun = Pick<Run, 'cause' | 'at' | 'version' | 'count'> &
  Partial<Pick<Run, 'due' | 'env' | 'payload' | 'plain' | 'sites'>>;

export function withNewRun(memory: BatchMemory, { env = {}, ...made }: NewRun): BatchMemory {
  const number = memory.last + 1;
  const nothing = { done: [], lost: [], late: [], retrying: {}, failures: [], output: {} };
  return { ...withRuns(memory, [{ ...nothing, ...made, number, env }]), last: number };
}
