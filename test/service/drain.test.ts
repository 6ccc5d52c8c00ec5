/** A service whose machine is to be left: it moves, one instance at a time, and serves all the while. */
import { describe, expect, it } from 'vitest';
import service from '../../plugins/service/index.ts';
import { reconcile } from '../../plugins/service/reconcile.ts';
import { submit } from '../../src/client/commands.ts';
import type { AgentId } from '../../src/core/task.ts';
import { memoryCluster } from '../support/memory-cluster.ts';
import { instanceOf, viewOf } from '../support/service-view.ts';

const web = (count: number, more = {}) => ({ name: 'web', count, command: ['serve'], cpus: 1, ...more });

async function started(...resources: readonly string[]) {
  const cluster = await memoryCluster();
  for (const [i, has] of resources.entries()) await cluster.startAgent(`n${i + 1}`, has);
  cluster.startHost(service);
  const client = cluster.startClient();
  await cluster.clock.advance(1_000);
  const on = (name: string): number => cluster.machines.get(name)!.world.running.length;
  return {
    cluster,
    client,
    clock: cluster.clock,
    on,
    drain: (name: string, deadlineMs?: number) =>
      cluster.answer(client.request('agent.drain', { name, deadlineMs }), 10),
    withdrawn: (name: string) =>
      [...client.state.agents.values()].find((agent) => agent.name === name)?.withdrawn?.state,
  };
}

describe('a service on a draining machine', () => {
  it('moves one instance after another, and has never one fewer than that', async () => {
    const { cluster, client, clock, on, drain, withdrawn } = await started(
      'cpus:4;mem:4096',
      'cpus:4;mem:4096',
    );
    await cluster.answer(submit(client, web(4)));
    await clock.advance(2_000);
    expect(on('n1')).toBeGreaterThan(0);
    await drain('n1');
    let fewest = 4;
    for (let i = 0; i < 600; i++) {
      await clock.advance(50);
      fewest = Math.min(fewest, on('n1') + on('n2'));
    }
    expect([on('n1'), on('n2')]).toEqual([0, 4]);
    expect(fewest).toBeGreaterThanOrEqual(3);
    expect(withdrawn('n1')).toBe('drained');
    expect(client.state.jobs.get('web')).toMatchObject({ status: 'running', running: 4 });
  });

  it('that finds no other room loses one instance by itself, and the others at the deadline', async () => {
    const { cluster, client, clock, on, drain, withdrawn } = await started(
      'cpus:4;mem:4096',
      'cpus:0.5;mem:4096',
    );
    await cluster.answer(submit(client, web(3)));
    await clock.advance(2_000);
    await drain('n1', 60_000);
    await clock.advance(59_000);
    expect(on('n1')).toBe(2);
    await clock.advance(10_000);
    expect([on('n1'), withdrawn('n1')]).toEqual([0, 'drained']);
    await cluster.answer(client.request('agent.activate', { name: 'n1' }), 10);
    await clock.advance(30_000);
    expect(on('n1')).toBe(3);
  });
});

const on = (agent: string) => ({ agent: agent as AgentId });

it.each([
  [
    'the lowest slot there',
    [instanceOf(0, 'RUNNING', on('b')), instanceOf(1, 'RUNNING', on('a'))],
    ['web.1 leave'],
  ],
  [
    'none while another one does not serve yet',
    [instanceOf(0, 'STARTING', on('b')), instanceOf(1, 'RUNNING', on('a'))],
    [],
  ],
  ['none of other machines', [instanceOf(0, 'RUNNING', on('b')), instanceOf(1, 'RUNNING', on('b'))], []],
])('of the instances on a machine to be left is stopped %s', (_, instances, stops) => {
  const agents = [{ id: 'a' as AgentId, withdrawn: 'draining' as const }, { id: 'b' as AgentId }];
  const { stop } = reconcile(viewOf({ count: 2, instances, agents }));
  expect(stop.map(({ instance: { name }, why }) => `${name} ${why}`)).toEqual(stops);
});
