/** What must be true of a cluster once the faults are over and it has had time: a line for each promise that is broken. */
import type { Task } from '../../src/core/task.ts';
import { programs } from '../support/machine.ts';
import type { ChaosCluster } from './chaos-cluster.ts';
import { type Once, runsOf, type Service, type Work } from './work.ts';

export async function broken(chaos: ChaosCluster, work: Work): Promise<string[]> {
  const jobs = new Map((await chaos.jobs()).map((job) => [job.name, job]));
  const tasks = (await chaos.list<Task>('ps')).filter(({ state }) => state === 'RUNNING');
  const containers = await chaos.containers();
  const found: string[] = [];

  const serviceIs = (service: Service): void => {
    const { name, executor, counts } = service;
    const job = jobs.get(name);
    if (!job && !counts.includes(0))
      found.push(`${name}: acknowledged with ${counts.join(' or ')}, and not there`);
    if (!job) return;
    if (!counts.includes(job.desired))
      found.push(`${name}: ${job.desired} desired, ${counts.join(' or ')} asked for`);
    const names = tasks.filter((task) => task.job === name).map((task) => task.name);
    if (names.length !== job.desired || new Set(names).size !== names.length)
      found.push(
        `${name}: ${job.desired} desired, running are ${names.join(' ') || 'none'} (${job.message})`,
      );
    const real =
      executor === 'process'
        ? programs('sleep', work.wordOf(service)).length
        : containers.filter((one) => one.name.startsWith(`${name}.`) && one.running).length;
    if (real !== job.desired) found.push(`${name}: ${job.desired} desired, ${real} really run (${executor})`);
  };

  const onceIs = (once: Once): void => {
    const { name, exitCode, isAcknowledged } = once;
    const job = jobs.get(name);
    if (!job) {
      if (isAcknowledged) found.push(`${name}: acknowledged, and not there`);
      return;
    }
    const meant = exitCode === 0 ? 'finished' : 'failed';
    if (job.status !== meant) found.push(`${name}: ${job.status} (${job.message}), should be ${meant}`);
    else if (exitCode !== 0 && !new RegExp(`\\b${exitCode}\\b`).test(job.message))
      found.push(`${name}: its exit code was ${exitCode}, said is ${job.message}`);
    const runs = runsOf(once);
    if (runs !== 1) found.push(`${name}: it ran ${runs} times`);
  };

  for (const service of work.services) serviceIs(service);
  for (const once of work.once) onceIs(once);
  return found;
}

/** After all jobs were stopped. */
export async function leftOver(chaos: ChaosCluster, work: Work): Promise<string[]> {
  const processes = work.services.flatMap((service) => programs('sleep', work.wordOf(service)));
  const containers = await chaos.containers();
  const tasks = await chaos.list<Task>('ps');
  return [
    ...processes.map((pid) => `process ${pid} is left`),
    ...containers.map(({ name, id }) => `container ${name} (${id}) is left`),
    ...tasks.map(({ name, state }) => `task ${name} is ${state}`),
  ];
}
