/**
 * A cluster of 1,000 agents and 10,000 tasks for one client, as a process of its own: a real master behind its real
 * door, whose events are made up here instead of coming from machines. It changes things as fast as it is told to.
 * Started with an IPC channel: says `{address, serverKey}`, hears `{rate}` (changes a second; 0: none).
 */
import { randomBytes } from 'node:crypto';
import { HierarchicalAllocator } from '../../src/core/allocator/hierarchical-allocator.ts';
import type { Agent, Framework, Job } from '../../src/core/cluster.ts';
import { parseResources } from '../../src/core/resources-text.ts';
import type { AgentId, FrameworkId, Task, TaskId } from '../../src/core/task.ts';
import { VERSION } from '../../src/core/version.ts';
import { Master } from '../../src/daemon/master.ts';
import { Registry } from '../../src/daemon/registry.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { newKeyPair } from '../../src/wire/keys.ts';
import { systemClock } from '../../src/wire/system-clock.ts';
import { zeromqTransport } from '../../src/wire/zeromq.ts';

const AGENTS = 1_000;
const TASKS = 10_000;
const PER_JOB = 20;
/** Changes come in bundles this often, as those of many agents do (ms). */
const BUNDLE = 10;
/** Of so many changes one is a measurement of a machine; the others are of tasks. */
const MEASURED = 4;

const [clientKey = ''] = process.argv.slice(2);
const master = await Master.start({
  transport: zeromqTransport(),
  clock: systemClock,
  randomHex: (bytes) => randomBytes(bytes).toString('hex'),
  registry: new Registry(memoryStore()),
  allocator: new HierarchicalAllocator({ matches: () => false }),
  version: VERSION,
  listen: 'tcp://127.0.0.1:0',
  enrol: 'tcp://127.0.0.1:0',
  advertise: '127.0.0.1',
  newIdentity: () => ({ cluster: 'crowd', keys: newKeyPair() }),
});
await master.admit('bench', 'client', clientKey);

const { log } = master.parts;
const now = Date.now();
/** They are not new: an age that ticks would be no rest. */
const DAYS = 5 * 86_400_000;
const total = parseResources('cpus:16;mem:65536;disk:500000;ports:[31000-31999]');
const share = parseResources('cpus:0.5;mem:512');
const agentId = (i: number): AgentId => `a${i}` as AgentId;
const taskId = (i: number): TaskId => `job${Math.floor(i / PER_JOB)}.${i % PER_JOB}-k3x9q${i}` as TaskId;

function usage(i: number): NonNullable<Agent['usage']> {
  const cpus = Math.round(Math.random() * 16_000);
  const tasks = Object.fromEntries(
    Array.from({ length: TASKS / AGENTS }, (_, n) => [
      taskId(i + n * AGENTS),
      { cpus: Math.round(Math.random() * 500), mem: Math.round(Math.random() * 512) },
    ]),
  );
  return { cpus, mem: 20_000, disk: 100_000, netIn: 1e6, netOut: 2e6, load: cpus / 1000, tasks };
}

log.emit({
  type: 'framework.subscribed',
  framework: {
    id: 'service' as FrameworkId,
    roles: ['*'],
    state: 'connected',
    suppressed: [],
    kinds: ['service'],
    verbs: [],
    columns: [],
    failoverMs: 1e9,
    since: now,
  } satisfies Framework,
});
for (let i = 0; i < AGENTS; i++)
  log.emit({
    type: 'agent.registered',
    agent: {
      id: agentId(i),
      name: `node-${i}`,
      state: 'ready',
      host: {
        hostname: `node-${i}`,
        os: 'Debian GNU/Linux 13',
        kernel: '6.12',
        arch: 'x64',
        cpuModel: 'AMD EPYC 7763',
        cpus: 16,
        mem: 65_536,
        disk: 500_000,
        address: '10.0.0.1',
      },
      executors: [{ kind: 'docker', available: true, detail: 'Docker 29.1' }],
      attributes: { rack: `r${i % 40}` },
      total,
      version: VERSION,
      since: now,
      usage: usage(i),
    },
  });
for (let i = 0; i < TASKS / PER_JOB; i++)
  log.emit({
    type: 'job.changed',
    job: {
      name: `job${i}`,
      framework: 'service' as FrameworkId,
      kind: 'service',
      desired: PER_JOB,
      running: PER_JOB,
      healthy: PER_JOB,
      status: 'running',
      message: '',
      version: 1,
      columns: {},
      updatedAt: now - DAYS,
    } satisfies Job,
  });
for (let i = 0; i < TASKS; i++)
  log.emit({
    type: 'task.launched',
    task: {
      id: taskId(i),
      name: `job${Math.floor(i / PER_JOB)}.${i % PER_JOB}`,
      job: `job${Math.floor(i / PER_JOB)}`,
      framework: 'service' as FrameworkId,
      role: '*',
      agent: agentId(i % AGENTS),
      resources: share,
      ports: [{ name: 'http', host: 31_000 + (i % 1000) }],
      executor: 'docker',
      what: 'nginx:1.27',
      labels: {},
      state: 'RUNNING',
      reason: 'started',
      message: '',
      launchedAt: now - DAYS - i * 1000,
      since: now - DAYS - i * 1000,
      closed: false,
    } satisfies Task,
  });

function change(): void {
  const i = Math.floor(Math.random() * TASKS);
  if (Math.random() * MEASURED < 1)
    return log.emit({ type: 'agent.usage', agent: agentId(i % AGENTS), usage: usage(i % AGENTS) });
  const task = taskId(i);
  const healthy = Math.random() < 0.9;
  const message = healthy ? '' : 'the check at /health answered 503';
  log.emit({
    type: 'task.status',
    status: { task, state: 'RUNNING', reason: 'health_changed', message, healthy, at: Date.now() },
  });
}

let rate = 0;
let owed = 0;
let last = performance.now();
setInterval(() => {
  const at = performance.now();
  owed += ((at - last) / 1000) * rate;
  last = at;
  for (; owed >= 1; owed -= 1) change();
}, BUNDLE);

process.on('message', (message: { readonly rate: number }) => {
  rate = message.rate;
});
process.on('disconnect', () => process.exit(0));
process.send?.({ address: master.address, serverKey: master.publicKey });
