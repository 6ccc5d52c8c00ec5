/** Nothing is left over: no task without a job, no program without a task, no update that waits, no queue that grows. */
import type { FrameworkId, TaskId } from '../../../src/core/task.ts';
import { isTerminal } from '../../../src/core/task-state.ts';
import { BATCH } from '../batch-jobs.ts';
import { STATEFUL } from '../databases.ts';
import { KEEPER } from '../keeper-home.ts';
import type { SimCluster } from '../sim-cluster.ts';
import type { Invariant } from './invariant.ts';

/** Timers of one process; a leak has many more. */
const TIMERS = 200;

/** What is written down of a job beside its record. */
const JOBS_OWN = ['spec', 'part'];

function leftovers(sim: SimCluster): string[] {
  const { state } = sim.leader!.daemon.parts.log;
  const { registry } = sim.leader!.daemon.parts;
  const out: string[] = [];
  for (const task of state.tasks.values()) {
    if (isTerminal(task.state) && !task.closed)
      out.push(`${task.id} is ${task.state}, and its book is not closed`);
    if (!isTerminal(task.state) && !state.jobs.has(task.job)) out.push(`${task.id} has no job`);
  }
  for (const name of ['service', BATCH, STATEFUL, 'once', KEEPER] as const) {
    const kv = registry.kv(name as FrameworkId);
    for (const key of kv.keys()) {
      const [kind, what = ''] = key.split('/');
      if (JOBS_OWN.includes(kind!) && !kv.has(`job/${what}`)) out.push(`${name} has ${key} of no job`);
      if (kind !== 'instance') continue;
      const task = state.tasks.get(what as TaskId);
      if (!task || task.closed) out.push(`${name} has written down ${what}, which is no task`);
    }
  }
  for (const { name, framework } of state.jobs.values())
    if (!registry.kv(framework).has(`job/${name}`)) out.push(`${name} is shown, and nobody has it`);
  for (const { name, keys, gone, disk, engine, process } of sim.machines.values()) {
    if (gone) {
      // One whose key was revoked before cannot be told.
      const isHeard = registry.members.get(name)?.publicKey === keys.publicKey;
      const running = engine.running.map(({ spec }) => spec.id);
      if (isHeard && running.length > 0) out.push(`${name} is gone, and there run ${running.join(' ')}`);
      continue;
    }
    const ended = [...engine.programs.values()]
      .filter(({ phase }) => phase !== 'running')
      .map(({ spec }) => spec.id);
    if (ended.length > 0) out.push(`on ${name} lie the remains of ${ended.join(' ')}`);
    const updates = disk.entries().filter(({ space }) => space === 'update').length;
    if (updates > 0) out.push(`${updates} updates wait on ${name}`);
    if ((process?.timers ?? 0) > TIMERS) out.push(`${process!.timers} timers wait in ${process!.name}`);
  }
  for (const process of [...sim.seats, sim.host, sim.user].map((one) => one?.process))
    if ((process?.timers ?? 0) > TIMERS) out.push(`${process!.timers} timers wait in ${process!.name}`);
  return out;
}

export const nothingLeft: Invariant = { name: '5 nothing is left', quiet: leftovers };
