/** The lists of agents and of offers: what there is, and what is being offered of it. */
import type { Agent, AgentState, ClusterState, Offer } from '../../core/cluster.ts';
import { countRanges, rangesOf, scalar } from '../../core/resources.ts';
import { formatRanges } from '../../core/resources-text.ts';
import type { AgentId } from '../../core/task.ts';
import { age, cpus, percent, short, size, sizeShare } from './figures.ts';
import { type Holding, holdingsOf, NO_HOLDING } from './holdings.ts';
import { naturalKey } from './natural.ts';
import { column, type Table, type Tone } from './table.ts';

const heldOn = (agent: Agent, state: ClusterState): Readonly<Holding> =>
  holdingsOf(state).byAgent.get(agent.id) ?? NO_HOLDING;

/** How many tasks it still has. */
export const leftOn = (id: AgentId, state: ClusterState): number =>
  holdingsOf(state).byAgent.get(id)?.tasks ?? 0;

/** `ready`, `draining 2/5`, `deactivated`, `unreachable, drained`. */
export function agentState({ id, state, withdrawn }: Agent, cluster: ClusterState): string {
  if (!withdrawn) return state;
  const left = leftOn(id, cluster);
  const progress = withdrawn.state === 'draining' ? ` ${left}/${Math.max(left, withdrawn.tasks)}` : '';
  const said = `${withdrawn.state}${progress}`;
  return state === 'ready' ? said : `${state}, ${said}`;
}

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
  tone: ({ state, withdrawn }) => (state === 'ready' && withdrawn ? 'busy' : AGENT_TONES[state]),
  over: (agent) => agent.state === 'gone',
  rank: () => 0,
  columns: () => [
    column('name', 'NAME', 0, (agent) => agent.name, {
      min: 20,
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
    column(
      'cpu',
      'CPU%',
      4,
      (agent) => (agent.usage ? percent(agent.usage.cpus, agent.host.cpus * 1000) : '-'),
      {
        align: 'right',
        sort: (agent) => agent.usage?.cpus ?? -1,
      },
    ),
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
    column('memory', 'MEM%', 4, (agent) => (agent.usage ? percent(agent.usage.mem, agent.host.mem) : '-'), {
      align: 'right',
      sort: (agent) => agent.usage?.mem ?? -1,
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
    column('load', 'LOAD', 7, (agent) => (agent.usage ? short(agent.usage.load) : '-'), {
      align: 'right',
      sort: (agent) => agent.usage?.load ?? -1,
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
      { min: 12 },
    ),
  ],
};

const agentName = (offer: Offer, state: ClusterState): string =>
  state.agents.get(offer.agent)?.name ?? offer.agent;

/** Ports of an offer: the ranges while they are few. */
function ports(offer: Offer): string {
  const ranges = rangesOf(offer.resources, 'ports');
  if (ranges.length === 0) return '-';
  return ranges.length <= 2 ? formatRanges(ranges).slice(1, -1) : `${countRanges(ranges)} ports`;
}

export const offers: Table<Offer> = {
  name: 'offers',
  singular: 'offer',
  toned: 'id',
  order: '-age',
  list: ({ state }) => [...state.offers.values()],
  id: (offer) => offer.id,
  title: (offer) => offer.id,
  tone: () => 'plain',
  over: () => false,
  rank: () => 0,
  columns: () => [
    column('id', 'OFFER', 0, (offer) => offer.id, {
      min: 6,
      max: 24,
      letter: 'N',
      sort: (offer) => naturalKey(offer.id),
    }),
    column('framework', 'TO', 1, (offer) => offer.framework, { min: 6, letter: 'F' }),
    column('role', 'ROLE', 4, (offer) => offer.role),
    column('agent', 'AGENT', 1, agentName, { min: 6, letter: 'W' }),
    column('cpus', 'CPUS', 2, (offer) => cpus(scalar(offer.resources, 'cpus')), {
      align: 'right',
      letter: 'C',
      sort: (offer) => scalar(offer.resources, 'cpus'),
    }),
    column('mem', 'MEM', 2, (offer) => size(scalar(offer.resources, 'mem') / 1000), {
      align: 'right',
      letter: 'M',
      sort: (offer) => scalar(offer.resources, 'mem'),
    }),
    column('disk', 'DISK', 5, (offer) => size(scalar(offer.resources, 'disk') / 1000), {
      align: 'right',
      sort: (offer) => scalar(offer.resources, 'disk'),
    }),
    column('ports', 'PORTS', 6, ports, { min: 12 }),
    column('age', 'AGE', 3, (offer, _, now) => age(now - offer.at), {
      align: 'right',
      letter: 'A',
      ticking: true,
      sort: (offer) => -offer.at,
    }),
    column('expires', 'EXPIRES', 7, (offer, _, now) => `in ${age(offer.expiresAt - now)}`, {
      align: 'right',
      ticking: true,
      sort: (offer) => offer.expiresAt,
    }),
  ],
};
