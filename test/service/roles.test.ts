/** The service framework in several roles: where it asks for offers, what it places on them, and who makes room for whom. */
import { describe, expect, it } from 'vitest';
import service from '../../plugins/service/index.ts';
import { scale, specOf, stop, submit, why } from '../../src/client/commands.ts';
import type { RoleChange } from '../../src/core/quota-rules.ts';
import type { FrameworkId } from '../../src/core/task.ts';
import { memoryCluster } from '../support/memory-cluster.ts';

const job = (name: string, count: number, more = {}) => ({
  name,
  count,
  command: ['serve'],
  cpus: 1,
  mem: 64,
  ...more,
});

async function started(agents = 1, resources = 'cpus:4;mem:4096;ports:[31000-31099]') {
  const cluster = await memoryCluster();
  for (let i = 1; i <= agents; i++) await cluster.startAgent(`n${i}`, resources);
  const host = cluster.startHost(service);
  const client = cluster.startClient();
  await cluster.clock.advance(1_000);
  return {
    cluster,
    host,
    client,
    /** And what comes of it at once. */
    async run(...specs: ReturnType<typeof job>[]) {
      for (const spec of specs) await cluster.answer(submit(client, spec), 10);
      await cluster.clock.advance(500);
    },
    set: (...changes: RoleChange[]) =>
      cluster.answer(client.request('roles.set', { changes, force: false }), 10),
    framework: () => client.state.frameworks.get('service' as FrameworkId)!,
    reasons: () =>
      client.recent.flatMap(({ event }) =>
        event.type === 'task.status' && event.status.state === 'KILLED' ? event.status.reason : [],
      ),
  };
}

describe('the roles of a service', () => {
  it('are those of its jobs, and that of its name while it has none', async () => {
    const { cluster, client, run, framework } = await started();
    expect(framework().roles).toEqual(['service']);
    await run(job('web', 1, { role: 'eng/web' }), job('db', 1, { role: 'db' }));
    expect(framework().roles).toEqual(['db', 'eng/web']);
    expect(cluster.tasks('web').map(({ role }) => role)).toEqual(['eng/web']);
    await run(job('plain', 1));
    expect(framework().roles).toEqual(['db', 'eng/web', 'service']);
    for (const name of ['web', 'db', 'plain']) await cluster.answer(stop(client, name));
    await cluster.clock.advance(1_000);
    expect(framework().roles).toEqual(['service']);
  });

  it('are the same after the death of the master, or of the framework', async () => {
    const { cluster, host, client, run, framework } = await started();
    await run(job('web', 2, { role: 'eng/web' }), job('db', 1, { role: 'db' }));
    await cluster.killMaster();
    await cluster.startMaster();
    await cluster.clock.advance(10_000);
    expect(framework().roles).toEqual(['db', 'eng/web']);
    await host.close();
    cluster.startHost(service);
    await cluster.clock.advance(3_000);
    expect(framework().roles).toEqual(['db', 'eng/web']);
    await cluster.answer(scale(client, 'web', 3));
    await cluster.clock.advance(1_000);
    expect(cluster.tasks('web').map(({ role }) => role)).toEqual(Array(3).fill('eng/web'));
    expect(cluster.doubleStarts()).toEqual([]);
  });

  it('want offers each by itself, only while something of it is missing', async () => {
    const { run, framework, set } = await started();
    await set({ role: 'db', quota: { limit: { cpus: 1000 } } });
    await run(job('web', 1, { role: 'web' }), job('db', 2, { role: 'db' }));
    expect(framework()).toMatchObject({ roles: ['db', 'web'], suppressed: ['web'] });
    await run(job('db', 1, { role: 'db' }));
    expect(framework().suppressed).toEqual(['db', 'web']);
  });

  it('have their own: what is reserved for one, and its limit, is no matter of the others', async () => {
    const { cluster, run, set } = await started(1, 'cpus(web):2;cpus:2;mem:4096');
    await set({ role: 'db', quota: { limit: { cpus: 1000 } } });
    await run(job('db', 3, { role: 'db' }), job('web', 3, { role: 'web' }));
    expect([cluster.running('db'), cluster.running('web')]).toEqual([['db.0'], ['web.0', 'web.1', 'web.2']]);
    expect(cluster.tasks('web').map(({ resources }) => resources[0]!.role)).toEqual(['web', 'web', '*']);
  });

  it('are a version of a job: its instances are replaced, one at a time; so is its priority', async () => {
    const { cluster, client, run } = await started();
    await run(job('web', 2));
    expect(cluster.tasks('web').map(({ role, priority }) => [role, priority])).toEqual([
      ['service', undefined],
      ['service', undefined],
    ]);
    await run(job('web', 2, { role: 'web', priority: 70 }));
    await cluster.clock.advance(30_000);
    expect(cluster.tasks('web').map(({ role, priority }) => [role, priority])).toEqual([
      ['web', 70],
      ['web', 70],
    ]);
    expect(client.state.jobs.get('web')?.version).toBe(2);
    await run(job('web', 2, { role: 'web', priority: 71 }));
    await cluster.clock.advance(30_000);
    expect(cluster.tasks('web').map(({ priority }) => priority)).toEqual([71, 71]);
  });

  it('are in the spec that is shown, also when nothing was said', async () => {
    const { cluster, client, run } = await started();
    await run(job('web', 1));
    expect(await cluster.answer(specOf(client, 'web'))).toMatchObject({ role: 'service' });
  });

  it.each([
    [{ role: 'we b' }, 'role: expected a role such as web, or web/api, found "we b"'],
    [{ priority: 101 }, 'priority: expected at most 100, found 101'],
    [{ priority: 1.5 }, 'priority: expected a whole number, found 1.5'],
  ])('and priorities that cannot be are refused in words: %j', async (wrong, message) => {
    const { cluster, client } = await started();
    await expect(cluster.answer(submit(client, job('web', 1, wrong)))).rejects.toMatchObject({
      code: 'job.invalid',
      message,
    });
  });
});

describe('the more important job', () => {
  it('is placed first', async () => {
    const { cluster, run, set } = await started(0);
    await set({ role: 'service', priority: 60 });
    await run(job('low', 4, { priority: 59 }), job('plain', 2), job('high', 1, { priority: 61 }));
    await cluster.startAgent('n1', 'cpus:4;mem:4096');
    await cluster.clock.advance(1_000);
    expect(['high', 'plain', 'low'].map((name) => cluster.running(name).length)).toEqual([1, 2, 1]);
  });

  it('gets the room of another at once, which waits without a back-off, and says for whom', async () => {
    const { cluster, client, run, set, reasons } = await started();
    await set({ role: 'db', priority: 80, preemption: true });
    await run(job('web', 4, { role: 'web' }));
    await run(job('db', 2, { role: 'db' }));
    await cluster.clock.advance(1_500);
    expect(cluster.running('db')).toEqual(['db.0', 'db.1']);
    expect(cluster.running('web')).toHaveLength(2);
    expect(reasons()).toEqual(['preempted', 'preempted']);
    const { sentence } = await cluster.answer(why(client, 'web'));
    expect(sentence).toMatch(
      /^web\.\d and web\.\d made room for db \(role db, priority 80\); web waits.* 2 of 4 run\.$/,
    );
    expect(client.state.jobs.get('web')).toMatchObject({ status: 'waiting', running: 2 });
    await cluster.clock.advance(60_000);
    expect(cluster.running('web')).toHaveLength(2);
    await cluster.startAgent('n2');
    await cluster.clock.advance(200);
    expect(cluster.running('web')).toHaveLength(4);
    expect((await cluster.answer(why(client, 'web'))).sentence).toBe('web is as it should be: 4 of 4 run.');
  });

  it('of the same role gets the room, and not the one that has made it', async () => {
    const { cluster, run, set, reasons } = await started();
    await set({ role: 'service', preemption: true });
    await run(job('low', 4, { priority: 20 }));
    await run(job('plain', 1), job('high', 1, { priority: 90 }));
    await cluster.clock.advance(5_000);
    expect(['high', 'plain', 'low'].map((name) => cluster.running(name).length)).toEqual([1, 1, 2]);
    await cluster.clock.advance(120_000);
    expect(reasons()).toEqual(['preempted', 'preempted']);
  });

  it('gets no room where it could not run', async () => {
    const { cluster, run, set } = await started();
    await set({ role: 'db', priority: 80, preemption: true });
    await run(job('web', 4, { role: 'web' }));
    await run({ ...job('db', 2, { role: 'db' }), command: undefined, image: 'postgres' } as never);
    await cluster.clock.advance(60_000);
    expect(cluster.running('web')).toHaveLength(4);
  });
});
