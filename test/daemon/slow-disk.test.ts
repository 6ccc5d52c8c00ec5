/** What happens while the master's disk is busy: nobody is taken for connected who has left, nothing durable is missed. */
import { expect, it } from 'vitest';
import type { FrameworkId } from '../../src/core/task.ts';
import { defineFramework, type FrameworkContext } from '../../src/framework/define.ts';
import { memoryCluster } from '../support/memory-cluster.ts';
import { memoryMember, slowDisk } from '../support/memory-member.ts';

it('a framework that leaves during its first subscription is not connected', async () => {
  const cluster = await memoryCluster();
  const one = await memoryMember(cluster, 'one', 'framework');
  slowDisk(cluster.registryStore, cluster.clock, 20_000); // longer than it takes to be missed
  one.subscribe();
  await cluster.clock.advance(10);
  cluster.network.cut('one');
  await cluster.clock.advance(30_000);
  const { frameworks } = cluster.master.parts.log.state;
  expect(frameworks.get('one' as FrameworkId)?.state).not.toBe('connected');
});

it('a new name goes to one key, though two ask for it at the same moment', async () => {
  const cluster = await memoryCluster();
  const one = await memoryMember(cluster, 'one', 'framework');
  const two = await memoryMember(cluster, 'two', 'framework');
  slowDisk(cluster.registryStore, cluster.clock, 500);
  const subscribe = { t: 'subscribe', name: 'same', roles: ['same'], kinds: [], verbs: [], columns: [] };
  one.say(subscribe);
  await cluster.clock.advance(10);
  two.say(subscribe);
  await cluster.clock.advance(900);
  expect(one.heard('subscribed')).toHaveLength(1);
  expect(two.problems.map(({ code }) => code)).toEqual(['framework.taken']);
});

it('a framework that comes back finds what it stored last, though it was not durable when it came', async () => {
  const cluster = await memoryCluster();
  let context: FrameworkContext | undefined;
  const seen: string[][] = [];
  const definition = defineFramework({
    name: 'one',
    kinds: [],
    verbs: {},
    create(made) {
      context = made;
      return {
        subscribed: () => void seen.push([...made.kv.keys()]),
        offersChanged() {},
        update() {},
        call: () => null,
      };
    },
  });
  const host = cluster.startHost(definition);
  await cluster.clock.advance(1_000);
  slowDisk(cluster.registryStore, cluster.clock, 2_000);
  context!.store([['a', 1]]).catch(() => {}); // it never hears the answer
  await cluster.clock.advance(10);
  await host.close();
  cluster.startHost(definition);
  await cluster.clock.advance(10_000);
  expect(seen).toEqual([[], ['a']]);
});

it('an agent that registers while it is declared gone stays gone, also for the next master', async () => {
  const cluster = await memoryCluster();
  await cluster.startAgent('n1');
  await cluster.clock.advance(1_000);
  const [id] = cluster.master.parts.log.state.agents.keys();
  await cluster.killAgent('n1');
  await cluster.clock.advance(1_000);
  const fast = slowDisk(cluster.registryStore, cluster.clock, 500);
  const gone = cluster.master.parts.agents.gone(id!);
  await cluster.startAgent('n1');
  await cluster.clock.advance(5_000);
  await gone;
  fast();
  await cluster.killMaster();
  await cluster.startMaster();
  await cluster.clock.advance(10_000);
  expect([...cluster.master.parts.log.state.agents.values()].map(({ state }) => state)).toEqual(['gone']);
});
