/**
 * What people were promised: for each job what it may be by now. A command that was acknowledged leaves one possibility; of
 * one that failed or was never answered nobody knows whether it was done, so what it would have made is one more.
 */
import type { SimCluster } from './sim-cluster.ts';

/** The number of instances, and the mark that each version of a job carries. */
export interface Wish {
  readonly count: number;
  readonly mark: string;
  /** Told to stop: it goes as soon as all of its instances have ended, unless it is wanted again before. */
  readonly stopped: boolean;
}

export const ABSENT: Wish = { count: 0, mark: '', stopped: true };

export const textOf = ({ count, mark, stopped }: Wish): string =>
  stopped ? 'absent' : `${count} of ${mark}`;

export class Promises {
  readonly #jobs = new Map<string, Map<string, Wish>>();
  /** The least number of instances that it may have been wanted with, from each of these times on. */
  readonly #least = new Map<string, { readonly at: number; readonly count: number }[]>();
  readonly #ever = new Map<string, Wish[]>();
  /** When somebody has asked for its data to be destroyed, whether that was heard or not. */
  readonly #purges = new Map<string, number[]>();
  readonly #moved = new Set<string>();
  readonly #mayGo = new Set<string>();
  /** How often its framework may have been removed: of a job, and of each version as it was first wanted. */
  readonly #removals = new Map<string, number>();
  readonly #generations = new Map<string, number>();
  readonly #busy = new Set<string>();
  /** Runs of it that somebody was told of; of a job that may have been forgotten since, none. */
  readonly #runs = new Map<string, Set<number>>();
  /** Runs of it that somebody has ended, and times at which none is to begin. */
  readonly #canceled = new Map<string, Set<number>>();
  readonly #skipped = new Map<string, Set<number>>();
  acknowledged = 0;
  failed = 0;

  /** One command after the other, as one person would give them. */
  isBusy(job: string): boolean {
    return this.#busy.has(job);
  }

  get jobs(): string[] {
    return [...this.#jobs.keys()].sort();
  }

  possible(job: string): Wish[] {
    return [...(this.#jobs.get(job)?.values() ?? [ABSENT])];
  }

  allows(job: string, found: Wish): boolean {
    return this.possible(job).some((wish) => textOf(wish) === textOf(found));
  }

  /** As it once was, where a change that failed was taken back; it may have been scaled since. */
  allowsOlder(job: string, found: Wish): boolean {
    const ever = this.#ever.get(job) ?? [];
    return (
      !found.stopped &&
      this.possible(job).some(({ stopped }) => !stopped) &&
      ever.some(({ mark }) => mark === found.mark) &&
      ever.some(({ count }) => count === found.count)
    );
  }

  mayPurge(job: string, at: number): void {
    this.#purges.set(job, [...(this.#purges.get(job) ?? []), at]);
  }

  /** A person has given up where it is: what runs there may go on beside the one in its place. */
  mayMove(member: string): void {
    this.#moved.add(member);
  }

  mayBeTwice(member: string): boolean {
    return this.#moved.has(member);
  }

  /** A person has said that this volume may go, with what is in it. */
  mayDestroy(volume: string): void {
    this.#mayGo.add(volume);
  }

  mayBeDestroyed(volume: string): boolean {
    return this.#mayGo.has(volume);
  }

  /** Its framework may be removed from now on, and it with it. */
  mayGo(job: string): void {
    this.#removals.set(job, this.#removalsOf(job) + 1);
  }

  #removalsOf(job: string): number {
    return this.#removals.get(job) ?? 0;
  }

  /** A version of the job as it was before its framework was removed is another one's than any after that. */
  generation(job: string, mark: string | undefined): number {
    return this.#generations.get(`${job} ${mark}`) ?? 0;
  }

  wasPurged(job: string, since: number): boolean {
    return this.#purges.get(job)?.some((at) => at >= since) ?? false;
  }

  hasBegun(job: string, run: number): void {
    this.#runs.set(job, new Set([...this.begun(job), run]));
  }

  hasCanceled(job: string, run: number): void {
    this.#canceled.set(job, new Set([...this.canceled(job), run]));
  }

  canceled(job: string): ReadonlySet<number> {
    return this.#canceled.get(job) ?? new Set();
  }

  hasSkipped(job: string, due: number): void {
    this.#skipped.set(job, new Set([...this.skipped(job), due]));
  }

  skipped(job: string): ReadonlySet<number> {
    return this.#skipped.get(job) ?? new Set();
  }

  begun(job: string): ReadonlySet<number> {
    return this.#runs.get(job) ?? new Set();
  }

  /** So few of it may have been wanted at some time since then. */
  leastSince(job: string, since: number): number {
    const all = this.#least.get(job) ?? [];
    const before = all.findLast(({ at }) => at <= since);
    const after = all.filter(({ at }) => at > since);
    return Math.min(...[before?.count ?? 0, ...after.map(({ count }) => count)]);
  }

  /** @param become what the command makes of each thing that the job may be */
  async command(
    sim: SimCluster,
    job: string,
    what: string,
    become: (wish: Wish) => Wish,
    run: () => Promise<unknown>,
  ): Promise<void> {
    this.#busy.add(job);
    const before = this.possible(job);
    const after = before.map(become);
    this.#set(job, [...before, ...after], sim.now);
    try {
      await run();
      this.acknowledged += 1;
      sim.note('client', `acknowledged: ${what}`);
      this.#set(job, after, sim.now);
    } catch (error) {
      this.failed += 1;
      sim.note('client', `not acknowledged: ${what}: ${error instanceof Error ? error.message : error}`);
    } finally {
      this.#busy.delete(job);
    }
  }

  #set(job: string, wishes: readonly Wish[], at: number): void {
    const count = Math.min(...wishes.map((wish) => (wish.stopped ? 0 : wish.count)));
    this.#least.set(job, [...(this.#least.get(job) ?? []), { at, count }]);
    if (wishes.some(({ stopped }) => stopped))
      for (const known of [this.#runs, this.#canceled, this.#skipped]) known.delete(job);
    for (const { mark } of wishes) {
      const key = `${job} ${mark}`;
      this.#generations.set(key, this.#generations.get(key) ?? this.#removalsOf(job));
    }
    this.#jobs.set(job, new Map(wishes.map((wish) => [JSON.stringify(wish), wish])));
    this.#ever.set(job, [...(this.#ever.get(job) ?? []), ...wishes]);
  }
}
