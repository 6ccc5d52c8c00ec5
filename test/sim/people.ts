/** Those who give commands: how they give one, and what is remembered of it. Luck comes from the plan. */
import type { Client } from '../../src/client/client.ts';
import type { Machine } from './machine.ts';
import type { Promises, Wish } from './promises.ts';
import type { SimCluster } from './sim-cluster.ts';

/** Each in [0, 1). */
export interface Luck {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

export interface Action {
  readonly name: string;
  /** How often, compared with the others. */
  readonly weight: number;
  run(sim: SimCluster, promises: Promises, luck: Luck): void;
}

export const pick = <T>(list: readonly T[], luck: number): T | undefined =>
  list[Math.floor(luck * list.length)];
export const upTo = (most: number, luck: number): number => Math.floor(luck * (most + 1));

/** Commands need a connection that has seen the cluster: names are looked up in the replica. */
export function command(
  sim: SimCluster,
  promises: Promises,
  job: string,
  what: string,
  become: (wish: Wish) => Wish,
  run: (client: Client) => Promise<unknown>,
): void {
  const { user } = sim;
  if (promises.isBusy(job) || !user?.process.alive || user.client.status.phase !== 'live') return;
  sim.note('client', what);
  const { process, client } = user;
  void promises.command(
    sim,
    job,
    what,
    become,
    () =>
      new Promise((resolve, reject) => {
        process.whenKilled(() => reject(new Error('the client died')));
        run(client).then(resolve, reject);
      }),
  );
}

/** The request of an operator: it may fail, and then nothing is promised. */
export function request(sim: SimCluster, what: string, run: () => Promise<unknown>): void {
  const { user } = sim;
  if (!user?.process.alive || user.client.status.phase !== 'live') return;
  sim.note('client', what);
  run().then(
    () => sim.note('client', `acknowledged: ${what}`),
    (error: unknown) => sim.note('client', `not acknowledged: ${what}: ${(error as Error).message}`),
  );
}

/** The machines that nobody has given up: of the others nothing is known, and nothing on them counts. */
export const present = (sim: SimCluster): Machine[] => [...sim.machines.values()].filter(({ gone }) => !gone);
export const clientOf = (sim: SimCluster) => sim.user!.client;
