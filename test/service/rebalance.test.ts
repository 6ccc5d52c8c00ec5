/** What had better run elsewhere moves there, on a person's word, and no more of it at once than a change may take away. */
import { describe, expect, it } from 'vitest';
import service from '../../plugins/service/index.ts';
import { rebalance } from '../../src/client/changes.ts';
import { submit } from '../../src/client/commands.ts';
import type { Json } from '../../src/core/json.ts';
import { memoryCluster } from '../support/memory-cluster.ts';

async function started() {
  const cluster = await memoryCluster();
  await cluster.startAgent('n1');
  await cluster.startAgent('n2');
  cluster.startHost(service);
  const client = cluster.startClient();
  await cluster.clock.advance(1_000);
  const run = async (name: string, more: { readonly [key: string]: Json } = {}) => {
    const spec = { name, count: 4, command: ['serve'], cpus: 0.5, update: { minHealthy: '2s' }, ...more };
    await cluster.answer(submit(client, spec), 10);
    await cluster.clock.advance(5_000);
  };
  return {
    cluster,
    run,
    moves: (options = {}) => cluster.answer(rebalance(client, options), 10),
    where: () => [...cluster.machines.values()].map(({ world }) => world.running.length),
  };
}

describe('a machine that has joined', () => {
  it('is told of by a plan, with the gain of each move, the greatest first; nothing moves', async () => {
    const { cluster, run, moves, where } = await started();
    await run('web');
    await run('api');
    await cluster.startAgent('n3');
    await cluster.clock.advance(1_000);
    const planned = await moves({ plan: true });
    expect(planned.map(({ to }) => to)).toEqual(planned.map(() => 'n3'));
    expect(planned.length).toBeGreaterThanOrEqual(2);
    const gains = planned.map(({ gain }) => gain);
    expect(gains).toEqual([...gains].sort((a, b) => b - a));
    await cluster.clock.advance(60_000);
    expect(where()).toEqual([4, 4, 0]);
  });

  it('gets its share, one instance of a job after the other, and then nothing more has to move', async () => {
    const { cluster, run, moves, where } = await started();
    await run('web');
    await run('api');
    await cluster.startAgent('n3');
    await cluster.clock.advance(1_000);
    await moves();
    let least = 8;
    for (let passed = 0; passed < 30_000; passed += 100) {
      await cluster.clock.advance(100);
      least = Math.min(least, where()[0]! + where()[1]! + where()[2]!);
    }
    expect(Math.max(...where()) - Math.min(...where())).toBeLessThanOrEqual(1);
    expect(least).toBeGreaterThanOrEqual(6);
    expect(await moves()).toEqual([]);
  });

  it('gets no more than is allowed, of the job that is named, and nothing that may not go there', async () => {
    const { cluster, run, moves } = await started();
    await run('web');
    await run('api', { constraints: ['hostname != n3'] });
    await cluster.startAgent('n3');
    await cluster.clock.advance(1_000);
    expect(await moves({ plan: true, most: 1 })).toHaveLength(1);
    expect(await moves({ plan: true, job: 'api' })).toEqual([]);
    expect(new Set((await moves({ plan: true })).map(({ job }) => job))).toEqual(new Set(['web']));
  });
});

it('what is even stays where it is', async () => {
  const { run, moves } = await started();
  await run('web');
  expect(await moves()).toEqual([]);
});
