/** Frameworks that are away: how long they are waited for, and how they are removed with all that is theirs. */
import { describe, expect, it } from 'vitest';
import { layout, linesOf, TABLES } from '../../src/client/tables.ts';
import { scalar } from '../../src/core/resources.ts';
import type { FrameworkId } from '../../src/core/task.ts';
import { launch } from '../../src/framework/operations.ts';
import { memoryCluster } from '../support/memory-cluster.ts';
import { puppet, task } from '../support/puppet.ts';

const WEB = 'web' as FrameworkId;

/** Framework `web` runs task `t` on n1, has a job and has stored something. */
async function stage(more: { failoverMs?: number } = {}) {
  const cluster = await memoryCluster();
  const { clock } = cluster;
  await cluster.startAgent('n1', 'cpus:4');
  await cluster.startAgent('n2', 'cpus:0.5');
  const client = cluster.startClient();
  const web = puppet('web');
  const definition = { ...web.definition, ...more };
  let host = cluster.startHost(definition);
  await clock.advance(1_000);
  const { context } = web;
  const { id } = web.offers().find(({ resources }) => scalar(resources, 'cpus') === 4000)!;
  context!.accept([id], [launch([task('t', 1)])], 0);
  context!.publish({
    name: 'shop',
    kind: 'web',
    desired: 1,
    running: 1,
    healthy: 1,
    status: 'running',
    message: '',
    version: 1,
    columns: {},
  });
  await cluster.answer(context!.store([['kept', 1]]), 10);
  await clock.advance(1_000);
  const state = () => client.state;
  return {
    cluster,
    clock,
    client,
    web,
    runs: () => cluster.machines.get('n1')!.world.running.length,
    framework: () => state().frameworks.get(WEB),
    open: () => [...state().tasks.values()].filter(({ closed }) => !closed).length,
    remove: () => cluster.answer(client.request('framework.remove', { name: 'web' }), 10),
    leave: () => host.close(),
    enter() {
      host = cluster.startHost(definition);
    },
    async restart() {
      await cluster.killMaster();
      await cluster.startMaster();
      await clock.advance(10_000);
    },
  };
}

describe('a framework that is away', () => {
  it('is waited for a week, and its tasks go on', async () => {
    const { clock, client, leave, framework, runs } = await stage();
    await leave();
    await clock.advance(3_600_000);
    expect(framework()).toMatchObject({ state: 'disconnected', failoverMs: 7 * 24 * 3_600_000 });
    const [row] = linesOf(
      layout(TABLES.frameworks.columns(client.state), [framework()!], 200, {
        state: client.state,
        now: clock.now(),
      }),
      200,
    ).slice(-1);
    expect(row).toContain('disconnected, removed in 6d ');
    expect(runs()).toBe(1);
  });

  it('says itself how long, and is removed then with all that is its own', async () => {
    const { clock, client, leave, framework, runs } = await stage({ failoverMs: 60_000 });
    await leave();
    await clock.advance(55_000);
    expect(runs()).toBe(1);
    await clock.advance(30_000);
    expect([framework(), runs(), client.state.jobs.size]).toEqual([undefined, 0, 0]);
  });

  it('is forgotten by no restart of the master: it is shown, and its time goes on', async () => {
    const { clock, leave, framework, runs, restart } = await stage({ failoverMs: 120_000 });
    await leave();
    await clock.advance(60_000);
    await restart();
    expect(framework()).toMatchObject({ state: 'disconnected', roles: ['web'], failoverMs: 120_000 });
    await clock.advance(30_000);
    expect(runs()).toBe(1);
    await clock.advance(40_000);
    expect([framework(), runs()]).toEqual([undefined, 0]);
  });

  it('is waited for no longer once it is back', async () => {
    const { clock, leave, enter, framework, runs } = await stage({ failoverMs: 60_000 });
    await leave();
    await clock.advance(30_000);
    enter();
    await clock.advance(600_000);
    expect(framework()?.state).toBe('connected');
    expect(runs()).toBe(1);
  });
});

describe('a framework that is removed', () => {
  it('loses its session, tasks, jobs and what it had stored; one of that name begins anew', async () => {
    const { clock, web, remove, runs, open, client, framework } = await stage();
    const before = web.context!;
    await remove();
    await clock.advance(500);
    expect([runs(), open(), client.state.jobs.size]).toEqual([0, 0, 0]);
    expect([...client.state.tasks.values()].map(({ reason }) => reason)).toEqual(['framework_removed']);
    // Its host starts it anew.
    await clock.advance(10_000);
    expect(framework()?.state).toBe('connected');
    expect(web.context).not.toBe(before);
    expect(web.context!.kv.size).toBe(0);
    expect(
      web
        .offers()
        .map(({ resources }) => scalar(resources, 'cpus'))
        .sort(),
    ).toEqual([4000, 500]);
  });

  it('while it was away does not come in again with what it knew', async () => {
    const { cluster, clock, web, remove, framework } = await stage();
    cluster.network.stall('frameworks');
    await clock.advance(30_000);
    await remove();
    await clock.advance(100);
    expect(framework()).toBeUndefined();
    const before = web.context!;
    cluster.network.heal();
    await clock.advance(60_000);
    expect(web.context).not.toBe(before);
    expect(cluster.log.join('\n')).toContain('framework web was removed with its tasks');
    expect(web.context!.kv.size).toBe(0);
  });

  it('has no task left on an agent that was away, nor after a restart of the master', async () => {
    const { cluster, clock, remove, leave, runs, restart, open } = await stage();
    await leave();
    cluster.network.stall('n1');
    await clock.advance(60_000);
    await remove();
    await restart();
    expect(runs()).toBe(1);
    cluster.network.heal();
    await clock.advance(60_000);
    expect([runs(), open()]).toEqual([0, 0]);
  });

  it('leaves no update behind that somebody would have to acknowledge', async () => {
    const { cluster, clock, leave, remove, open } = await stage();
    await leave();
    cluster.machines.get('n1')!.world.fail('t');
    await clock.advance(5_000);
    expect(open()).toBe(1);
    await remove();
    await clock.advance(5_000);
    expect(open()).toBe(0);
    await cluster.killAgent('n1');
    const { agent } = await cluster.startAgent('n1', 'cpus:4');
    expect(agent).toBeDefined();
    await clock.advance(5_000);
    expect(open()).toBe(0);
  });

  it('must be known', async () => {
    const { cluster, client } = await stage();
    await expect(
      cluster.answer(client.request('framework.remove', { name: 'nope' }), 10),
    ).rejects.toMatchObject({ code: 'framework.unknown' });
  });
});
