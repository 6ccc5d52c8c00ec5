/**
 * What became of the work of batch jobs: which programs have ended with 0, and of which ends their framework has heard. Against
 * that an invariant holds what the framework remembers (invariants/batch.ts).
 */
import type { Run } from '../../plugins/batch/memory.ts';
import { holds } from '../../plugins/batch/run.ts';
import type { Json } from '../../src/core/json.ts';
import type { TaskId, TaskSpec, TaskStatus } from '../../src/core/task.ts';
import { isTerminal, type TaskState } from '../../src/core/task-state.ts';
import { BATCH } from './batch-jobs.ts';
import type { Ear } from './witness.ts';

/** One index of one run of one job, however often that job comes and goes: each has a mark of its own. */
export const workKey = (job: string, mark: string, run: number | string, index: number | string): string =>
  `${job} ${mark} run ${run} index ${index}`;

/** What the job was submitted with. */
export const inputOf = (
  kv: ReadonlyMap<string, Json>,
  job: string,
  version: number,
): { readonly env: { readonly MARK: string } } | undefined =>
  (kv.get(`spec/${job}/${version}`) as { readonly input: never } | undefined)?.input;

interface InstanceRecord {
  readonly job: string;
  readonly index: number;
  readonly version: number;
  readonly note: { readonly run: number };
}

const BADLY: readonly TaskState[] = ['FAILED', 'ERROR', 'KILLED'];

/** It took too long, and is told to end: however it ends, that counts against it. */
function isLate(kv: ReadonlyMap<string, Json>, { job, index, note }: InstanceRecord): boolean {
  const run = kv.get(`part/${job}/${note.run}`) as unknown as Run | undefined;
  return run !== undefined && holds(run.late, index);
}

/** A success that the framework has taken note of. */
export interface Success {
  readonly job: string;
  readonly mark: string;
  readonly run: Run['number'];
  readonly index: number;
}

export class WorkWitness implements Ear {
  readonly #succeeded = new Set<string>();
  readonly #failed = new Map<string, Set<TaskId>>();
  /** Told of, and not yet known to be remembered. */
  readonly #told = new Map<TaskId, Success>();
  #remembered: Success[] = [];

  ended({ job, env }: TaskSpec, code: number): void {
    const { TENDER_RUN: run, TENDER_INDEX: index, MARK: mark = '' } = env;
    if (code === 0 && run !== undefined) this.#succeeded.add(workKey(job, mark, run, index!));
  }

  hears(framework: string, { task, state }: TaskStatus, kv: ReadonlyMap<string, Json>): void {
    if (framework !== BATCH) return;
    const record = kv.get(`instance/${task}`) as unknown as InstanceRecord | undefined;
    const input = record && inputOf(kv, record.job, record.version);
    if (!record || !input) return;
    const { job, index, note } = record;
    const mark = input.env.MARK;
    const key = workKey(job, mark, note.run, index);
    if (state === 'FINISHED') this.#told.set(task, { job, mark, run: note.run, index });
    else if (BADLY.includes(state) || (isTerminal(state) && isLate(kv, record)))
      this.#failed.set(key, (this.#failed.get(key) ?? new Set()).add(task));
  }

  remembers({ task, state }: TaskStatus): void {
    const success = state === 'FINISHED' ? this.#told.get(task) : undefined;
    if (!success) return;
    this.#told.delete(task);
    this.#remembered.push(success);
  }

  hasSucceeded(key: string): boolean {
    return this.#succeeded.has(key);
  }

  /** So many of its tasks have ended badly, as far as the framework can know. */
  failures(key: string): number {
    return this.#failed.get(key)?.size ?? 0;
  }

  /** Each once. */
  takeRemembered(): Success[] {
    return this.#remembered.splice(0);
  }
}
