/** Drained is what it says: nothing that the master knows of runs there any more. */
import { isLive } from '../../../src/core/task-state.ts';
import type { SimCluster } from '../sim-cluster.ts';
import type { Invariant } from './invariant.ts';

function wronglyDrained(sim: SimCluster): string[] {
  const state = sim.leader?.daemon.parts.log.state;
  if (!state) return [];
  const drained = new Set(
    [...state.agents.values()].flatMap(({ id, withdrawn }) => (withdrawn?.state === 'drained' ? [id] : [])),
  );
  return [...state.tasks.values()]
    .filter((task) => drained.has(task.agent) && isLive(task.state))
    .map((task) => `${task.id} is ${task.state} on an agent that is drained`);
}

export const drained: Invariant = { name: '5 drained', always: wronglyDrained };
