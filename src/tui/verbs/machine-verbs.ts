/** What people can do to tasks, to agents and to frameworks. Whatever ends or moves tasks says how many, and asks. */
import { callVerb } from '../../client/commands.ts';
import { exactAgent, findTask } from '../../client/names.ts';
import { removePlugin } from '../../client/plugins.ts';
import { reboot } from '../../client/reboot.ts';
import { holdingsOf } from '../../client/table/holdings.ts';
import { leftOn } from '../../client/table/machines.ts';
import { compareValues, counted, naturalKey } from '../../client/tables.ts';
import type { Agent, ClusterState, Framework } from '../../core/cluster.ts';
import { TenderError } from '../../core/errors.ts';
import type { Task } from '../../core/task.ts';
import { isTerminal } from '../../core/task-state.ts';
import { duration } from '../../core/units.ts';
import { listed, type Verb } from './verb.ts';

/** As `tender drain` without an option. */
export const DRAIN_DEADLINE = '1h';

const names = (agents: readonly Agent[]): string => listed(agents.map(({ name }) => name));

/** `3 tasks`, of all of them together. */
const tasksOn = (agents: readonly Agent[], state: ClusterState): string =>
  counted(
    agents.reduce((sum, { id }) => sum + leftOn(id, state), 0),
    'task',
  );

function timeOf(text: string): number | undefined {
  if (text === 'none') return undefined;
  const time = duration.safeParse(text || DRAIN_DEADLINE);
  if (time.success) return time.data;
  throw new TenderError('usage', { cause: `drain takes a time such as 30m, or none, found "${text}"` });
}

function leaving(agents: readonly Agent[], text: string, state: ClusterState): string {
  const left =
    text === 'none' ? 'nothing is killed' : `what is left after ${text || DRAIN_DEADLINE} is killed`;
  return `moves ${tasksOn(agents, state)} away from ${names(agents)}; ${left}`;
}

const AGENT_VERBS: readonly Verb<'agents'>[] = [
  {
    name: 'drain',
    on: 'agents',
    help: 'move its tasks elsewhere, no new ones',
    takes: { word: 'TIME', isOptional: true, check: (text) => void timeOf(text) },
    fits: ({ state, withdrawn }) => state !== 'gone' && withdrawn?.state !== 'draining',
    question: (agents, text, state) => leaving(agents, text, state),
    run: async (client, name, text) => {
      await client.request('agent.drain', { name, deadlineMs: timeOf(text) });
      return 'is draining';
    },
  },
  {
    name: 'reboot',
    on: 'agents',
    help: 'drain it; when it was restarted, new work again',
    takes: { word: 'TIME', isOptional: true, check: (text) => void timeOf(text) },
    fits: ({ state, withdrawn }) => state !== 'gone' && withdrawn?.state !== 'deactivated',
    question: (agents, text, state) =>
      `${leaving(agents, text, state)}. When it is drained, restart it: back again, it gets new work`,
    run: async (client, name, text) => {
      const agent = exactAgent(client.state, name);
      await reboot(client, agent, { deadlineMs: timeOf(text), say: () => {} });
      return 'was restarted, and gets new work';
    },
  },
  {
    name: 'deactivate',
    on: 'agents',
    help: 'no new work for it; its tasks go on',
    fits: ({ state, withdrawn }) => state !== 'gone' && !withdrawn,
    run: async (client, name) => {
      await client.request('agent.deactivate', { name });
      return 'gets no new work';
    },
  },
  {
    name: 'activate',
    on: 'agents',
    help: 'new work for it again',
    fits: ({ state, withdrawn }) => state !== 'gone' && withdrawn !== undefined,
    run: async (client, name) => {
      await client.request('agent.activate', { name });
      return 'gets new work';
    },
  },
  {
    name: 'give-up',
    on: 'agents',
    help: 'do not wait for it: its tasks go to others now',
    fits: ({ state }) => state === 'disconnected',
    question: (agents, _, state) =>
      `gives ${tasksOn(agents, state)} of ${names(agents)} to others, while ${names(agents)} may still run them`,
    run: async (client, name) => {
      await client.request('agent.give_up', { names: [name] });
      return 'is not waited for';
    },
  },
  {
    name: 'gone',
    on: 'agents',
    help: 'it will not come back',
    fits: ({ state }) => state !== 'gone',
    question: (agents, _, state) =>
      `gives ${tasksOn(agents, state)} up and refuses ${names(agents)} for ever`,
    run: async (client, name) => {
      await client.request('agent.gone', { name });
      return 'is gone';
    },
  },
];

const listing = (tasks: readonly Task[]): string =>
  listed(tasks.map(({ name }) => name).sort((a, b) => compareValues(naturalKey(a), naturalKey(b))));

const whereOf = (tasks: readonly Task[], { agents }: ClusterState): string =>
  listed([...new Set(tasks.map(({ agent }) => agents.get(agent)?.name ?? agent))]);

const TASK_VERBS: readonly Verb<'tasks'>[] = [
  {
    name: 'kill',
    on: 'tasks',
    help: 'end it; its job starts another in its place',
    fits: (task) => !isTerminal(task.state),
    question: (tasks, _, state) =>
      `ends ${listing(tasks)} on ${whereOf(tasks, state)}; ${tasks.length === 1 ? 'its job starts another' : 'their jobs start others'}`,
    run: async (client, name) => {
      await client.request('task.kill', { task: findTask(client.state, name).id });
      return 'is ended';
    },
  },
  {
    name: 'replace',
    on: 'tasks',
    help: 'another home for it, with an empty volume',
    fits: (task, { frameworks }) =>
      !isTerminal(task.state) &&
      frameworks.get(task.framework)?.verbs.some(({ name }) => name === 'replace') === true,
    question: (tasks) => `leaves the data of ${listing(tasks)} behind and starts it elsewhere, empty`,
    run: async (client, name) => {
      await callVerb(client, name.slice(0, name.indexOf('.')), 'replace', { name });
      return 'gets another home';
    },
  },
];

const ids = (frameworks: readonly Framework[]): string => listed(frameworks.map(({ id }) => id));

const FRAMEWORK_VERBS: readonly Verb<'frameworks'>[] = [
  {
    name: 'teardown',
    on: 'frameworks',
    help: 'remove it with its tasks, jobs and stores',
    question: (frameworks, _, state) => {
      const { jobsOf, byFramework } = holdingsOf(state);
      const tasks = frameworks.reduce((sum, { id }) => sum + (byFramework.get(id)?.tasks ?? 0), 0);
      const jobs = frameworks.reduce((sum, { id }) => sum + (jobsOf.get(id) ?? 0), 0);
      return `ends ${counted(tasks, 'task')} of ${counted(jobs, 'job')}, forgets all that ${ids(frameworks)} has stored`;
    },
    run: async (client, name) => {
      await client.request('framework.remove', { name });
      return 'is removed';
    },
  },
  {
    name: 'remove-plugin',
    on: 'frameworks',
    help: 'remove the plugin of this name; it must have no jobs',
    fits: ({ id }, state) => (holdingsOf(state).jobsOf.get(id) ?? 0) === 0,
    question: (frameworks) => `removes the plugin ${ids(frameworks)} with its code`,
    run: async (client, name) => {
      await removePlugin(client, name);
      return 'is removed';
    },
  },
];

export const MACHINE_VERBS = [...AGENT_VERBS, ...TASK_VERBS, ...FRAMEWORK_VERBS] as const;
