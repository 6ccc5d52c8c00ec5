/**
 * Names as people type them: the full name, or, to look at something, any prefix that fits only one thing. A job stands
 * for its tasks where a command takes tasks.
 */
import type { Agent, ClusterState, Framework, Job, RoleRecord } from '../core/cluster.ts';
import { type ErrorCode, TenderError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import type { FrameworkId, Task } from '../core/task.ts';
import { isTerminal } from '../core/task-state.ts';

/** @throws TenderError `unknown`, or `name.ambiguous` with the candidates */
function pick<T>(items: readonly T[], name: string, nameOf: (item: T) => string, unknown: ErrorCode): T {
  const exact = items.find((item) => nameOf(item) === name);
  if (exact) return exact;
  const near = items.filter((item) => nameOf(item).startsWith(name));
  if (near.length === 1) return near[0]!;
  if (near.length === 0 || name === '') throw new TenderError(unknown, { name });
  throw new TenderError('name.ambiguous', { name, matches: near.map(nameOf).sort().slice(0, 8).join(', ') });
}

export const findJob = (state: ClusterState, name: string): Job =>
  pick([...state.jobs.values()], name, (job) => job.name, 'job.unknown');

/** For what changes or ends something a prefix is no name: a line that is repeated must not hit another job. */
export function exactJob(state: ClusterState, name: string): Job {
  const job = state.jobs.get(name);
  if (!job) throw new TenderError('job.unknown', { name, hint: meant(name, [...state.jobs.keys()]) });
  return job;
}

/** As `exactJob`. */
export function exactAgent(state: ClusterState, name: string): Agent {
  const agents = [...state.agents.values()];
  const agent = agents.find((one) => one.name === name);
  if (!agent)
    throw new TenderError('agent.unknown', {
      name,
      hint: meant(
        name,
        agents.map((one) => one.name),
      ),
    });
  return agent;
}

/** As `exactJob`. */
export function exactFramework(state: ClusterState, name: string): Framework {
  const framework = state.frameworks.get(name as FrameworkId);
  if (!framework) {
    const hint = meant(name, [...state.frameworks.keys()]);
    throw new TenderError('framework.unknown', { name, hint });
  }
  return framework;
}

/** One of which something was said. As `exactJob`. */
export function exactRole(state: ClusterState, name: string): RoleRecord {
  const record = state.roles.get(name);
  if (!record) throw new TenderError('role.unknown', { name, hint: meant(name, [...state.roles.keys()]) });
  return record;
}

/** For the end of an error's sentence. */
export function meant(name: string, known: readonly string[]): string {
  const near = known.find((one) => one.startsWith(name)) ?? nearest(name, known);
  return near === undefined ? '' : ` (did you mean "${near}"?)`;
}

export const findAgent = (state: ClusterState, name: string): Agent =>
  pick([...state.agents.values()], name, (agent) => agent.name, 'agent.unknown');

/** The newest task first: of several with one name (`web.0` and the ones it replaced) the live one wins. */
const newestFirst = (a: Task, b: Task): number =>
  Number(isTerminal(a.state)) - Number(isTerminal(b.state)) || b.launchedAt - a.launchedAt;

/** One task by its name (`web.0`), its id, or a prefix of either. @throws TenderError `task.unknown` */
export function findTask(state: ClusterState, name: string): Task {
  const tasks = [...state.tasks.values()].sort(newestFirst);
  const exact = tasks.find((task) => task.id === name || task.name === name);
  if (exact) return exact;
  const byId = tasks.filter((task) => task.id.startsWith(name));
  if (byId.length === 1) return byId[0]!;
  const names = new Map(tasks.map((task) => [task.name, task] as const).reverse());
  return pick([...names.values()], name, (task) => task.name, 'task.unknown');
}

/**
 * The tasks meant by a job's or a task's name: the live ones of a job, or where none lives those that ended last.
 * @throws `job.unknown`
 */
export function findTasks(state: ClusterState, name: string): Task[] {
  const all = [...state.tasks.values()].sort(newestFirst);
  const job = state.jobs.get(name)?.name ?? all.find((task) => task.job === name)?.job;
  if (job === undefined) {
    try {
      return [findTask(state, name)];
    } catch (error) {
      if (!(error instanceof TenderError) || error.code !== 'task.unknown') throw error;
      const found = findJob(state, name);
      return findTasks(state, found.name);
    }
  }
  const tasks = all.filter((task) => task.job === job);
  const live = tasks.filter((task) => !isTerminal(task.state));
  return (live.length > 0 ? live : lastOf(tasks)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** So many ended tasks have their words kept by an agent. */
const KEPT = 50;

/** Each instance's newest task; of a batch job (`nightly.12.0`) those of the run that was last. @param ended the newest first */
function lastOf(ended: readonly Task[]): Task[] {
  const runOf = ({ name }: Task): string => name.slice(0, name.lastIndexOf('.'));
  const run = ended[0] && runOf(ended[0]);
  const newest = new Map<string, Task>();
  for (const task of ended) if (runOf(task) === run && !newest.has(task.name)) newest.set(task.name, task);
  return [...newest.values()].slice(0, KEPT);
}
