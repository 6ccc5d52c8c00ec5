/**
 * What the operator does when all faults are over: lets revoked machines in again, and takes back all that keeps room
 * unused for good reason (quotas, deactivated machines, what a framework that was removed has set aside), so that what is missing
 * then is missing for none. Tries until it has worked.
 */
import type { Client } from '../../src/client/client.ts';
import { callVerb } from '../../src/client/commands.ts';
import { SHARING } from './actions.ts';
import type { Promises } from './promises.ts';
import type { SimCluster } from './sim-cluster.ts';
import { free, leftBehind } from './teardowns.ts';

const AGAIN = 2_000;
const LATE = 40_000;

const withdrawn = ({ state }: Pick<Client, 'state'>): string[] =>
  [...state.agents.values()].flatMap((agent) =>
    agent.withdrawn && agent.state !== 'gone' ? [agent.name] : [],
  );

/** Batch jobs that are paused, and data services in a change that waits for a person. */
const held = ({ state }: Pick<Client, 'state'>): string[] =>
  [...state.jobs.values()].flatMap(({ name, status }) =>
    status === 'paused' || status === 'held' ? [name] : [],
  );

/** Also what comes to light later: what is held, and what a machine brings back whose framework was removed meanwhile. */
async function goOn(sim: SimCluster, promises: Promises, client: Client): Promise<void> {
  for (const job of held(client)) await callVerb(client, job, 'resume');
  for (const line of leftBehind(sim)) await free(sim, promises, line);
}

async function tidy(client: Client): Promise<void> {
  const changes = SHARING.map((role) => ({ role, quota: null }));
  await client.request('roles.set', { changes, force: true });
  for (const name of withdrawn(client)) await client.request('agent.activate', { name });
}

/** @returns whether it is done */
export function tidyUp(sim: SimCluster, promises: Promises): () => boolean {
  let isDone = false;
  const attempt = (): void => {
    const client = sim.user?.client;
    const again = (): void => void sim.clock.after(AGAIN, attempt);
    if (client?.status.phase !== 'live') return again();
    const work = isDone ? Promise.resolve() : tidy(client);
    work
      .then(() => goOn(sim, promises, client))
      .then(() => {
        isDone ||= withdrawn(client).length + held(client).length + leftBehind(sim).length === 0;
        again();
      }, again);
  };
  const admitAll = (): void => {
    for (const machine of sim.machines.values()) if (!machine.gone) sim.admit(machine);
  };
  admitAll();
  // And those whose revocation came late.
  sim.clock.after(LATE, admitAll);
  attempt();
  return () => isDone;
}
