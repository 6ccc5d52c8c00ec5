/** Why an agent is as it is: its state, what is held there and by whom, and what would help. */
import type { Agent, ClusterState } from '../core/cluster.ts';
import { scalar } from '../core/resources.ts';
import { isTerminal } from '../core/task-state.ts';
import { counted, cpus, size } from './table/figures.ts';
import { holdingsOf, NO_HOLDING } from './table/holdings.ts';
import { agentState } from './table/machines.ts';
import type { Why } from './why.ts';

export function whyAgent(agent: Agent, state: ClusterState): Why {
  const { name, total } = agent;
  const held = holdingsOf(state).byAgent.get(agent.id) ?? NO_HOLDING;
  const [has, mem] = [scalar(total, 'cpus'), scalar(total, 'mem')];
  const shares = `${cpus(held.cpus)} of ${cpus(has)} cpus and ${size(held.mem / 1000)} of ${size(mem / 1000)} are held`;
  const over = held.cpus > has || held.mem > mem ? ', more than it has: nothing new starts there' : '';
  return {
    sentence: `${name} is ${agentState(agent, state)}${faultText(agent)}: ${shares} by ${counted(held.tasks, 'task')}${over}${offered(agent, state)}.`,
    agents: jobsOn(agent, state),
    about: 'what has something there',
    help: helpFor(agent),
  };
}

/** What it has been told of it is true as long as it is there. */
const faultText = ({ state, fault }: Agent): string =>
  state === 'ready' && fault ? ` (${fault.why}), and gets no new work` : '';

function offered(agent: Agent, state: ClusterState): string {
  const offers = [...state.offers.values()].filter((offer) => offer.agent === agent.id);
  const to = [...new Set(offers.map(({ framework }) => framework))].sort();
  return to.length === 0 ? '' : `; the rest is offered to ${to.join(' and ')}`;
}

/** What each job has there, the largest first. */
function jobsOn(agent: Agent, state: ClusterState): Why['agents'] {
  const tasks = [...state.tasks.values()].filter(
    (task) => task.agent === agent.id && !isTerminal(task.state),
  );
  return [...Map.groupBy(tasks, ({ job }) => job)]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([job, all]) => {
      const sum = (what: string): number =>
        all.reduce((part, task) => part + scalar(task.resources, what), 0);
      const amounts = `${counted(all.length, 'task')}, ${cpus(sum('cpus'))} cpus, ${size(sum('mem') / 1000)}`;
      return { agent: job, reasons: [amounts] };
    });
}

function helpFor({ name, state, withdrawn, fault }: Agent): string {
  if (state === 'disconnected') return `do not wait for it: tender give-up ${name}`;
  if (state === 'unreachable') return `if it will not come back: tender gone ${name}`;
  if (state === 'ready' && withdrawn) return `let it have work again: tender activate ${name}`;
  if (state === 'ready' && fault?.state === 'out of disk')
    return `free some space on ${name}: it gets new work again by itself`;
  return '';
}
