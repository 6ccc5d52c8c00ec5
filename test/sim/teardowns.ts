/**
 * A framework is removed, with all that it runs, shows and has written down. Its plugin is still there, so it comes back, knowing
 * nothing, and takes new jobs. What it has set aside on machines stays until a person frees it: data outlives the program
 * that wrote it.
 */
import { destroyVolume } from '../../src/client/reservations.ts';
import { type ReservationLine, reservationsIn } from '../../src/client/table/reservations.ts';
import type { FrameworkId } from '../../src/core/task.ts';
import { STATEFUL } from './databases.ts';
import { type Action, clientOf, pick, request } from './people.ts';
import { ABSENT, type Promises } from './promises.ts';
import type { SimCluster } from './sim-cluster.ts';

/** A home is called after its instance and the time at which it was chosen. */
const chosenAt = (home: string): number => Number.parseInt(home.slice(home.lastIndexOf('-') + 1), 36);

/** What data services have left behind whose framework was removed, and that no task holds any more. */
export function leftBehind(sim: SimCluster): ReservationLine[] {
  const id = STATEFUL as FrameworkId;
  const record = sim.leader?.daemon.parts.registry.frameworks.get(id);
  if (record?.born === undefined || record.removedAt !== undefined || !sim.user) return [];
  // A master may die before it says so, and one that was suspended is late with its clock.
  const since = Math.max(record.born, sim.removals.get(id) ?? 0);
  return reservationsIn(sim.user.client.state).filter(
    ({ principal, labels, tasks }) =>
      principal === STATEFUL && chosenAt(labels?.['home'] ?? '') < since && tasks.length === 0,
  );
}

/** First the volume, then what it was made of. */
export async function free(sim: SimCluster, promises: Promises, line: ReservationLine): Promise<void> {
  const { agent: name, volume, resources } = line;
  if (volume === undefined) return void (await clientOf(sim).request('agent.unreserve', { name, resources }));
  promises.mayDestroy(volume);
  await destroyVolume(clientOf(sim), line);
}

/** @param jobsOf of each framework that may be removed */
export const teardownActions = (jobsOf: Readonly<Record<string, readonly string[]>>): readonly Action[] => [
  {
    name: 'remove a framework',
    weight: 0.5,
    run(sim, promises, { a }) {
      const [name, jobs] = pick(Object.entries(jobsOf), a)!;
      const { user } = sim;
      if (jobs.some((job) => promises.isBusy(job)) || user?.client.status.phase !== 'live') return;
      const removed = user.client.request('framework.remove', { name });
      const died = new Promise<never>((_, reject) =>
        user.process.whenKilled(() => reject(new Error('the client died'))),
      );
      for (const job of jobs) {
        promises.mayGo(job);
        void promises.command(
          sim,
          job,
          `remove framework ${name}, with ${job}`,
          () => ABSENT,
          () => Promise.race([removed, died]),
        );
      }
    },
  },
  {
    name: 'free what was left behind',
    weight: 0.5,
    run(sim, promises, { a }) {
      const line = pick(leftBehind(sim), a);
      if (line)
        request(sim, `free ${line.volume ?? 'what was left behind'}`, () => free(sim, promises, line));
    },
  },
];
