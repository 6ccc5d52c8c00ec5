/** The lists of jobs and tasks: what is asked for, and what runs. */
import type { ClusterState, Job, TaskUsage } from '../../core/cluster.ts';
import { scalar } from '../../core/resources.ts';
import type { Task } from '../../core/task.ts';
import { isTerminal, type TaskState } from '../../core/task-state.ts';
import { age, cpus, size, sizeShare } from './figures.ts';
import { measured } from './machines.ts';
import { naturalKey } from './natural.ts';
import { type Column, column, type Table, type Tone } from './table.ts';
import { whatRuns } from './what-runs.ts';

/** Whether a person should look at it: fewer healthy than wanted, or it says itself that something is amiss. */
export const needsAttention = (job: Job): boolean =>
  job.message !== '' || (job.healthy < job.desired && job.status !== 'finished' && job.status !== 'complete');

export function jobTone(job: Job): Tone {
  if (/^(failed|failing|dead|broken|error)/.test(job.status)) return 'bad';
  if (job.desired > 0 && job.running === 0 && needsAttention(job)) return 'bad';
  if (needsAttention(job)) return 'busy';
  return job.status === 'running' ? 'good' : 'plain';
}

/** Columns that frameworks add, each key once, and only where some job has something in it. */
function added(state: ClusterState): Column<Job>[] {
  const seen = new Map<string, Column<Job>>();
  const used = new Set(
    [...state.jobs.values()].flatMap(({ columns }) => Object.keys(columns).filter((key) => columns[key])),
  );
  for (const framework of state.frameworks.values())
    for (const { title, key } of framework.columns)
      if (used.has(key) && !seen.has(key))
        seen.set(
          key,
          column<Job>(`framework.${key}`, title.toUpperCase(), 6, (job) => job.columns[key] ?? '', {
            min: 8,
            want: 24,
          }),
        );
  return [...seen.values()];
}

export const jobs: Table<Job> = {
  name: 'jobs',
  singular: 'job',
  toned: 'status',
  order: 'name',
  list: ({ state }) => [...state.jobs.values()],
  id: (job) => job.name,
  title: (job) => job.name,
  tone: jobTone,
  over: () => false,
  rank: (job) => (needsAttention(job) ? 0 : 1),
  columns: (state) => [
    column('name', 'NAME', 0, (job) => job.name, {
      min: 16,
      want: 40,
      cutAt: 'middle',
      letter: 'N',
      sort: (job) => naturalKey(job.name),
    }),
    column('status', 'STATUS', 0, (job) => job.status, { letter: 'S' }),
    column('running', 'RUNNING', 1, (job) => `${job.running}/${job.desired}`, {
      align: 'right',
      letter: 'R',
      sort: (job) => job.running,
    }),
    column('healthy', 'HEALTHY', 4, (job) => String(job.healthy), {
      align: 'right',
      sort: (job) => job.healthy,
    }),
    column('kind', 'KIND', 3, (job) => job.kind, { letter: 'K' }),
    column('version', 'VERSION', 6, (job) => `v${job.version}`, {
      align: 'right',
      sort: (job) => job.version,
    }),
    column('framework', 'FRAMEWORK', 7, (job) => job.framework, { min: 8 }),
    ...added(state),
    column('age', 'CHANGED', 2, (job, _, now) => age(now - job.updatedAt), {
      align: 'right',
      letter: 'A',
      ticking: true,
      sort: (job) => -job.updatedAt,
    }),
    column('message', 'MESSAGE', 1, (job) => job.message, { min: 24, want: 60 }),
  ],
};

const TASK_TONES: Readonly<Record<TaskState, Tone>> = {
  STAGING: 'busy',
  STARTING: 'busy',
  RUNNING: 'good',
  KILLING: 'busy',
  UNREACHABLE: 'bad',
  UNKNOWN: 'bad',
  FINISHED: 'faint',
  FAILED: 'bad',
  KILLED: 'faint',
  ERROR: 'bad',
  DROPPED: 'bad',
  GONE: 'bad',
  GONE_BY_OPERATOR: 'faint',
};

export function taskTone({ state, healthy, ready }: Pick<Task, 'state' | 'healthy' | 'ready'>): Tone {
  if (state !== 'RUNNING') return TASK_TONES[state];
  return healthy === false ? 'bad' : ready === false ? 'busy' : 'good';
}

const agentOf = (task: Task, state: ClusterState): string => state.agents.get(task.agent)?.name ?? task.agent;

/** Only of an agent that is there: what was measured last of another is no news. */
function useOf(task: Task, state: ClusterState): TaskUsage | undefined {
  const agent = state.agents.get(task.agent);
  return agent && measured(agent)?.tasks[task.id];
}

function cpuShare(task: Task, state: ClusterState): string {
  const used = useOf(task, state);
  const had = cpus(scalar(task.resources, 'cpus'));
  return used && !isTerminal(task.state) ? `${cpus(used.cpus)}/${had}` : had;
}

function memShare(task: Task, state: ClusterState): string {
  const used = useOf(task, state);
  const milli = scalar(task.resources, 'mem');
  return used && !isTerminal(task.state) ? sizeShare(used.mem, milli / 1000) : size(milli / 1000);
}

function health({ state, healthy, ready }: Task): string {
  if (healthy === false) return 'unhealthy';
  if (state === 'RUNNING' && ready === false) return 'not ready';
  return ready ? 'ready' : healthy ? 'healthy' : '-';
}

const reason = (task: Task): string =>
  task.reason.replaceAll('_', ' ') +
  (task.exitCode === undefined || task.exitCode === 0 ? '' : ` ${task.exitCode}`);

export const tasks: Table<Task> = {
  name: 'tasks',
  singular: 'task',
  toned: 'state',
  order: 'name',
  list: ({ state }) => [...state.tasks.values()],
  id: (task) => task.id,
  title: (task) => task.name,
  tone: taskTone,
  over: (task) => isTerminal(task.state),
  rank: (task) => (isTerminal(task.state) ? 1 : 0),
  columns: () => [
    column('name', 'NAME', 0, (task) => task.name, {
      min: 16,
      want: 40,
      cutAt: 'middle',
      letter: 'N',
      sort: (task) => naturalKey(task.name),
    }),
    column('state', 'STATE', 0, (task) => task.state, { letter: 'S' }),
    column('agent', 'AGENT', 1, agentOf, {
      min: 10,
      want: 24,
      cutAt: 'middle',
      letter: 'W',
      sort: (task, state) => naturalKey(agentOf(task, state)),
    }),
    column('health', 'HEALTH', 4, health, { letter: 'H' }),
    column('cpus', 'CPUS', 4, cpuShare, {
      align: 'right',
      letter: 'C',
      sort: (task) => scalar(task.resources, 'cpus'),
    }),
    column('mem', 'MEM', 4, memShare, {
      align: 'right',
      letter: 'M',
      sort: (task) => scalar(task.resources, 'mem'),
    }),
    column('age', 'AGE', 2, (task, _, now) => age(now - task.since), {
      align: 'right',
      letter: 'A',
      ticking: true,
      sort: (task) => -task.since,
    }),
    column('ports', 'PORTS', 7, (task) => task.ports.map((port) => `${port.name}:${port.host}`).join(' '), {
      min: 10,
      want: 24,
      max: 36,
    }),
    column('reason', 'REASON', 6, reason, { min: 14, max: 24 }),
    column('what', 'RUNS', 8, (task) => whatRuns(task.what), { min: 10, want: 32, max: 48 }),
    column('id', 'ID', 10, (task) => task.id, { min: 10, want: 24, cutAt: 'middle' }),
    column('message', 'MESSAGE', 1, (task) => task.message, { min: 24, want: 48 }),
  ],
};
