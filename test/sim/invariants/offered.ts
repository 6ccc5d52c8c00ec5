/** Offered is what can be used: of machines that are there and take new work. When all disks are well again, all do. */
import type { SimCluster } from '../sim-cluster.ts';
import type { Invariant } from './invariant.ts';

const stateIn = (sim: SimCluster) => sim.leader?.daemon.parts.log.state;

function wronglyOffered(sim: SimCluster): string[] {
  const { agents, offers } = stateIn(sim) ?? {};
  return [...(offers?.values() ?? [])].flatMap(({ id, agent }) => {
    const { state = 'unknown', withdrawn, fault } = agents?.get(agent) ?? {};
    const isOut = withdrawn !== undefined && withdrawn.state !== 'draining';
    if (state === 'ready' && !isOut && !fault) return [];
    return [
      `${id} is of an agent that is ${[state, withdrawn?.state, fault?.state].filter(Boolean).join(', ')}`,
    ];
  });
}

const stillFaulty = (sim: SimCluster): string[] =>
  [...(stateIn(sim)?.agents.values() ?? [])]
    .filter(({ state, fault }) => state === 'ready' && fault !== undefined)
    .map(({ name, fault }) => `${name} still is ${fault!.state}, though nothing is wrong with its disk`);

export const offered: Invariant = { name: '7 offered', always: wronglyOffered, quiet: stillFaulty };
