/** Updates, health and doubles: a service goes on serving while something of it changes. */
import { describe, expect, it } from 'vitest';
import service from '../../plugins/service/index.ts';
import { reconcile } from '../../plugins/service/reconcile.ts';
import { stop, submit, why } from '../../src/client/commands.ts';
import type { FrameworkId, TaskId, TaskStatus } from '../../src/core/task.ts';
import type { Instance } from '../../src/framework/jobs/instance.ts';
import { memoryCluster } from '../support/memory-cluster.ts';
import { instanceOf, viewOf } from '../support/service-view.ts';

const web = (count: number, more = {}) => ({ name: 'web', count, command: ['serve'], cpus: 0.5, ...more });

async function started(agents = 2) {
  const cluster = await memoryCluster();
  for (let i = 1; i <= agents; i++) await cluster.startAgent(`n${i}`);
  const host = cluster.startHost(service);
  const client = cluster.startClient();
  await cluster.clock.advance(1_000);
  return { cluster, host, client, clock: cluster.clock };
}

const plan = (count: number, version: number, ...instances: Instance[]) => {
  const specs = Array.from({ length: version }, (_, i) => ({ count, env: { VERSION: i + 1 } }));
  const { place, stop } = reconcile(viewOf({ specs, instances }));
  return { place: place.map(({ index }) => index), stop: stop.map(({ instance: { task } }) => task) };
};
const NOTHING = { place: [], stop: [] };

describe('a changed version', () => {
  it('goes on only when the new instance was found healthy', async () => {
    const { cluster, client, clock } = await started();
    await cluster.answer(submit(client, web(4)));
    await clock.advance(2_000);
    // There is no command in this world that would ever succeed.
    await cluster.answer(submit(client, web(4, { health: { command: ['check'], grace: '1h' } })));
    await clock.advance(60_000);
    const running = [...cluster.machines.values()].flatMap(({ world }) => world.running);
    expect(running.map(({ health }) => health !== undefined).sort()).toEqual([false, false, false, true]);
    expect(client.state.jobs.get('web')).toMatchObject({ running: 4, healthy: 3 });
    expect(client.state.jobs.get('web')!.message).toContain('not yet known to be healthy');
  });

  it.each([
    ['not known to be healthy yet', instanceOf(0, 'RUNNING', { version: 2, checked: true }), []],
    ['found healthy', instanceOf(0, 'RUNNING', { version: 2, checked: true, healthy: true }), ['web.1-1']],
    ['not checked', instanceOf(0, 'RUNNING', { version: 2 }), ['web.1-1']],
  ])('with its first instance %s', (_, first, stop) => {
    expect(plan(2, 2, first, instanceOf(1, 'RUNNING')).stop).toEqual(stop);
  });

  it('costs nothing that nobody has heard of yet: not after a restart of the framework either', () => {
    const unheard = [0, 1, 2].map((index) => instanceOf(index, 'UNKNOWN'));
    expect(plan(3, 2, ...unheard)).toEqual(NOTHING);
    expect(plan(3, 2, instanceOf(0, 'STAGING'), ...unheard.slice(1)).stop).toEqual(['web.0-0']);
  });

  it('loses one instance at a time, though the framework dies in the midst of it', async () => {
    const { cluster, client, clock, host } = await started(3);
    await cluster.answer(submit(client, web(9)));
    await clock.advance(2_000);
    await cluster.answer(submit(client, web(9, { command: ['serve', '2'] })), 1);
    await clock.advance(8);
    await host.close();
    await clock.advance(1_000);
    cluster.startHost(service);
    let fewest = 9;
    for (let i = 0; i < 3_000; i++) {
      await clock.advance(1);
      fewest = Math.min(fewest, cluster.running('web').length);
    }
    expect(fewest).toBeGreaterThanOrEqual(7); // one that was under way when it died, and one
    expect(cluster.running('web')).toHaveLength(9);
  });
});

describe('doubles of a slot', () => {
  it('end, also where the count is right: a slot may be empty for their sake', () => {
    const [old, young] = [instanceOf(1, 'RUNNING'), instanceOf(1, 'RUNNING', { launchedAt: 9 })];
    expect(plan(3, 1, instanceOf(0, 'RUNNING'), old, young)).toEqual({ place: [2], stop: ['web.1-9'] });
  });

  it('are not seen in what nobody has heard of yet: it may be unreachable', () => {
    const young = instanceOf(0, 'RUNNING', { launchedAt: 9 });
    expect(plan(1, 1, instanceOf(0, 'UNKNOWN'), young)).toEqual(NOTHING);
  });

  it('are not made by a framework that comes back while an agent is away: what replaced its tasks stays', async () => {
    const { cluster, client, clock, host } = await started(2);
    await cluster.answer(submit(client, web(4)));
    await clock.advance(1_000);
    await cluster.killAgent('n1');
    await clock.advance(20_000);
    const { world } = cluster.machines.get('n2')!;
    const before = world.running.map(({ id }) => id).sort();
    expect(before).toHaveLength(4);
    await host.close();
    cluster.startHost(service);
    await clock.advance(20_000);
    expect(world.running.map(({ id }) => id).sort()).toEqual(before);
  });
});

it('an instance that is never healthy is started again with growing waits', async () => {
  const { cluster, client, clock } = await started(1);
  const health = { command: ['check'], grace: 0, interval: '100ms', failures: 1 };
  await cluster.answer(submit(client, web(1, { health })));
  await clock.advance(30_000);
  const starts = cluster.machines.get('n1')!.world.starts.size;
  expect(starts).toBeGreaterThan(3);
  expect(starts).toBeLessThan(9);
});

it('a task that neither it nor the master knows is not asked about for ever', async () => {
  const { cluster, clock } = await started(1);
  const { frameworks, tasks } = cluster.master.parts;
  let kills = 0;
  const { kill } = tasks;
  tasks.kill = (...args) => {
    kills += 1;
    kill.apply(tasks, args);
  };
  const status: TaskStatus = {
    task: 'web.0-x' as TaskId,
    state: 'UNKNOWN',
    reason: 'reconciliation',
    message: '',
    at: 0,
  };
  frameworks.send('service' as FrameworkId, { t: 'update', status });
  await clock.advance(1_000);
  expect(kills).toBe(0);
});

describe('a large job', () => {
  const large = (count: number, characters: number) => ({
    ...web(count, { cpus: 0.01, mem: 1 }),
    env: Object.fromEntries(
      Array.from({ length: characters / 100_000 }, (_, i) => [`E${i}`, 'x'.repeat(100_000)]),
    ),
  });

  it('is launched in parts where its tasks together are over the limit of a message', async () => {
    const { cluster, client, clock } = await started(1);
    await cluster.answer(submit(client, large(60, 100_000)));
    await clock.advance(5_000);
    expect(cluster.running('web')).toHaveLength(60);
    expect(cluster.log.join('\n')).not.toContain('failed');
  });

  it('is refused where it alone would be too large to launch', async () => {
    const { cluster, client } = await started(1);
    await expect(cluster.answer(submit(client, large(1, 600_000)))).rejects.toMatchObject({
      code: 'job.invalid',
    });
  });
});

it('a stopped service whose last machine is away says so, and what to do', async () => {
  const { cluster, client, clock } = await started(1);
  await cluster.answer(submit(client, web(2)));
  await clock.advance(1_000);
  await cluster.killAgent('n1');
  await clock.advance(20_000);
  await cluster.answer(stop(client, 'web'));
  expect(await cluster.answer(why(client, 'web'))).toMatchObject({
    sentence: 'web is stopped, but for 2 instances on machines that are unreachable.',
    help: 'if n1 will not come back: tender gone n1',
  });
});
