/**
 * What things of the cluster have beside their records: figures in the units that people use (cpus, MiB), and what
 * belongs to them. Counted from the replica when it is asked for, never kept.
 */
import { holdingsOf, NO_HOLDING } from '../client/table/holdings.ts';
import type { Records } from '../client/tables.ts';
import type { ClusterState } from '../core/cluster.ts';
import { rangesOf, scalar } from '../core/resources.ts';
import { isTerminal } from '../core/task-state.ts';
import type { ListName } from './lists.ts';

/** Cpus, and MiB. */
export interface Amounts {
  readonly cpus: number;
  readonly mem: number;
  readonly disk: number;
}

type Computed<R> = Readonly<Record<string, (record: R, state: ClusterState) => unknown>>;

const capacityOf = ({ total }: Records['agents']): Amounts => amountsIn((name) => scalar(total, name));

const amountsIn = (milliOf: (name: keyof Amounts) => number): Amounts => ({
  cpus: milliOf('cpus') / 1000,
  mem: milliOf('mem') / 1000,
  disk: milliOf('disk') / 1000,
});

const inUse = (use: { readonly cpus: number; readonly mem: number } | undefined) =>
  use && { cpus: use.cpus / 1000, mem: use.mem };

/** Of the tasks of these, see things.ts. */
export const COMPUTED: { readonly [N in ListName]: Computed<Records[N]> } = {
  agents: {
    capacity: capacityOf,
    free: (agent, state) => {
      const held = holdingsOf(state).byAgent.get(agent.id) ?? NO_HOLDING;
      return amountsIn((name) => scalar(agent.total, name) - held[name]);
    },
    use: ({ usage }) => usage && { ...inUse(usage), disk: usage.disk, load: usage.load },
  },
  jobs: {},
  tasks: {
    asked: ({ resources }) => amountsIn((name) => scalar(resources, name)),
    use: ({ id, agent, state }, cluster) =>
      isTerminal(state) ? undefined : inUse(cluster.agents.get(agent)?.usage?.tasks[id]),
    agentName: ({ agent }, state) => state.agents.get(agent)?.name ?? agent,
  },
  frameworks: {},
  offers: {
    agentName: ({ agent }, state) => state.agents.get(agent)?.name ?? agent,
    cpus: ({ resources }) => scalar(resources, 'cpus') / 1000,
    mem: ({ resources }) => scalar(resources, 'mem') / 1000,
    disk: ({ resources }) => scalar(resources, 'disk') / 1000,
    ports: ({ resources }) => rangesOf(resources, 'ports'),
  },
  roles: {},
};

/** Things of which tasks are a part: whether a task is one of theirs. */
export const TASKS_OF: {
  readonly [N in ListName]?: (record: Records[N], task: Records['tasks']) => boolean;
} = {
  agents: ({ id }, { agent, state }) => agent === id && !isTerminal(state),
  jobs: ({ name }, { job, closed }) => job === name && !closed,
  frameworks: ({ id }, { framework, closed }) => framework === id && !closed,
};
