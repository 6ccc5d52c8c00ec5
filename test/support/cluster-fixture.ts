/** A small cluster with a bit of everything, made by events like a real one. Times count back from `now`. */
import type { Agent, AgentState, Framework, Job, Usage } from '../../src/core/cluster.ts';
import type { Event } from '../../src/core/events.ts';
import type { Explained } from '../../src/core/explanation.ts';
import { resourcesOf } from '../../src/core/resources.ts';
import type { AgentId, FrameworkId, OfferId, Task, TaskId } from '../../src/core/task.ts';
import type { TaskReason, TaskState } from '../../src/core/task-state.ts';
import { FakeClient } from './fake-client.ts';

export const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const GIB = 1024;

export function agent(name: string, cpus: number, memGiB: number, more: Partial<Agent> = {}): Agent {
  return {
    id: `agent-${name}` as AgentId,
    name,
    state: 'ready',
    host: {
      hostname: `${name}.home`,
      os: 'Debian 13',
      kernel: '6.12.9',
      arch: cpus > 4 ? 'x64' : 'arm64',
      cpuModel: cpus > 4 ? 'Intel N305' : 'Cortex-A76',
      cpus,
      mem: memGiB * GIB,
      disk: 240 * GIB,
      address: `10.0.0.${10 + name.length}`,
    },
    executors: [
      {
        kind: 'docker',
        available: cpus > 2,
        detail: cpus > 2 ? 'Docker 29.1' : 'no socket at /var/run/docker.sock',
      },
      { kind: 'process', available: true, detail: 'cgroup v2' },
    ],
    attributes: { rack: 'shelf', arch: cpus > 4 ? 'x64' : 'arm64' },
    total: resourcesOf(
      { cpus: cpus * 1000, mem: (memGiB - 1) * GIB * 1000, disk: 200 * GIB * 1000 },
      { ports: [[31000, 32000]] },
    ),
    version: '0.1.0',
    since: NOW - 3 * DAY,
    ...more,
  };
}

export const usage = (cpus: number, memGiB: number, diskGiB: number, tasks: Usage['tasks'] = {}): Usage => ({
  cpus,
  mem: memGiB * GIB,
  disk: diskGiB * GIB,
  netIn: 12_000,
  netOut: 48_000,
  load: cpus / 1000,
  tasks,
});

export function task(name: string, on: string, state: TaskState, more: Partial<Task> = {}): Task {
  const [owner = name] = name.split('.');
  return {
    id: `${name}-k3x9` as TaskId,
    name,
    job: owner,
    framework: 'service' as FrameworkId,
    role: '*',
    agent: `agent-${on}` as AgentId,
    resources: resourcesOf({ cpus: 500, mem: 512 * 1000 }),
    ports: [{ name: 'http', host: 31080, container: 80 }],
    executor: 'docker',
    what: 'nginx:1.27',
    labels: {},
    state,
    reason: 'started' as TaskReason,
    message: '',
    launchedAt: NOW - 2 * HOUR,
    since: NOW - 2 * HOUR,
    closed: false,
    ...more,
  };
}

export const job = (name: string, desired: number, running: number, more: Partial<Job> = {}): Job => ({
  name,
  framework: 'service' as FrameworkId,
  kind: 'service',
  desired,
  running,
  healthy: running,
  status: running === desired ? 'running' : 'waiting',
  message: '',
  version: 1,
  columns: { update: 'done' },
  updatedAt: NOW - 2 * HOUR,
  ...more,
});

const framework = (id: string, more: Partial<Framework> = {}): Framework => ({
  id: id as FrameworkId,
  failoverMs: 7 * 24 * HOUR,
  roles: ['*'],
  state: 'connected',
  suppressed: [],
  kinds: [id],
  verbs: [
    { name: 'submit', help: 'take a job' },
    { name: 'scale', help: 'run so many instances' },
    { name: 'rollback', help: 'go back' },
    { name: 'why', help: 'say why it is as it is' },
  ],
  columns: [{ title: 'Update', key: 'update' }],
  since: NOW - 3 * DAY,
  ...more,
});

/** Three machines, five jobs, one of them short of memory, one failing. */
export function homeCluster(): FakeClient {
  const client = new FakeClient();
  const events: Event[] = [];
  events.push({
    type: 'master.started',
    at: NOW - 3 * DAY,
    master: {
      cluster: 'home',
      version: '0.1.0',
      epoch: 3,
      startedAt: NOW - 3 * DAY,
      address: 'tcp://10.0.0.2:5050',
    },
  });
  const at = NOW - 2 * HOUR;
  const machines = [agent('nuc1', 8, 16), agent('nuc2', 8, 16), agent('pi', 2, 4, { since: NOW - 5 * HOUR })];
  for (const one of machines) events.push({ type: 'agent.registered', at: one.since, agent: one });
  events.push({ type: 'framework.subscribed', at, framework: framework('service') });
  events.push({
    type: 'framework.subscribed',
    at,
    framework: framework('batch', { suppressed: ['*'], columns: [{ title: 'Next run', key: 'next' }] }),
  });
  events.push({
    type: 'role.changed',
    at,
    role: {
      role: 'data',
      weight: 2,
      priority: 80,
      preemption: true,
      quota: { guarantee: { cpus: 2000, mem: 4 * GIB * 1000 }, limit: { cpus: 6000 } },
    },
  });
  const jobs: Job[] = [
    job('web', 3, 3, { version: 4 }),
    job('db', 1, 1, { kind: 'service' }),
    job('cache', 2, 1, {
      healthy: 1,
      message: 'cache.1 waits: no agent has 12 GiB of memory free (nuc1 lacks 3.2 GiB)',
      updatedAt: NOW - 4 * MINUTE,
    }),
    job('mailer', 1, 0, {
      status: 'failing',
      message: 'mailer.0 failed 4 times: exited 78, no config',
      updatedAt: NOW - 40 * SECOND,
    }),
    job('backup', 1, 0, {
      framework: 'batch' as FrameworkId,
      kind: 'batch',
      status: 'finished',
      columns: { next: '03:00' },
    }),
  ];
  for (const one of jobs) events.push({ type: 'job.changed', at: one.updatedAt, job: one });
  const list: Task[] = [
    task('web.0', 'nuc1', 'RUNNING', { healthy: true }),
    task('web.1', 'nuc2', 'RUNNING', { healthy: true }),
    task('web.2', 'nuc1', 'RUNNING', { healthy: true, since: NOW - 25 * MINUTE }),
    task('web.10', 'pi', 'RUNNING', {
      healthy: false,
      reason: 'health_changed',
      message: 'GET / answered 503',
    }),
    task('db.0', 'nuc2', 'RUNNING', {
      what: 'postgres:17',
      resources: resourcesOf({ cpus: 2000, mem: 4096 * 1000, disk: 20 * GIB * 1000 }),
    }),
    task('cache.0', 'nuc1', 'RUNNING', {
      what: 'redis:8',
      resources: resourcesOf({ cpus: 1000, mem: 8192 * 1000 }),
    }),
    task('cache.1', 'nuc2', 'STARTING', {
      what: 'redis:8',
      reason: 'pulling_image',
      message: 'pulling redis:8: 56 % of 110 MiB',
      since: NOW - 12 * SECOND,
    }),
    task('mailer.0', 'pi', 'FAILED', {
      what: './mailer --once',
      executor: 'process',
      reason: 'exited',
      exitCode: 78,
      message: 'no config file',
      closed: true,
      since: NOW - 40 * SECOND,
    }),
    task('backup.0', 'nuc1', 'FINISHED', {
      what: 'restic backup /srv',
      framework: 'batch' as FrameworkId,
      executor: 'process',
      reason: 'exited',
      exitCode: 0,
      closed: true,
      since: NOW - 9 * HOUR,
    }),
  ];
  for (const one of list) events.push({ type: 'task.launched', at: one.since, task: one });
  for (const [index, on] of [
    [7, 'nuc1'],
    [8, 'nuc2'],
  ] as const)
    events.push({
      type: 'offer.made',
      at: NOW - index * SECOND,
      offer: {
        id: `o-${index}` as OfferId,
        framework: 'service' as FrameworkId,
        role: '*',
        agent: `agent-${on}` as AgentId,
        resources: resourcesOf(
          { cpus: 4000, mem: 6963 * 1000, disk: 180 * GIB * 1000 },
          {
            ports: [
              [31000, 31079],
              [31081, 32000],
            ],
          },
        ),
        at: NOW - index * SECOND,
        expiresAt: NOW + 50 * SECOND,
      },
    });
  const use = (name: string, u: Usage) =>
    events.push({ type: 'agent.usage', at: NOW - SECOND, agent: `agent-${name}` as AgentId, usage: u });
  use(
    'nuc1',
    usage(1830, 9.2, 61, {
      'web.0-k3x9': { cpus: 210, mem: 88 },
      'web.2-k3x9': { cpus: 180, mem: 91 },
      'cache.0-k3x9': { cpus: 640, mem: 6100 },
    }),
  );
  use(
    'nuc2',
    usage(2410, 7.1, 83, { 'web.1-k3x9': { cpus: 240, mem: 87 }, 'db.0-k3x9': { cpus: 1420, mem: 3020 } }),
  );
  use('pi', usage(1900, 2.2, 19, { 'web.10-k3x9': { cpus: 90, mem: 71 } }));
  // As a master would have sent them.
  for (const event of events.sort((a, b) => a.at - b.at)) client.emit(event);
  return client;
}

export const setAgent = (client: FakeClient, name: string, state: AgentState, why: string, at = NOW): void =>
  client.emit({ type: 'agent.state', at, agent: `agent-${name}` as AgentId, state, why });

export const setTask = (
  client: FakeClient,
  name: string,
  state: TaskState,
  reason: TaskReason,
  message = '',
  at = NOW,
): void =>
  client.emit({
    type: 'task.status',
    at,
    status: { task: `${name}-k3x9` as TaskId, state, reason, message, at },
  });

/** So many frameworks that are offered less than they want. */
export const someWaiting = (count: number): Explained[] =>
  Array.from({ length: count }, (_, i) => ({
    framework: `f${i}`,
    role: `team/f${i}`,
    waits: true,
    demands: [{ name: 'job', count: i + 1 }],
    decisive: `role team/f${i} is at its limit of 2 cpus (2 used)`,
    lines: [{ agent: 'nuc1', reasons: [`role team/f${i} is at its limit of 2 cpus (2 used)`] }],
    help: 'raise it',
  }));

/** So many tasks, over the machines that are there. */
export function addTasks(client: FakeClient, count: number): void {
  for (let i = 0; i < count; i++)
    client.emit({
      type: 'task.launched',
      at: NOW,
      task: task(`many.${i}`, i % 2 ? 'nuc1' : 'nuc2', 'RUNNING', {
        resources: resourcesOf({ cpus: 1, mem: 1000 }),
      }),
    });
}
