/** Machines that say themselves that they cannot take new work: a full disk, or one that refuses. */
import { describe, expect, it } from 'vitest';
import batch from '../../plugins/batch/index.ts';
import { submit, why } from '../../src/client/commands.ts';
import { TenderError } from '../../src/core/errors.ts';
import type { TaskId } from '../../src/core/task.ts';
import { launch } from '../../src/framework/operations.ts';
import { memoryCluster } from '../support/memory-cluster.ts';
import { task } from '../support/puppet.ts';
import { runningOnOne } from './stage.ts';

async function stage() {
  const running = await runningOnOne(task('a', 1));
  const { cluster, client } = running;
  return {
    ...running,
    machine: cluster.machines.get('n1')!,
    agent: () => [...client.state.agents.values()][0]!,
    state: (id: string) => client.state.tasks.get(id as TaskId)?.state,
  };
}

describe('an agent whose disk is full', () => {
  it('says so, keeps its tasks, loses its offers, and gets new ones when there is room', async () => {
    const { clock, web, machine, agent, state } = await stage();
    const { free } = machine;
    expect(web.offers()).toHaveLength(1);
    machine.free = 1_000;
    await clock.advance(5_000);
    expect(agent()).toMatchObject({ state: 'ready', fault: { state: 'out of disk' } });
    expect(web.offers()).toEqual([]);
    expect([...web.context!.agents.values()]).toMatchObject([{ name: 'n1', fault: 'out of disk' }]);
    expect(state('a')).toBe('RUNNING');
    machine.free = free;
    await clock.advance(5_000);
    expect(agent().fault).toBeUndefined();
    expect(web.offers()).toHaveLength(1);
    expect(state('a')).toBe('RUNNING');
  });

  it('has one more launch on its way at most: it is dropped with the cause', async () => {
    const { clock, web, machine, state, client } = await stage();
    // Between two looks of the agent's own: one that finds it first is told first, and the launch comes too late.
    await clock.advance(500);
    machine.free = 1_000;
    const [offer] = web.offers();
    web.context!.accept([offer!.id], [launch([task('b', 1)])], 0);
    await clock.advance(400);
    expect(state('b')).toBe('DROPPED');
    expect(client.state.tasks.get('b' as TaskId)!.message).toBe(
      'nothing new starts on this machine, which is out of disk: less than 64 MiB is free in /state',
    );
    expect(web.offers()).toEqual([]);
  });

  it('still is when it comes back, and when the master does', async () => {
    const { cluster, clock, web, machine, agent } = await stage();
    machine.free = 1_000;
    await cluster.killAgent('n1');
    await cluster.startAgent('n1', 'cpus:4');
    await clock.advance(5_000);
    expect(agent()).toMatchObject({ state: 'ready', fault: { state: 'out of disk' } });
    await cluster.killMaster();
    await cluster.startMaster();
    await clock.advance(10_000);
    expect(agent()).toMatchObject({ state: 'ready', fault: { state: 'out of disk' } });
    expect(web.offers()).toEqual([]);
  });

  it('is the reason why a job waits', async () => {
    const cluster = await memoryCluster();
    await cluster.startAgent('n1');
    cluster.machines.get('n1')!.free = 1_000;
    cluster.startHost(batch);
    const client = cluster.startClient();
    await cluster.clock.advance(6_000);
    await cluster.answer(submit(client, { name: 'render', kind: 'batch', command: ['render'] }));
    await cluster.clock.advance(1_000);
    expect(client.state.jobs.get('render')!.message).toContain('every agent is out of disk');
    expect((await why(client, 'n1')).help).toBe('free some space on n1: it gets new work again by itself');
  });
});

describe('an agent whose disk refuses what it writes', () => {
  it('gets no new work until a write is taken again', async () => {
    const { clock, web, machine, agent, state } = await stage();
    const { commit } = machine.store;
    const refused = new TenderError('state.write', { folder: 'n1', cause: 'readonly file system' });
    machine.store.commit = () => Promise.reject(refused);
    const [offer] = web.offers();
    web.context!.accept([offer!.id], [launch([task('b', 1)])], 0);
    await clock.advance(500);
    expect(state('b')).toBe('DROPPED');
    expect(agent().fault).toEqual({ state: 'unable to write', why: refused.message });
    await clock.advance(60_000);
    expect(web.offers()).toEqual([]);
    machine.store.commit = commit;
    await clock.advance(2_000);
    expect(agent().fault).toBeUndefined();
    expect(web.offers()).toHaveLength(1);
  });
});
