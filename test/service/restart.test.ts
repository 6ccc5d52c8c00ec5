/** A service that is started anew by a person's word: all of it, with the care of a change, and once. */
import { describe, expect, it } from 'vitest';
import service from '../../plugins/service/index.ts';
import { reconcile } from '../../plugins/service/reconcile.ts';
import { verbs } from '../../plugins/service/verbs.ts';
import { callVerb, submit, why } from '../../src/client/commands.ts';
import type { Json } from '../../src/core/json.ts';
import type { AgentId } from '../../src/core/task.ts';
import { memoryCluster } from '../support/memory-cluster.ts';
import { instanceOf, viewOf } from '../support/service-view.ts';

const web = (more: { readonly [key: string]: Json } = {}) => ({
  name: 'web',
  count: 3,
  command: ['serve'],
  cpus: 0.5,
  update: { minHealthy: '2s' },
  ...more,
});

async function started(more = {}) {
  const cluster = await memoryCluster();
  await cluster.startAgent('n1');
  await cluster.startAgent('n2');
  cluster.startHost(service);
  const client = cluster.startClient();
  await cluster.clock.advance(1_000);
  await cluster.answer(submit(client, web(more)), 10);
  await cluster.clock.advance(5_000);
  const tasks = (): string[] =>
    [...cluster.machines.values()].flatMap(({ world }) => world.running.map(({ id }) => id));
  return {
    cluster,
    client,
    tasks,
    restart: () => cluster.answer(callVerb(client, 'web', 'restart', {}), 10),
  };
}

describe('a service that is started anew', () => {
  it('gets other tasks for all its instances, one after the other, and then stays as it is', async () => {
    const { cluster, client, tasks, restart } = await started();
    const before = new Set(tasks());
    await restart();
    let fewest = 3;
    for (let passed = 0; passed < 20_000; passed += 50) {
      await cluster.clock.advance(50);
      fewest = Math.min(fewest, tasks().length);
    }
    const after = tasks();
    expect(after).toHaveLength(3);
    expect(after.filter((id) => before.has(id))).toEqual([]);
    expect(fewest).toBeGreaterThanOrEqual(2);
    expect(client.state.jobs.get('web')).toMatchObject({ status: 'running', version: 1 });
    await cluster.clock.advance(60_000);
    expect(tasks().sort()).toEqual(after.sort());
  });

  it('takes as many at once as a change may', async () => {
    const { cluster, tasks, restart } = await started({ update: { minHealthy: '2s', maxParallel: 3 } });
    const before = new Set(tasks());
    await restart();
    await cluster.clock.advance(2_000);
    expect(tasks().filter((id) => !before.has(id))).toHaveLength(3);
  });

  it('says how far it is', async () => {
    const { cluster, client, restart } = await started();
    await restart();
    await cluster.clock.advance(3_000);
    const { sentence } = await cluster.answer(why(client, 'web'), 10);
    expect(sentence).toBe('web is started anew: 1 of 3 done.');
    expect(client.state.jobs.get('web')?.progress).toMatchObject({ what: 'restart', done: 1, of: 3 });
  });
});

it('what waits to be tried again is tried at once', () => {
  const failed = { inARow: 4, until: 99_000, version: 1, agent: 'a' as AgentId };
  const view = viewOf({ count: 1, memory: { failures: { 0: failed } } });
  expect(reconcile(view).place).toEqual([]);
  const { memory } = verbs['restart']!.run(view, {});
  expect(reconcile(viewOf({ count: 1, memory: memory! })).place).toHaveLength(1);
});

it.each([
  [
    'the one that was placed before it',
    [instanceOf(0), instanceOf(1, 'RUNNING', { note: 1 })],
    ['web.0 restart'],
  ],
  ['none while another one does not serve', [instanceOf(0), instanceOf(1, 'STARTING', { note: 1 })], []],
  ['none that was placed after it', [0, 1].map((i) => instanceOf(i, 'RUNNING', { note: 1 })), []],
])('a restart stops %s', (_, instances, stops) => {
  const { stop } = reconcile(viewOf({ count: 2, instances, memory: { failures: {}, restarts: 1 } }));
  expect(stop.map(({ instance: { name }, why: word }) => `${name} ${word}`)).toEqual(stops);
});
