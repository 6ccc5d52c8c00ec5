/**
 * Jobs that need others, of whatever framework: they start when those are there, and change only while those are as they
 * should be. What runs goes on: nothing is stopped because something that it needs is away.
 */
import type { Job } from '../../core/cluster.ts';
import type { JobBase } from '../../core/job-spec.ts';
import type { FrameworkContext } from '../define.ts';
import { fills, type Instance } from './instance.ts';
import type { JobRecord } from './kind.ts';

const DONE: ReadonlySet<string> = new Set(['complete', 'finished']);

/** All that was wanted of it serves, or it has ended well. */
const isSettled = (job: Job | undefined): boolean =>
  job !== undefined && (job.status === 'running' || DONE.has(job.status));

/** Somebody can be served. */
const isThere = (job: Job | undefined): boolean =>
  job !== undefined && (job.healthy > 0 || DONE.has(job.status));

export class Needs {
  readonly #context: FrameworkContext;
  readonly #follows: (spec: JobBase) => readonly string[];
  #watched = '';

  constructor(context: FrameworkContext, follows: (spec: JobBase) => readonly string[]) {
    this.#context = context;
    this.#follows = follows;
  }

  /** After a new subscription: the master has heard nothing. */
  forget(): void {
    this.#watched = '';
  }

  /** All that these jobs need or follow is heard of from now on. */
  watch(jobs: Iterable<JobRecord>): void {
    const names = [...new Set([...jobs].flatMap((job) => this.of(job.spec)))].sort();
    if (names.join(' ') === this.#watched) return;
    this.#watched = names.join(' ');
    this.#context.watch(names);
  }

  /** All that it waits for, in one way or another. */
  of(spec: JobBase): readonly string[] {
    return [...(spec.needs ?? []), ...this.#follows(spec)];
  }

  /** Of those that it needs, what is not as it should be. */
  unsettled({ spec }: JobRecord): string[] {
    return (spec.needs ?? []).filter((name) => !isSettled(this.#context.jobs.get(name)));
  }

  /** Of those that it needs, what keeps it from being started: all that is unsettled at first, later what is not there. */
  missing(job: JobRecord, instances: readonly Instance[]): string[] {
    if (!instances.some(fills)) return this.unsettled(job);
    return (job.spec.needs ?? []).filter((name) => !isThere(this.#context.jobs.get(name)));
  }
}
