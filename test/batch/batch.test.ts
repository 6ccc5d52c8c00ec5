/** The batch framework on a whole cluster in memory: what was asked for is done, once, whatever dies in between. */
import { describe, expect, it } from 'vitest';
import batch from '../../plugins/batch/index.ts';
import service from '../../plugins/service/index.ts';
import { stop, submit, why } from '../../src/client/commands.ts';
import type { Json } from '../../src/core/json.ts';
import type { TaskId, TaskSpec } from '../../src/core/task.ts';
import { type MemoryCluster, memoryCluster } from '../support/memory-cluster.ts';

const job = (more: { readonly [key: string]: Json } = {}) => ({
  name: 'job',
  kind: 'batch',
  command: ['work'],
  cpus: 0.5,
  mem: 64,
  ...more,
});

async function started(agents = 2, seed = 1) {
  const cluster = await memoryCluster(seed);
  for (let i = 1; i <= agents; i++) await cluster.startAgent(`n${i}`);
  const host = cluster.startHost(batch);
  const client = cluster.startClient();
  await cluster.clock.advance(1_000);
  const call = (verb: string, args: { readonly [key: string]: Json } = {}): Promise<Json> =>
    cluster.answer(
      client.request('framework.call', { to: { framework: 'batch' }, verb, args: { job: 'job', ...args } }),
      10,
    );
  return { cluster, host, client, call, clock: cluster.clock };
}

const done = (output?: string) =>
  ({ state: 'FINISHED', reason: 'exited', message: '', exitCode: 0, ...(output && { output }) }) as const;
const failed = { state: 'FAILED', reason: 'exited', message: 'exited with code 1', exitCode: 1 } as const;

const live = (cluster: MemoryCluster): TaskSpec[] =>
  [...cluster.machines.values()].flatMap(({ world }) => world.running);
function end(cluster: MemoryCluster, task: TaskId, how: ReturnType<typeof done> | typeof failed): void {
  for (const { world } of cluster.machines.values()) world.end(task, how);
}

/** All that runs ends well, until nothing runs any more. @returns environments by name, in the order of their ends */
async function work(
  cluster: MemoryCluster,
  output?: string,
): Promise<[string, Readonly<Record<string, string>>][]> {
  const ended: [string, Readonly<Record<string, string>>][] = [];
  for (let idle = 0; idle < 3; idle++) {
    await cluster.clock.advance(500);
    for (const { id, name, env } of live(cluster)) {
      idle = 0;
      ended.push([name, env]);
      end(cluster, id, done(output));
    }
  }
  return ended;
}

describe('a batch job', () => {
  it('runs an array to its end, each index once, and says so', async () => {
    const { cluster, client } = await started();
    await cluster.answer(submit(client, job({ count: 40 })));
    const ended = await work(cluster);
    expect(ended.map(([, env]) => Number(env['TENDER_INDEX'])).sort((a, b) => a - b)).toEqual([
      ...Array(40).keys(),
    ]);
    expect(client.state.jobs.get('job')).toMatchObject({ status: 'complete', running: 0, message: '' });
    expect((await cluster.answer(why(client, 'job'))).sentence).toContain('job is complete');
  });

  it('is listed until it is stopped; then nothing of it is left', async () => {
    const { cluster, client, call } = await started();
    await cluster.answer(submit(client, job({ count: 3 })));
    await work(cluster);
    await call('run-now');
    await work(cluster);
    await cluster.answer(stop(client, 'job'));
    await cluster.clock.advance(2_000);
    expect(client.state.jobs.size).toBe(0);
    expect(cluster.master.parts.registry.kv('batch' as never).size).toBe(0);
  });

  it('says how it failed', async () => {
    const { cluster, client, clock } = await started();
    await cluster.answer(submit(client, job({ retry: { attempts: 0 } })));
    await clock.advance(1_000);
    end(cluster, live(cluster)[0]!.id, failed);
    await clock.advance(1_000);
    expect(client.state.jobs.get('job')).toMatchObject({
      status: 'failed',
      columns: { last: '1 failed in 2.0 s' },
    });
    expect((await cluster.answer(why(client, 'job'))).sentence).toBe(
      'run 1 of job failed in 1 of 1: job.0 exited with code 1, 1 try.',
    );
  });

  it('demands all that waits in round numbers, however few of it are named', async () => {
    const { cluster, client, clock } = await started(1);
    await cluster.answer(submit(client, job({ count: 5_000 })));
    await clock.advance(2_000);
    expect(live(cluster)).toHaveLength(8);
    const { allocator } = cluster.master.parts;
    const [demand] = allocator.needs('batch');
    expect(demand?.demand.count).toBe(4_900);
    const sentence = (await cluster.answer(why(client, 'job'))).sentence;
    expect(sentence).toBe('job waits: 0.5 cpus too few (wants 0.5, 0 free); 8 of 5000 run.');
  });

  it('gives each dispatched run its parameters and its payload', async () => {
    const { cluster, client, call, clock } = await started();
    await cluster.answer(submit(client, job({ dispatch: { required: ['FILE'], payload: 'optional' } })));
    await call('dispatch', { parameters: { FILE: 'a' }, payload: 'hello' });
    await call('dispatch', { parameters: { FILE: 'b' } });
    await clock.advance(1_000);
    const found = live(cluster).map(({ name, env, payload }) => [name, env['FILE'], payload]);
    expect(found.sort()).toEqual([
      ['job.1.0', 'a', 'hello'],
      ['job.2.0', 'b', undefined],
    ]);
  });

  it('runs by its schedule, tells the next time, and goes on with it after a restart with one run for many', async () => {
    const { cluster, client, clock, host } = await started();
    await cluster.answer(submit(client, job({ schedule: '*/10 * * * *' })));
    expect(client.state.jobs.get('job')).toMatchObject({
      status: 'scheduled',
      columns: { next: '1970-01-01 00:20 UTC' },
    });
    await clock.advance(600_000);
    expect(await work(cluster)).toHaveLength(1);
    await host.close();
    await clock.advance(7_200_000);
    cluster.startHost(batch);
    await clock.advance(1_000);
    expect((await work(cluster)).map(([name]) => name)).toEqual(['job.2.0']);
  });
});

describe('jobs after each other', () => {
  it('run in their order, with what those before them gave', async () => {
    const { cluster, client } = await started();
    await cluster.answer(submit(client, job({ name: 'load', after: ['clean', 'rates'] })));
    await cluster.answer(submit(client, job({ name: 'clean', after: ['extract'] })));
    await cluster.answer(submit(client, job({ name: 'rates' })));
    await cluster.answer(submit(client, job({ name: 'extract' })));
    const ended = await work(cluster, 'FROM=before');
    const names = ended.map(([name]) => name);
    expect(names.slice(0, 2).sort()).toEqual(['extract.0', 'rates.0']);
    expect(names.slice(2)).toEqual(['clean.1.0', 'load.1.0']);
    expect(ended.at(-1)![1]).toMatchObject({ FROM: 'before' });
    expect(client.state.jobs.get('load')).toMatchObject({ status: 'complete', needs: ['clean', 'rates'] });
  });

  it('are refused where one would wait for itself', async () => {
    const { cluster, client } = await started();
    await cluster.answer(submit(client, job({ name: 'a', after: ['b'] })));
    await cluster.answer(submit(client, job({ name: 'b', after: ['c'] })));
    await expect(cluster.answer(submit(client, job({ name: 'c', after: ['a'] })))).rejects.toMatchObject({
      code: 'job.circle',
    });
  });

  it('of another framework wait until a batch job is complete, and not only at work', async () => {
    const { cluster, client, clock } = await started();
    cluster.startHost(service);
    await clock.advance(1_000);
    await cluster.answer(submit(client, job({ name: 'migrate' })));
    await cluster.answer(submit(client, { name: 'web', command: ['serve'], cpus: 0.5, needs: ['migrate'] }));
    await clock.advance(5_000);
    expect(cluster.running('web')).toEqual([]);
    end(cluster, live(cluster)[0]!.id, done());
    await clock.advance(2_000);
    expect(cluster.running('web')).toEqual(['web.0']);
  });

  it('go on when everything is started anew between them', async () => {
    const { cluster, client, host, clock } = await started();
    await cluster.answer(submit(client, job({ name: 'b', after: ['a'] })));
    await cluster.answer(submit(client, job({ name: 'a' })));
    await clock.advance(1_000);
    end(cluster, live(cluster)[0]!.id, done('X=1'));
    await host.close();
    await cluster.killMaster();
    await clock.advance(1_000);
    await cluster.startMaster();
    cluster.startHost(batch);
    await clock.advance(30_000);
    expect((await work(cluster)).map(([name, env]) => [name, env['X']])).toEqual([['b.1.0', '1']]);
  });
});

describe('each index of an array ends well once, and none is lost', () => {
  const COUNT = 60;
  it.each(
    Array.from({ length: Number(process.env.SEEDS ?? 12) }, (_, i) => i + Number(process.env.FROM ?? 1)),
  )('whatever dies in between (seed %i)', async (seed) => {
    const { cluster, client, host: first } = await started(3, seed);
    const { clock, random } = cluster;
    const upTo = (most: number): number => Math.floor(random() * most);
    let host = first;
    const names = ['n1', 'n2', 'n3'];
    const successes = new Map<string, number>();
    /** What runs ends, in one way or another; some of it goes on. */
    const some = (share: number): void => {
      for (const { id, env } of live(cluster)) {
        if (random() > share) continue;
        const isWell = random() < 0.8;
        const index = env['TENDER_INDEX']!;
        if (isWell) successes.set(index, (successes.get(index) ?? 0) + 1);
        end(cluster, id, isWell ? done() : failed);
      }
    };
    // A machine that is out of reach is waited for: then none is done twice.
    const spec = job({ count: COUNT, onLost: 'wait', retry: { attempts: 1_000, delay: 100, maxDelay: 1 } });
    await cluster.answer(submit(client, spec));
    const faults = [
      async () => {
        await host.close();
        await clock.advance(upTo(2_000));
        host = cluster.startHost(batch);
      },
      async () => {
        await host.close();
        host = cluster.startHost(batch);
        await clock.advance(upTo(20));
      },
      async () => {
        await cluster.killMaster();
        await clock.advance(upTo(3_000));
        await cluster.startMaster();
      },
      async () => {
        const name = names[upTo(3)]!;
        await cluster.killAgent(name);
        await clock.advance(upTo(25_000));
        await cluster.startAgent(name);
      },
      async () => {
        const target = [...names, 'frameworks'][upTo(4)]!;
        cluster.network.cut(target);
        await clock.advance(upTo(25_000));
        cluster.network.heal(target);
      },
      async () => {
        cluster.network.lossy('master', { toListener: 0.05, toDialer: 0.05 });
        await clock.advance(upTo(10_000));
        cluster.network.heal('master');
      },
    ];
    for (let round = 0; round < 12; round++) {
      await clock.advance(upTo(500));
      some(0.4);
      await clock.advance(upTo(30)); // in the midst of what follows
      await faults[upTo(faults.length)]!();
    }
    for (let i = 0; i < 200 && client.state.jobs.get('job')?.status !== 'complete'; i++) {
      await clock.advance(2_000);
      some(1);
    }
    expect(client.state.jobs.get('job')).toMatchObject({ status: 'complete' });
    expect(cluster.doubleStarts()).toEqual([]);
    expect([...successes.keys()].map(Number).sort((a, b) => a - b)).toEqual([...Array(COUNT).keys()]);
    expect([...successes].filter(([, times]) => times > 1)).toEqual([]);
  });
});
