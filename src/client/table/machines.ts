/** The list of agents: the machines, what they have, and what is promised and used of it. */
import type { Agent, AgentState, ClusterState } from '../../core/cluster.ts';
import { scalar } from '../../core/resources.ts';
import type { AgentId } from '../../core/task.ts';
import { age, cpus, percent, sizeShare } from './figures.ts';
import { type Holding, holdingsOf, NO_HOLDING } from './holdings.ts';
import { naturalKey } from './natural.ts';
import { column, type Table, type Tone } from './table.ts';

const heldOn = (agent: Agent, state: ClusterState): Readonly<Holding> =>
  holdingsOf(state).byAgent.get(agent.id) ?? NO_HOLDING;

/** How many tasks it still has. */
export const leftOn = (id: AgentId, state: ClusterState): number =>
  holdingsOf(state).byAgent.get(id)?.tasks ?? 0;

/** So many ms one that is away is still waited for; undefined: it is not. */
export const waitedFor = ({ state, until = 0 }: Agent, now: number): number | undefined =>
  state === 'disconnected' && until > now ? until - now : undefined;

/**
 * `ready`, `out of disk`, `draining 2/5`, `deactivated`, `disconnected, given up in 4s`, `unreachable, drained`.
 * @param now absent: without how long it is still waited for
 */
export function agentState(agent: Agent, cluster: ClusterState, now = Number.POSITIVE_INFINITY): string {
  const { state, fault } = agent;
  const wait = waitedFor(agent, now);
  const left = wait === undefined ? undefined : `given up in ${age(wait + 999)}`;
  const found = [left, withdrawalOf(agent, cluster), state === 'ready' ? fault?.state : undefined];
  const words = [state === 'ready' ? undefined : state, ...found].filter((word) => word !== undefined);
  return words.join(', ') || state;
}

function withdrawalOf({ id, withdrawn }: Agent, cluster: ClusterState): string | undefined {
  if (withdrawn?.state !== 'draining') return withdrawn?.state;
  const left = leftOn(id, cluster);
  return `draining ${left}/${Math.max(left, withdrawn.tasks)}`;
}

/** What was measured last of one that is away is no news. */
export const measured = ({ state, usage }: Agent): Agent['usage'] => (state === 'ready' ? usage : undefined);

const percentOf = (part: number | undefined, whole: number): string =>
  part === undefined ? '-' : percent(part, whole);

const AGENT_TONES: Readonly<Record<AgentState, Tone>> = {
  ready: 'good',
  disconnected: 'busy',
  unreachable: 'bad',
  gone: 'faint',
};

export const agents: Table<Agent> = {
  name: 'agents',
  singular: 'agent',
  toned: 'state',
  order: 'name',
  list: ({ state }) => [...state.agents.values()],
  id: (agent) => agent.id,
  title: (agent) => agent.name,
  tone: ({ state, withdrawn, fault }) =>
    state !== 'ready' ? AGENT_TONES[state] : fault ? 'bad' : withdrawn ? 'busy' : 'good',
  over: (agent) => agent.state === 'gone',
  rank: () => 0,
  columns: () => [
    column('name', 'NAME', 0, (agent) => agent.name, {
      min: 16,
      want: 40,
      cutAt: 'middle',
      letter: 'N',
      sort: (agent) => naturalKey(agent.name),
    }),
    column('state', 'STATE', 0, agentState, { letter: 'S' }),
    column('tasks', 'TASKS', 3, (agent, state) => String(heldOn(agent, state).tasks), {
      align: 'right',
      letter: 'T',
      sort: (agent, state) => heldOn(agent, state).tasks,
    }),
    column(
      'cpus',
      'CPUS',
      1,
      (agent, state) => `${cpus(heldOn(agent, state).cpus)}/${cpus(scalar(agent.total, 'cpus'))}`,
      {
        align: 'right',
        letter: 'C',
        sort: (agent, state) => heldOn(agent, state).cpus,
      },
    ),
    column('cpu', 'CPU%', 4, (agent) => percentOf(measured(agent)?.cpus, agent.host.cpus * 1000), {
      align: 'right',
      sort: (agent) => measured(agent)?.cpus ?? -1,
    }),
    column(
      'mem',
      'MEM',
      1,
      (agent, state) => sizeShare(heldOn(agent, state).mem / 1000, scalar(agent.total, 'mem') / 1000),
      {
        align: 'right',
        letter: 'M',
        sort: (agent, state) => heldOn(agent, state).mem,
      },
    ),
    column('memory', 'MEM%', 4, (agent) => percentOf(measured(agent)?.mem, agent.host.mem), {
      align: 'right',
      sort: (agent) => measured(agent)?.mem ?? -1,
    }),
    column(
      'disk',
      'DISK',
      6,
      (agent, state) => sizeShare(heldOn(agent, state).disk / 1000, scalar(agent.total, 'disk') / 1000),
      {
        align: 'right',
        sort: (agent, state) => heldOn(agent, state).disk,
      },
    ),
    column('load', 'LOAD', 7, (agent) => measured(agent)?.load.toFixed(1) ?? '-', {
      align: 'right',
      sort: (agent) => measured(agent)?.load ?? -1,
    }),
    column(
      'runs',
      'RUNS',
      5,
      (agent) =>
        agent.executors
          .filter((e) => e.available)
          .map((e) => e.kind)
          .join(' ') || 'nothing',
    ),
    column('age', 'SINCE', 2, (agent, _, now) => age(now - agent.since), {
      align: 'right',
      letter: 'A',
      ticking: true,
      sort: (agent) => -agent.since,
    }),
    column('address', 'ADDRESS', 8, (agent) => agent.host.address, { min: 12 }),
    column('system', 'SYSTEM', 9, (agent) => `${agent.host.os} ${agent.host.arch}`, { min: 12, max: 32 }),
    column('version', 'VERSION', 10, (agent) => agent.version),
    column(
      'attributes',
      'ATTRIBUTES',
      11,
      (agent) =>
        Object.entries(agent.attributes)
          .map(([name, value]) => `${name}=${value}`)
          .join(' '),
      { min: 12, want: 24 },
    ),
  ],
};
