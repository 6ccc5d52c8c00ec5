/** Readiness in a whole cluster: what is not ready gets no traffic, holds an update up, and is never restarted for it. */
import { expect, it } from 'vitest';
import service from '../../plugins/service/index.ts';
import { endpoints } from '../../src/client/changes.ts';
import { submit, why } from '../../src/client/commands.ts';
import { TABLES } from '../../src/client/tables.ts';
import type { TaskSpec } from '../../src/core/task.ts';
import { memoryCluster } from '../support/memory-cluster.ts';

const web = (version: number, more = {}) => ({
  name: 'web',
  count: 3,
  command: ['serve'],
  cpus: 0.5,
  ports: { http: 'auto' },
  env: { VERSION: version },
  readiness: { command: ['am-i-ready'], interval: '1s', grace: '2s', failures: 2 },
  update: { minHealthy: '1s' },
  ...more,
});

async function started() {
  const cluster = await memoryCluster();
  /** Names, and versions, that are not ready. */
  const busy = new Set<string>();
  const isBusy = ({ name, env }: TaskSpec): boolean =>
    busy.has(name) || busy.has(`version ${env['VERSION']}`);
  for (const name of ['n1', 'n2']) {
    const { world } = await cluster.startAgent(name);
    world.command = (spec) => (isBusy(spec) ? 4 : 0);
  }
  let host = cluster.startHost(service);
  const client = cluster.startClient();
  await cluster.clock.advance(1_000);
  return {
    cluster,
    client,
    busy,
    pass: (ms: number) => cluster.clock.advance(ms),
    run: (spec: ReturnType<typeof web>) => cluster.answer(submit(client, spec), 10),
    restart: async () => {
      await host.close();
      host = cluster.startHost(service);
    },
    job: () => client.state.jobs.get('web')!,
    weights: () => endpoints(client, client.state.jobs.get('web')!).map(({ weight }) => weight),
    why: async (name: string) => (await cluster.answer(why(client, name), 10)).sentence,
    /** Names of tasks, and the version that each is of. */
    versions: () =>
      [...cluster.machines.values()]
        .flatMap(({ world }) => world.running)
        .map(({ name, env }) => `${name}: ${env['VERSION']}`)
        .sort(),
  };
}

it('gets no traffic before it is ready, and says so', async () => {
  const { run, pass, busy, job, weights, why, client } = await started();
  busy.add('web.1');
  await run(web(1));
  await pass(8_000);
  expect([weights(), job().healthy, job().running]).toEqual([[100, 0, 100], 2, 3]);
  expect(await why('web.1')).toBe('web.1 is RUNNING, not ready yet: the check command exited with 4.');
  expect(await why('web')).toContain('not ready yet');
  const health = TABLES.tasks.columns(client.state).find(({ title }) => title === 'HEALTH')!;
  const said = [...client.state.tasks.values()].map((task) => health.text(task, client.state, 0));
  expect(said.sort()).toEqual(['not ready', 'ready', 'ready']);
  busy.clear();
  await pass(2_000);
  expect([weights(), job()]).toMatchObject([[100, 100, 100], { healthy: 3, status: 'running' }]);
});

it('that it loses costs it its traffic, not its life', async () => {
  const { run, pass, busy, weights, why, cluster, versions } = await started();
  await run(web(1));
  await pass(5_000);
  expect(weights()).toEqual([100, 100, 100]);
  busy.add('web.0');
  await pass(1_100);
  expect(weights(), 'one failure is none').toEqual([100, 100, 100]);
  await pass(3_000);
  expect(weights()).toEqual([0, 100, 100]);
  expect(await why('web.0')).toContain('not ready any more: the check command exited with 4');
  await pass(600_000);
  expect([versions().length, cluster.tasks('web').length]).toEqual([3, 3]);
  busy.clear();
  await pass(1_100);
  expect(weights()).toEqual([100, 100, 100]);
  expect(cluster.tasks('web')).toHaveLength(3);
});

it('is waited for by an update, which is taken back where it never comes', async () => {
  const { run, pass, busy, versions, job } = await started();
  const update = { minHealthy: '1s', healthyDeadline: '20s' };
  await run(web(1, { update }));
  await pass(5_000);
  busy.add('version 2');
  await run(web(2, { update }));
  await pass(15_000);
  expect(versions()).toEqual(['web.0: 2', 'web.1: 1', 'web.2: 1']);
  await pass(15_000);
  expect([versions(), job()]).toMatchObject([
    ['web.0: 1', 'web.1: 1', 'web.2: 1'],
    { version: 3, status: 'running' },
  ]);
});

it('holds over the death of the agent, and of the framework', async () => {
  const { run, pass, busy, weights, cluster, client, restart } = await started();
  busy.add('web.2');
  await run(web(1));
  await pass(8_000);
  const before = weights();
  expect(before.toSorted()).toEqual([0, 100, 100]);
  const seen = new Set<string>();
  client.subscribe(() => seen.add(weights().join(' ')));
  await cluster.killAgent('n1');
  await cluster.startAgent('n1');
  await pass(5_000);
  await restart();
  await pass(5_000);
  expect([...seen]).toEqual([before.join(' ')]);
});
