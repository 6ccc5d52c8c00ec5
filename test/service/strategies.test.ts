/** Changes of a service in a whole cluster: what fails is taken back, what is tried waits, and nobody is ever locked out. */
import { describe, expect, it } from 'vitest';
import batch from '../../plugins/batch/index.ts';
import service from '../../plugins/service/index.ts';
import { endpoints, plan, rollback, versions } from '../../src/client/changes.ts';
import { callVerb, scale, specOf, stop, submit, why } from '../../src/client/commands.ts';
import { planText } from '../../src/client/plan-text.ts';
import { runs } from '../../src/client/runs.ts';
import type { Json } from '../../src/core/json.ts';
import { memoryCluster } from '../support/memory-cluster.ts';

type Spec = { readonly [key: string]: Json };

const QUICK = { minHealthy: '1s' };
const web = (version: number, { update = {}, ...more }: Spec & { update?: Spec } = {}): Spec => ({
  name: 'web',
  count: 3,
  command: ['serve'],
  cpus: 0.5,
  env: { VERSION: version },
  update: { ...QUICK, ...update },
  ...more,
});

async function started(agents = 2) {
  const cluster = await memoryCluster();
  for (let i = 1; i <= agents; i++) await cluster.startAgent(`n${i}`);
  let host = cluster.startHost(service);
  const client = cluster.startClient();
  await cluster.clock.advance(1_000);
  let broken: string | undefined;
  /** Programs of this version end as soon as they have started. */
  const breaks = (version: number | undefined): void => {
    broken = version === undefined ? undefined : String(version);
  };
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 50) {
      await cluster.clock.advance(50);
      for (const { world } of cluster.machines.values())
        for (const { name, env } of world.running)
          if (broken !== undefined && env['VERSION'] === broken) world.fail(name);
    }
  };
  const programs = (job = 'web') =>
    [...cluster.machines.values()].flatMap(({ world }) => world.running).filter((spec) => spec.job === job);
  return {
    cluster,
    client,
    pass,
    breaks,
    programs,
    run: (spec: Spec, ifVersion?: number) => cluster.answer(submit(client, spec, ifVersion), 10),
    say: (verb: string, args = {}) => cluster.answer(callVerb(client, 'web', verb, args), 10),
    why: async () => (await cluster.answer(why(client, 'web'), 10)).sentence,
    job: (name = 'web') => client.state.jobs.get(name),
    /** Versions that run, by number. */
    mix: () =>
      Object.fromEntries(
        [...Map.groupBy(programs(), ({ env }) => env['VERSION']!)].map(([version, all]) => [
          version,
          all.length,
        ]),
      ),
    restart: async () => {
      await host.close();
      host = cluster.startHost(service);
    },
  };
}

describe('a change', () => {
  it('that fails is taken back by itself: the version before is the newest one', async () => {
    const { run, pass, breaks, mix, job, why, client, cluster } = await started();
    await run(web(1));
    await pass(3_000);
    breaks(2);
    await run(web(2));
    let least = 3;
    for (let i = 0; i < 40; i++) {
      await pass(500);
      least = Math.min(least, mix()['1'] ?? 0);
    }
    expect([mix(), least]).toEqual([{ 1: 3 }, 2]);
    expect(job()).toMatchObject({ version: 3, status: 'running', healthy: 3 });
    expect(await cluster.answer(specOf(client, 'web'))).toMatchObject({ env: { VERSION: '1' } });
    expect(await why()).toBe(
      'web is as it was before version 2, which was taken back (web.0 failed 3 times in a row): 3 of 3 run.',
    );
    breaks(undefined);
    await run(web(2));
    await pass(10_000);
    expect(mix()).toEqual({ 2: 3 });
  });

  it('that fails stays where it is when nobody wants it back, says so, and can be tried again', async () => {
    const { run, pass, breaks, mix, job, why, say } = await started();
    const update = { autoRevert: false };
    await run(web(1, { update }));
    await pass(3_000);
    breaks(2);
    await run(web(2, { update }));
    await pass(20_000);
    expect(job()).toMatchObject({ status: 'failed', healthy: 3 });
    expect(mix()).toEqual({ 1: 3 });
    expect(await why()).toMatch(/which has failed: web\.0 failed 3 times in a row/);
    breaks(undefined);
    await say('resume');
    await pass(10_000);
    expect(mix()).toEqual({ 2: 3 });
  });

  it('is not spoken of where it was the first: that one just does not start', async () => {
    const { run, pass, breaks, why } = await started();
    breaks(1);
    await run(web(1));
    await pass(20_000);
    expect(await why()).toMatch(/^web\.\d failed \d+ times in a row \(.+\); it is started again in \d+ s\.$/);
  });

  it('whose instances hang is taken back at the deadline', async () => {
    const { run, pass, mix, job } = await started();
    await run(web(1));
    await pass(3_000);
    // There is no command in this world that would ever succeed.
    const health = { command: ['check'], grace: '1h' };
    await run(web(2, { health, update: { healthyDeadline: '30s' } }));
    await pass(25_000);
    expect(mix()).toEqual({ 1: 2, 2: 1 });
    await pass(20_000);
    expect([mix(), job()?.status]).toEqual([{ 1: 3 }, 'running']);
  });

  it('can be held, and goes on; a newer one takes its place at any time', async () => {
    const { run, pass, mix, job, say } = await started();
    await run(web(1));
    await pass(3_000);
    await run(web(2));
    await pass(500);
    await say('pause');
    await pass(20_000);
    expect([mix(), job()?.status]).toEqual([{ 1: 2, 2: 1 }, 'paused']);
    await run(web(3));
    await pass(10_000);
    expect([mix(), job()?.status]).toEqual([{ 3: 3 }, 'running']);
  });

  it('can be given up', async () => {
    const { run, pass, mix, say, job } = await started();
    await run(web(1));
    await pass(3_000);
    await run(web(2));
    await pass(1_600);
    await say('abort');
    await pass(10_000);
    expect([mix(), job()?.version]).toEqual([{ 1: 3 }, 3]);
    await expect(say('abort')).rejects.toMatchObject({ code: 'update.none' });
  });

  it('outlives the death of its framework at any moment', async () => {
    const { run, pass, mix, restart, cluster } = await started();
    await run(web(1, { count: 5 }));
    await pass(3_000);
    await run(web(2, { count: 5 }));
    for (let i = 0; i < 12; i++) {
      await pass(50 + i * 130);
      await restart();
    }
    await pass(20_000);
    expect([mix(), cluster.doubleStarts()]).toEqual([{ 2: 5 }, []]);
  });

  it('goes on when an agent is lost in the middle of it', async () => {
    const { run, pass, mix, cluster } = await started(3);
    await run(web(1));
    await pass(3_000);
    await run(web(2));
    await pass(500);
    await cluster.killAgent('n2');
    cluster.machines.delete('n2');
    await pass(60_000);
    expect(mix()).toEqual({ 2: 3 });
  });
});

describe('canaries', () => {
  const update = { strategy: 'canary', canaries: 1 };
  it('wait for a word, and lead the others', async () => {
    const { run, pass, mix, say, why, job } = await started();
    await run(web(1, { update }));
    await pass(3_000);
    await run(web(2, { update }));
    await expect(say('promote')).rejects.toMatchObject({ code: 'update.untried' });
    await pass(30_000);
    expect(mix()).toEqual({ 1: 3, 2: 1 });
    expect(await why()).toContain('its canaries serve, and wait for your word');
    expect(job()?.status).toBe('updating');
    await say('promote');
    await pass(10_000);
    expect([mix(), job()?.status]).toEqual([{ 2: 3 }, 'running']);
  });

  it('of another role bring back what is lost meanwhile in the role that it had', async () => {
    const { run, pass, mix, programs, cluster } = await started();
    await run(web(1, { update }));
    await pass(3_000);
    await run(web(2, { update, role: 'other', cpus: 100 })); // no room for canaries
    await pass(1_000);
    const name = programs()[0]!.name;
    for (const { world } of cluster.machines.values())
      if (world.running.some((one) => one.name === name)) world.fail(name);
    await pass(3_000);
    expect(mix()).toEqual({ 1: 3 });
  });

  it('that fail leave the others as they were', async () => {
    const { run, pass, breaks, mix, job } = await started();
    await run(web(1, { update }));
    await pass(3_000);
    breaks(2);
    await run(web(2, { update }));
    for (let i = 0; i < 20; i++) {
      await pass(500);
      expect(mix()['1']).toBe(3);
    }
    expect([mix(), job()?.status]).toEqual([{ 1: 3 }, 'running']);
  });
});

it('blue and green: traffic goes over at once, when all of the new ones serve', async () => {
  const { run, pass, mix, say, client, job, programs } = await started();
  const more = { update: { strategy: 'bluegreen' }, ports: { http: 'auto' } };
  await run(web(1, more));
  await pass(3_000);
  await run(web(2, more));
  await pass(10_000);
  const weights = () => {
    const versions = new Map(programs().map(({ id, env }) => [id, env['VERSION']!]));
    const all = endpoints(client, job()!).map(({ task, weight }) => `${versions.get(task)}: ${weight}`);
    return [...new Set(all)].sort();
  };
  expect([mix(), weights()]).toEqual([{ 1: 3, 2: 3 }, ['1: 100', '2: 0']]);
  await say('promote');
  await pass(5_000);
  expect([mix(), weights()]).toEqual([{ 2: 3 }, ['2: 100']]);
});

describe('versions', () => {
  it('are kept, the last ten, and gone back to', async () => {
    const { run, pass, mix, client, cluster } = await started();
    for (let version = 1; version <= 13; version++) await run(web(version));
    await pass(12_000);
    const all = await cluster.answer(versions(client, 'web'));
    expect(all.map(({ version }) => version)).toEqual([13, 12, 11, 10, 9, 8, 7, 6, 5, 4]);
    await cluster.answer(rollback(client, 'web', 7));
    await pass(12_000);
    expect(mix()).toEqual({ 7: 3 });
    await cluster.answer(rollback(client, 'web'));
    await pass(12_000);
    expect(mix()).toEqual({ 13: 3 });
    await expect(cluster.answer(rollback(client, 'web', 2))).rejects.toMatchObject({
      code: 'version.unknown',
    });
  });

  it('are what a plan was made for', async () => {
    const { run, client, cluster } = await started();
    await run(web(1), 0);
    await expect(run(web(2), 0)).rejects.toMatchObject({ code: 'job.changed' });
    await cluster.answer(scale(client, 'web', 2));
    await expect(run(web(2), 1)).rejects.toMatchObject({ code: 'job.changed' });
    await run(web(2), 2);
  });
});

it('what only jobs of another kind can do is refused by that kind, not by a list of verbs', async () => {
  const { run, client, cluster } = await started();
  cluster.startHost(batch);
  await cluster.clock.advance(1_000);
  await run(web(1));
  await expect(runs(client, 'web')).rejects.toMatchObject({
    code: 'job.other_kind',
    fields: { name: 'web', kind: 'service', verb: 'runs', kinds: 'batch' },
  });
});

describe('a plan', () => {
  it('says what would change, step by step and where; nothing does', async () => {
    const { run, pass, client, cluster, mix } = await started();
    await run(web(1, { count: 2 }));
    await pass(3_000);
    const planned = await cluster.answer(plan(client, web(2, { count: 3 })));
    expect(planned).toMatchObject({ job: 'web', version: 1, isCut: false, unplaced: [] });
    expect(planned.diff).toEqual([
      { path: 'env.VERSION', from: '1', to: '2' },
      { path: 'count', from: 2, to: 3 },
    ]);
    const steps = planned.steps.map(
      ({ does, name, agent }) => `${does} ${name}${agent ? ' on an agent' : ''}`,
    );
    expect(steps).toEqual([
      'start web.2 on an agent',
      'wait web',
      'stop web.0 on an agent',
      'start web.0 on an agent',
      'wait web',
      'stop web.1 on an agent',
      'start web.1 on an agent',
      'wait web',
    ]);
    await pass(3_000);
    expect(mix()).toEqual({ 1: 2 });
    expect((await cluster.answer(plan(client, web(1, { count: 2 })))).steps).toEqual([]);
  });

  it('counts the new beside the old of the same name, as will be done: only so many have a place', async () => {
    const { run, pass, client, cluster, mix } = await started(2);
    const more = { constraints: ['max_per(hostname, 2)'], update: { strategy: 'bluegreen' } };
    await run(web(1, more));
    await pass(3_000);
    const { steps, unplaced } = await cluster.answer(plan(client, web(2, more)));
    const placed = steps.filter(({ does, at }) => does === 'start' && at === 0);
    expect([placed.length, unplaced.map(({ name }) => name)]).toEqual([1, ['web.1', 'web.2']]);
    await run(web(2, more));
    await pass(3_000);
    expect(mix()).toEqual({ 1: 3, 2: 1 });
  });

  it('of canaries ends where a person is asked, and says how', async () => {
    const { run, pass, client, cluster } = await started();
    await run(web(1));
    await pass(3_000);
    const planned = await cluster.answer(plan(client, web(2, { update: { strategy: 'canary' } })));
    expect(planned.held?.verbs).toEqual(['promote', 'abort']);
    expect(planText(planned).split('\n').at(-1)).toBe(
      '  then its canaries serve, and wait for your word: tender promote web',
    );
  });

  it('says what would have no place, and what would help', async () => {
    const { client, cluster } = await started(2);
    const planned = await cluster.answer(plan(client, web(1, { count: 5, cpus: 2 })));
    expect(planned.unplaced).toEqual([
      {
        name: 'web.4',
        agents: [{ agent: 'n1 and n2', reasons: [expect.stringContaining('cpus too few')] }],
        help: expect.any(String),
      },
    ]);
  });
});

describe('a job that needs another', () => {
  const db = (more: Spec = {}): Spec => ({
    name: 'db',
    command: ['serve'],
    cpus: 0.1,
    update: QUICK,
    ...more,
  });
  it('starts when that serves, and not before', async () => {
    const { run, pass, programs, why, job } = await started();
    await run(web(1, { needs: ['db'] }));
    await pass(3_000);
    expect([programs().length, await why()]).toEqual([0, 'web waits for db to be there.']);
    expect(job()?.status).toBe('waiting');
    await run(db({ cpus: 100 }));
    await pass(3_000);
    expect(programs()).toEqual([]);
    await run(db());
    await pass(3_000);
    expect(programs()).toHaveLength(3);
  });

  it('changes when that has changed, and lives on without it', async () => {
    const { run, pass, mix, client, cluster, programs } = await started();
    await run(db({ count: 2, update: { minHealthy: '5s' } }));
    await run(web(1, { needs: ['db'] }));
    await pass(10_000);
    await run(db({ count: 2, update: { minHealthy: '5s' }, env: { A: 1 } }));
    await run(web(2, { needs: ['db'] }));
    await pass(4_000);
    expect(mix()).toEqual({ 1: 3 });
    await pass(30_000);
    expect(mix()).toEqual({ 2: 3 });
    await cluster.answer(stop(client, 'db'));
    await pass(10_000);
    expect(programs()).toHaveLength(3);
  });

  it('may not wait for itself', async () => {
    const { run } = await started();
    await run({ ...db(), needs: ['web'] });
    await expect(run(web(1, { needs: ['db'] }))).rejects.toMatchObject({
      code: 'job.circle',
      message: expect.stringContaining('web → db → web'),
    });
  });
});
