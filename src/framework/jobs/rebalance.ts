/**
 * Which instances had better run elsewhere, when machines have come, or come back: one move after another, each the best
 * that is left, as long as it is worth it. What counts is how full the agents are (the fuller, the worse, by squares), and
 * how many instances of a job share one. Pure.
 */

import { scalar } from '../../core/resources.ts';
import type { AgentId } from '../../core/task.ts';
import type { AgentView } from '../../wire/messages/framework.ts';
import type { Instance } from './instance.ts';
import type { JobRecord } from './kind.ts';
import type { PlanGround } from './plan-ground.ts';

export interface Move {
  readonly job: string;
  readonly name: string;
  readonly index: number;
  readonly from: AgentId;
  readonly to: AgentId;
  /** How much better it is then, in percent of how uneven it was at first. */
  readonly gain: number;
}

export interface Movable {
  readonly job: JobRecord;
  readonly instance: Instance;
}

/** A move that makes it better by less (in percent) is not worth a restart. */
const WORTH = 5;

/** @param most so many moves at most */
export function rebalance(
  all: readonly Movable[],
  ground: PlanGround,
  agents: ReadonlyMap<AgentId, AgentView>,
  most: number,
): Move[] {
  const uneven = (): number => unevenness(all, ground, agents);
  const atFirst = uneven();
  const moves: Move[] = [];
  const moved = new Set<Movable>();
  while (moves.length < most) {
    const now = uneven();
    let best: { readonly one: Movable; readonly to: AgentId; readonly after: number } | undefined;
    for (const one of all) {
      if (moved.has(one)) continue;
      const to = tryMove(one, ground);
      if (to !== undefined) {
        const after = uneven();
        if (after < (best?.after ?? now)) best = { one, to, after };
        ground.leave(one.instance);
      }
      put(one, one.instance.agent, ground);
    }
    const gain = best ? ((now - best.after) / atFirst) * 100 : 0;
    if (!best || gain < WORTH) break;
    const { one, to } = best;
    ground.leave(one.instance);
    put(one, to, ground);
    moved.add(one);
    const { name, index, agent: from, job } = one.instance;
    moves.push({ job, name, index, from, to, gain });
  }
  return moves;
}

/** @returns where it would go, were it not where it is; it is there then, or nowhere */
function tryMove({ job, instance }: Movable, ground: PlanGround): AgentId | undefined {
  const { task, name, index, agent, version } = instance;
  ground.leave(instance);
  const to = ground.land(job, { index, name, version, avoid: [agent], why: 'move' }, task);
  if (to === agent) ground.leave(instance);
  return to === agent ? undefined : to;
}

const put = ({ job, instance }: Movable, on: AgentId, ground: PlanGround): void => {
  const { task, name, index, version } = instance;
  ground.land(job, { index, name, version, on, why: 'move' }, task);
};

/** 0: all agents are empty. */
function unevenness(
  all: readonly Movable[],
  ground: PlanGround,
  agents: ReadonlyMap<AgentId, AgentView>,
): number {
  let sum = 0;
  for (const { id, total } of agents.values())
    for (const name of ['cpus', 'mem'] as const) {
      const has = scalar(total, name);
      if (has > 0) sum += ((has - scalar(ground.free(id), name)) / has) ** 2;
    }
  const jobs = new Map(
    all.map(({ instance: { job } }) => [job, all.filter((one) => one.instance.job === job).length]),
  );
  for (const [job, count] of jobs)
    for (const id of agents.keys()) sum += (ground.running(job, id) / count) ** 2 / jobs.size;
  return sum;
}
