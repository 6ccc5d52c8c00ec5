/** A person ends one task: it is KILLED, its framework hears so and puts another one in its place. */
import { afterEach, expect, it } from 'vitest';
import service from '../../plugins/service/index.ts';
import type { Client } from '../../src/client/client.ts';
import { submit } from '../../src/client/commands.ts';
import { type MemoryCluster, memoryCluster } from '../support/memory-cluster.ts';

let client: Client | undefined;
afterEach(() => client?.close());

async function serving(): Promise<{ cluster: MemoryCluster; client: Client }> {
  const cluster = await memoryCluster();
  await cluster.startAgent('nuc1');
  cluster.startHost(service);
  client = cluster.startClient();
  await cluster.clock.advance(2_000);
  await cluster.answer(submit(client, { name: 'web', command: ['x'], count: 2 }));
  await cluster.clock.advance(10_000);
  expect(cluster.running('web')).toEqual(['web.0', 'web.1']);
  return { cluster, client };
}

it('and another one takes its place', async () => {
  const { cluster, client } = await serving();
  const task = cluster.tasks('web').find(({ name }) => name === 'web.0')!;
  await cluster.answer(client.request('task.kill', { task: task.id }));
  await cluster.clock.advance(1_000);
  expect(client.state.tasks.get(task.id)?.state).toBe('KILLED');
  await cluster.clock.advance(60_000);
  expect(cluster.running('web')).toEqual(['web.0', 'web.1']);
  expect(cluster.tasks('web').map(({ id }) => id)).not.toContain(task.id);
});

it('but what has ended, or never was, is no task to kill', async () => {
  const { cluster, client } = await serving();
  const [task] = cluster.tasks('web');
  await cluster.answer(client.request('task.kill', { task: task!.id }));
  await cluster.clock.advance(5_000);
  const again = cluster.answer(client.request('task.kill', { task: task!.id }));
  await expect(again).rejects.toMatchObject({ code: 'task.not_running' });
  const other = cluster.answer(client.request('task.kill', { task: 'nope' as never }));
  await expect(other).rejects.toMatchObject({ code: 'task.unknown' });
});
