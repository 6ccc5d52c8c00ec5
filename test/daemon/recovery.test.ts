/** After a start of the master: what quotas promise and limit holds, though the agents come back one by one. */
import { describe, expect, it } from 'vitest';
import type { RoleChange } from '../../src/core/quota-rules.ts';
import { scalar } from '../../src/core/resources.ts';
import type { TaskId } from '../../src/core/task.ts';
import { task } from '../support/puppet.ts';
import { runningOnOne } from './stage.ts';

/** Beside n1, where 3 cpus are taken, another agent of 4 cpus; the framework is in role web. */
async function stage(quota?: RoleChange['quota']) {
  const running = await runningOnOne(task('t', 3));
  const { cluster, clock, client, web } = running;
  await cluster.startAgent('n2', 'cpus:4');
  if (quota !== undefined)
    await cluster.answer(
      client.request('roles.set', { changes: [{ role: 'web', quota }], force: false }),
      10,
    );
  await clock.advance(1_000);
  return {
    ...running,
    offered: () => web.offers().reduce((sum, { resources }) => sum + scalar(resources, 'cpus'), 0) / 1000,
    /** A new master, and of the agents only this one. */
    async restart(...back: string[]) {
      await cluster.killMaster();
      for (const name of ['n1', 'n2']) await cluster.killAgent(name);
      await cluster.startMaster();
      for (const name of back) await cluster.startAgent(name, 'cpus:4');
      await clock.advance(5_000);
    },
  };
}

const LIMIT = { limit: { cpus: 4000 } };

describe('a new master', () => {
  it('offers nothing while an agent is away, if any role has a quota; and all when the last one is back', async () => {
    const { cluster, clock, offered, restart } = await stage(LIMIT);
    expect(offered()).toBe(1);
    await restart('n2');
    expect(offered()).toBe(0);
    await cluster.startAgent('n1', 'cpus:4');
    await clock.advance(1_000);
    expect(offered()).toBe(1);
  });

  it('waits no longer than for as long as the agents have for their return', async () => {
    const { clock, offered, restart } = await stage(LIMIT);
    await restart('n2');
    await clock.advance(20_000);
    expect(offered()).toBe(0);
    await clock.advance(10_000);
    expect(offered()).toBe(4);
  });

  it('waits for nobody whom a person has given up', async () => {
    const { cluster, clock, client, offered, restart } = await stage(LIMIT);
    await restart('n2');
    await cluster.answer(client.request('agent.gone', { name: 'n1' }), 10);
    await clock.advance(100);
    expect(offered()).toBe(4);
  });

  it('offers at once what is there where no role has a quota', async () => {
    const { offered, restart } = await stage();
    await restart('n2');
    expect(offered()).toBe(4);
  });

  it('stops waiting when the last quota is taken away, and begins when one is set', async () => {
    const { cluster, clock, client, web, offered, restart } = await stage();
    await restart('n2');
    const set = (quota: RoleChange['quota']) =>
      cluster.answer(client.request('roles.set', { changes: [{ role: 'x', quota }], force: true }), 10);
    await set(LIMIT);
    web.context!.decline([...web.context!.offers.keys()], 0);
    await clock.advance(100);
    expect(offered()).toBe(0);
    await set(null);
    await clock.advance(100);
    expect(offered()).toBe(4);
  });

  it('knows since when a task runs, though its agent has died, too', async () => {
    const { clock, client, restart } = await stage();
    const task = () => client.state.tasks.get('t' as TaskId);
    const { since } = task()!;
    await clock.advance(60_000);
    await restart('n1', 'n2');
    expect(task()).toMatchObject({ state: 'RUNNING', reason: 'agent_restarted', since });
    await restart('n1', 'n2');
    expect(task()).toMatchObject({ since });
  });

  it('says for what it waits', async () => {
    const { cluster, client, restart } = await stage(LIMIT);
    await restart('n2');
    const [told] = await cluster.answer(client.request('allocator.explain', { role: 'web' }), 10);
    expect(told).toMatchObject({
      decisive: 'the master waits for 1 agent to return before it shares out what quotas limit',
    });
  });
});
