/** An agent that comes back with other figures than before: it is what it says, its tasks live, and what it lacks is shown. */
import { expect, it } from 'vitest';
import { layout, linesOf, TABLES } from '../../src/client/tables.ts';
import { scalar } from '../../src/core/resources.ts';
import { launch } from '../../src/framework/operations.ts';
import { memoryCluster } from '../support/memory-cluster.ts';
import { puppet, task } from '../support/puppet.ts';

async function stage() {
  const cluster = await memoryCluster();
  const { clock } = cluster;
  const client = cluster.startClient();
  const one = puppet('one');
  cluster.startHost(one.definition);
  await cluster.startAgent('n1', 'cpus:4;mem:1024', { zone: 'a' });
  await clock.advance(1_000);
  one.context!.accept([one.offers()[0]!.id], [launch([task('t', 3)])], 0);
  await clock.advance(1_000);
  return {
    cluster,
    client,
    one,
    async comesBack(resources: string, attributes: Readonly<Record<string, string>>): Promise<void> {
      await cluster.killAgent('n1');
      await cluster.startAgent('n1', resources, attributes);
      await clock.advance(5_000);
    },
    warnings: () =>
      client.recent.flatMap(({ event }) => (event.type === 'master.warning' ? [event.message] : [])),
    row: (): string => {
      const columns = TABLES.agents.columns(client.state);
      const laid = layout(columns, [...client.state.agents.values()], 400, { state: client.state, now: 0 });
      return linesOf(laid, 400).at(-1)!;
    },
  };
}

it('with less than its tasks take: they live, the lack is shown, and nothing more is offered', async () => {
  const { cluster, client, one, comesBack, warnings, row } = await stage();
  await comesBack('cpus:2;mem:512', { zone: 'b' });
  const [agent] = client.state.agents.values();
  expect(agent).toMatchObject({ state: 'ready', attributes: { zone: 'b' } });
  expect(scalar(agent!.total, 'cpus')).toBe(2_000);
  expect(cluster.tasks('job').map(({ id, state }) => [id, state])).toEqual([['t', 'RUNNING']]);
  expect(cluster.doubleStarts()).toEqual([]);
  expect(warnings()).toEqual(['n1 has cpus:1 less than its tasks take; they go on']);
  expect(row()).toContain('3/2');
  expect(one.offers().reduce((sum, { resources }) => sum + scalar(resources, 'cpus'), 0)).toBe(0);
});

it('with less, but enough for its tasks: that is no news', async () => {
  const { warnings, comesBack, client } = await stage();
  await comesBack('cpus:3;mem:512', {});
  expect(scalar([...client.state.agents.values()][0]!.total, 'cpus')).toBe(3_000);
  expect(warnings()).toEqual([]);
});

it('with more: it is offered at once', async () => {
  const { one, comesBack } = await stage();
  await comesBack('cpus:8;mem:1024', {});
  expect(one.offers().reduce((sum, { resources }) => sum + scalar(resources, 'cpus'), 0)).toBe(5_000);
});

it('with the same: nothing is written', async () => {
  const { cluster, comesBack } = await stage();
  const writes: string[] = [];
  const { commit } = cluster.registryStore;
  cluster.registryStore.commit = (changes) => {
    writes.push(...changes.map(({ space }) => space));
    return commit(changes);
  };
  await comesBack('cpus:4;mem:1024', { zone: 'a' });
  expect(writes).toEqual([]);
  await comesBack('cpus:4;mem:1024', { zone: 'b' });
  expect(writes).toEqual(['agent']);
});
