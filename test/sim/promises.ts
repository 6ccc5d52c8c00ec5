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
  readonly #busy = new Set<string>();
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
    this.#set(job, [...before, ...after]);
    try {
      await run();
      this.acknowledged += 1;
      sim.note('client', `acknowledged: ${what}`);
      this.#set(job, after);
    } catch (error) {
      this.failed += 1;
      sim.note('client', `not acknowledged: ${what}: ${error instanceof Error ? error.message : error}`);
    } finally {
      this.#busy.delete(job);
    }
  }

  #set(job: string, wishes: readonly Wish[]): void {
    this.#jobs.set(job, new Map(wishes.map((wish) => [JSON.stringify(wish), wish])));
  }
}
