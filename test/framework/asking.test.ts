/** What a framework of the kit asks the master: what has become of each of its instances, whenever that may have been lost. */
import { expect, it } from 'vitest';
import service from '../../plugins/service/index.ts';
import { submit } from '../../src/client/commands.ts';
import { memoryCluster } from '../support/memory-cluster.ts';

/** A service of two, one on each agent; and the names of the instances that its framework asks for, each time. */
async function stage() {
  const cluster = await memoryCluster();
  const { clock } = cluster;
  for (const name of ['n1', 'n2']) await cluster.startAgent(name, 'cpus:1');
  cluster.startHost(service);
  const client = cluster.startClient();
  await clock.advance(1_000);
  await cluster.answer(submit(client, { name: 'web', count: 2, command: ['serve'], cpus: 1, mem: 0 }));
  await clock.advance(5_000);
  const asked: string[][] = [];
  const listen = (): void => {
    const { tasks } = cluster.master.parts;
    const { reconcile } = tasks;
    tasks.reconcile = (framework, list) => {
      asked.push(list.map(({ task }) => task.slice(0, 'web.0'.length)).sort());
      reconcile.call(tasks, framework, list);
    };
  };
  listen();
  const newMaster = async (): Promise<void> => {
    await cluster.killMaster();
    await cluster.startMaster();
    listen();
  };
  return { cluster, clock, asked, newMaster };
}

it('of all after its line broke: at once, and of none again once all have been heard of', async () => {
  const { cluster, clock, asked } = await stage();
  cluster.network.cut('frameworks');
  cluster.network.heal('frameworks');
  await clock.advance(60_000);
  expect(asked).toEqual([[], ['web.0', 'web.1']]);
});

it('of one on an agent that is away again and again, ever more rarely, until the master has an answer', async () => {
  const { cluster, clock, asked, newMaster } = await stage();
  cluster.network.stall('n1');
  await newMaster();
  await clock.advance(60_000);
  const [all, ...each] = asked;
  expect(all).toEqual([]);
  const away = each.at(-1)!;
  expect(away).toHaveLength(1);
  expect(each.length).toBeGreaterThan(3);
  expect(each.length).toBeLessThan(10);
  asked.length = 0;
  await clock.advance(600_000);
  expect(asked, 'it is unreachable').toEqual([]);
});

it('of one on an agent that has been away for long, as soon as it is back', async () => {
  const { cluster, clock, asked, newMaster } = await stage();
  cluster.network.cut('n1');
  await newMaster();
  await clock.advance(12_000);
  asked.length = 0;
  cluster.network.heal('n1');
  const isBack = (): boolean =>
    [...cluster.master.parts.log.state.agents.values()].every(({ state }) => state === 'ready');
  while (!isBack()) await clock.advance(100);
  await clock.advance(100);
  expect(asked).toHaveLength(1);
  await clock.advance(60_000);
  expect(asked, 'and no more').toHaveLength(1);
});
