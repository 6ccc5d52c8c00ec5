/**
 * Who has how much, as the allocator compares it: roles by the largest part of the pool that their tasks hold, divided by
 * their weight; frameworks in one role by what each holds there. (Of an open offer the allocator counts what its framework
 * could use of it as well; that is known to it alone.)
 */
import { type ClusterState, defaultRole, type Framework } from '../../core/cluster.ts';
import { scalar } from '../../core/resources.ts';
import type { FrameworkId } from '../../core/task.ts';
import { isLive } from '../../core/task-state.ts';
import { dominantOf, type Holding, holdingsOf, NO_HOLDING } from './holdings.ts';

/** Of a framework, in one of its roles. */
export interface RoleShare {
  readonly role: string;
  readonly weight: number;
  /** Of all that is held in the role and below it, over its weight: who has least is offered first. */
  readonly weighted: number;
  /** The framework's own. */
  readonly held: Readonly<Holding>;
  readonly share: number;
  readonly suppressed: boolean;
  /** Offers that it has in this role. */
  readonly offers: number;
}

export const dominantShare = (framework: Framework, state: ClusterState): number =>
  dominantOf(holdingsOf(state).byFramework.get(framework.id) ?? NO_HOLDING, state);

export function weightedShare(role: string, state: ClusterState): number {
  const { weight } = state.roles.get(role) ?? defaultRole(role);
  return dominantOf(holdingsOf(state).byRole.get(role) ?? NO_HOLDING, state) / weight;
}

export function roleShares(framework: Framework, state: ClusterState): RoleShare[] {
  const here = heldByRole(framework.id, state);
  return framework.roles.map((role) => {
    const held = here.get(role) ?? NO_HOLDING;
    return {
      role,
      weight: (state.roles.get(role) ?? defaultRole(role)).weight,
      weighted: weightedShare(role, state),
      held,
      share: dominantOf(held, state),
      suppressed: framework.suppressed.includes(role),
      offers: [...state.offers.values()].filter((o) => o.framework === framework.id && o.role === role)
        .length,
    };
  });
}

function heldByRole(framework: FrameworkId, state: ClusterState): ReadonlyMap<string, Readonly<Holding>> {
  const held = new Map<string, Holding>();
  for (const task of state.tasks.values()) {
    if (task.framework !== framework || !isLive(task.state)) continue;
    const sum = held.get(task.role) ?? { ...NO_HOLDING };
    held.set(task.role, sum);
    sum.cpus += scalar(task.resources, 'cpus');
    sum.mem += scalar(task.resources, 'mem');
    sum.disk += scalar(task.resources, 'disk');
    sum.tasks += 1;
  }
  return held;
}
