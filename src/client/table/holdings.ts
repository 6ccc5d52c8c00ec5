/**
 * What tasks hold, summed per agent, per framework and per role. Counted once per state of the replica (its `seq`), however many
 * rows ask for it: a screen of agents must not walk all tasks once per row.
 */
import type { ClusterState } from '../../core/cluster.ts';
import { scalar } from '../../core/resources.ts';
import { ancestorsOf } from '../../core/roles.ts';
import type { AgentId, FrameworkId } from '../../core/task.ts';
import { isLive } from '../../core/task-state.ts';

/** Thousandths, as in resources. */
export interface Holding {
  cpus: number;
  mem: number;
  disk: number;
  tasks: number;
}

export interface Holdings {
  readonly byAgent: ReadonlyMap<AgentId, Readonly<Holding>>;
  readonly byFramework: ReadonlyMap<FrameworkId, Readonly<Holding>>;
  /** With all below it. */
  readonly byRole: ReadonlyMap<string, Readonly<Holding>>;
  readonly jobsOf: ReadonlyMap<FrameworkId, number>;
  readonly offersOf: ReadonlyMap<FrameworkId, number>;
  readonly total: Readonly<Holding>;
}

export const NO_HOLDING: Readonly<Holding> = { cpus: 0, mem: 0, disk: 0, tasks: 0 };

const counted = new WeakMap<ClusterState, { seq: number; holdings: Holdings }>();

export function holdingsOf(state: ClusterState): Holdings {
  const known = counted.get(state);
  if (known && known.seq === state.seq) return known.holdings;
  const holdings = count(state);
  counted.set(state, { seq: state.seq, holdings });
  return holdings;
}

function entry<K, V>(map: Map<K, V>, key: K, fresh: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = fresh();
  map.set(key, made);
  return made;
}

const nothing = (): Holding => ({ ...NO_HOLDING });

function add(holder: Holding, cpus: number, mem: number, disk: number): void {
  holder.cpus += cpus;
  holder.mem += mem;
  holder.disk += disk;
  holder.tasks++;
}

function count(state: ClusterState): Holdings {
  const byAgent = new Map<AgentId, Holding>();
  const byFramework = new Map<FrameworkId, Holding>();
  const byRole = new Map<string, Holding>();
  /** Of a role and all above it. */
  const upwards = new Map<string, readonly Holding[]>();
  const total = nothing();
  // Once a second through ten thousand tasks: nothing is made for each of them.
  for (const task of state.tasks.values()) {
    if (!isLive(task.state)) continue;
    const cpus = scalar(task.resources, 'cpus');
    const mem = scalar(task.resources, 'mem');
    const disk = scalar(task.resources, 'disk');
    add(total, cpus, mem, disk);
    add(entry(byAgent, task.agent, nothing), cpus, mem, disk);
    add(entry(byFramework, task.framework, nothing), cpus, mem, disk);
    const roles = entry(upwards, task.role, () =>
      [task.role, ...ancestorsOf(task.role)].map((role) => entry(byRole, role, nothing)),
    );
    for (const holder of roles) add(holder, cpus, mem, disk);
  }
  const jobsOf = new Map<FrameworkId, number>();
  for (const job of state.jobs.values()) jobsOf.set(job.framework, (jobsOf.get(job.framework) ?? 0) + 1);
  const offersOf = new Map<FrameworkId, number>();
  for (const offer of state.offers.values())
    offersOf.set(offer.framework, (offersOf.get(offer.framework) ?? 0) + 1);
  return { byAgent, byFramework, byRole, jobsOf, offersOf, total };
}

export interface Pool {
  readonly cpus: number;
  readonly mem: number;
  readonly disk: number;
}

/**
 * What the agents that are there give to the pool, what their machines have, and what is measured in use on these: a machine
 * may give less than it has, and what else runs there is no use of the pool. All in thousandths.
 */
export function poolOf(state: ClusterState): Readonly<Record<'total' | 'machines' | 'used', Pool>> {
  const total = { cpus: 0, mem: 0, disk: 0 };
  const machines = { cpus: 0, mem: 0, disk: 0 };
  const used = { cpus: 0, mem: 0, disk: 0 };
  for (const agent of state.agents.values()) {
    if (agent.state !== 'ready' && agent.state !== 'disconnected') continue;
    for (const name of ['cpus', 'mem', 'disk'] as const) total[name] += scalar(agent.total, name);
    for (const name of ['cpus', 'mem', 'disk'] as const) machines[name] += agent.host[name] * 1000;
    used.cpus += agent.usage?.cpus ?? 0;
    used.mem += (agent.usage?.mem ?? 0) * 1000;
    used.disk += (agent.usage?.disk ?? 0) * 1000;
  }
  return { total, machines, used };
}

/** Dominant share: the largest of its shares of the pool, as the allocator sees it (weights aside). */
export function dominantOf(held: Readonly<Holding>, state: ClusterState): number {
  const { total } = poolOf(state);
  return Math.max(
    ...(['cpus', 'mem', 'disk'] as const).map((name) => (total[name] > 0 ? held[name] / total[name] : 0)),
  );
}
