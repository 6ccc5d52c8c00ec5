/** What happens while the master's disk is busy: nobody is taken for connected who has left, nothing durable is missed. */
import { expect, it } from 'vitest';
import { parseResources } from '../../src/core/resources-text.ts';
import type { AgentId, FrameworkId } from '../../src/core/task.ts';
import type { FrameworkContext } from '../../src/framework/define.ts';
import { defineFramework } from '../../src/framework/define-framework.ts';
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

it('an agent that returns while it is written down as unreachable is known as ready to the next master', async () => {
  const cluster = await memoryCluster();
  for (const name of ['n1', 'n2', 'n3']) await cluster.startAgent(name);
  await cluster.clock.advance(1_000);
  slowDisk(cluster.registryStore, cluster.clock, 2_000);
  cluster.network.cut('n1');
  await cluster.clock.advance(15_500); // it is being given up
  cluster.network.heal('n1');
  await cluster.clock.advance(10_000);
  const { log, registry } = cluster.master.parts;
  expect([...log.state.agents.values()].map(({ state }) => state)).toEqual(['ready', 'ready', 'ready']);
  expect([...registry.agents.values()].map(({ state }) => state)).toEqual(['ready', 'ready', 'ready']);
});

it('of two conversions that are written at once, the second does not count as written with the first', async () => {
  const cluster = await memoryCluster();
  await cluster.startAgent('n1', 'cpus:4');
  await cluster.clock.advance(1_000);
  const { agents, registry } = cluster.master.parts;
  const [id] = registry.agents.keys();
  const reserve = (): number =>
    agents.convert(
      id as AgentId,
      { kind: 'reserve', resources: parseResources('cpus(reservations: [(DYNAMIC,web)]):1') },
      'web',
    );
  slowDisk(cluster.registryStore, cluster.clock, 1_000);
  reserve();
  await cluster.clock.advance(600);
  await cluster.killAgent('n1');
  reserve(); // it never hears of this one
  await cluster.clock.advance(420);
  await cluster.startAgent('n1', 'cpus:4');
  await cluster.clock.advance(5_000);
  expect(registry.agents.get(id!)?.total).toEqual(
    cluster.master.parts.log.state.agents.get(id as AgentId)?.total,
  );
});
