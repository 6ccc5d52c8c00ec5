/**
 * One task ends in a large cluster where nothing else happens, and what it had is offered: the work from the one to the
 * other. Either everybody has refused everything, or nobody but one framework wants offers.
 */
import { compare, table } from './comparison.ts';
import { DecliningCluster } from './declining-cluster.ts';
import type { Part } from './part.ts';
import { TICK } from './published.ts';
import { grouped, once, spreadOf, timed } from './spread.ts';

const AGENTS = 10_000;
const FRAMEWORKS = 1000;
const TASKS = 2000;
const TARGET = 0.5;

const STATES = ['refused', 'suppressed'] as const;

export const part: Part = {
  runs: () => STATES.map((state) => [state]),
  measure([state]) {
    const cluster = new DecliningCluster(AGENTS, FRAMEWORKS);
    cluster.addFrameworks();
    cluster.addAgents();
    if (state === 'suppressed')
      for (const framework of cluster.frameworks.slice(1)) cluster.allocator.suppress(framework);
    cluster.refuseAll();
    const who = state === 'refused' ? 'all have refused all' : 'one wants offers, and has refused all';
    table(`One task ends among ${grouped(AGENTS)} agents × ${grouped(FRAMEWORKS)} frameworks: ${who}`);
    // On an agent of its own each, all over the cluster.
    const times = Array.from({ length: TASKS }, (_, i) => offeredAfter(cluster, i * (AGENTS / TASKS)));
    compare('until it is offered: the first', once(times[0]!), { theirs: TICK });
    compare(`until it is offered, ${who}`, spreadOf(times), { theirs: TICK, target: TARGET });
  },
};

function offeredAfter(cluster: DecliningCluster, index: number): number {
  let offers = 0;
  const time = timed(() => {
    cluster.freeTask(index);
    offers = cluster.allocator.allocate(cluster.now).offers.length;
  });
  if (offers !== 1) throw new Error(`${offers} offers after one task ended`);
  return time;
}
