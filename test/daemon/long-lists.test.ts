/** More than fits into one message: the tasks of an agent, the agents of a cluster; and peers that know of no parts. */
import { describe, expect, it } from 'vitest';
import { registerParts } from '../../src/agent/register-parts.ts';
import { resourcesOf } from '../../src/core/resources.ts';
import type { FrameworkId, TaskSpec } from '../../src/core/task.ts';
import { Registration } from '../../src/daemon/registration.ts';
import { launch } from '../../src/framework/operations.ts';
import type { HeldTask, Register } from '../../src/wire/messages/agent.ts';
import { MAX_MESSAGE } from '../../src/wire/transport.ts';
import { type MemoryCluster, memoryCluster } from '../support/memory-cluster.ts';
import { memoryMember } from '../support/memory-member.ts';
import { puppet, task } from '../support/puppet.ts';

const LARGE = 100_000;
const MANY = 60; // of these are more than a message may hold
const large = (id: string): TaskSpec => ({
  ...task(id, resourcesOf({ cpus: 10 })),
  env: { DATA: 'x'.repeat(LARGE) },
});
const held = (spec: TaskSpec): HeldTask => ({
  spec,
  framework: 'f' as FrameworkId,
  role: 'f',
  status: { task: spec.id, state: 'RUNNING', reason: 'started', message: '', at: 0 },
  launchedAt: 0,
});
const whole = (tasks: readonly HeldTask[]): Register => ({
  t: 'register',
  host: { hostname: 'n', os: '', kernel: '', arch: '', cpuModel: '', cpus: 1, mem: 1, disk: 1, address: '' },
  executors: [],
  attributes: {},
  total: resourcesOf({ cpus: 4000 }),
  tasks,
});
const names = Array.from({ length: MANY }, (_, i) => `t${i}`);

it('an agent with more tasks than fit into a message comes back with all of them', async () => {
  const cluster = await memoryCluster();
  const { clock } = cluster;
  await cluster.startAgent('n1');
  const one = puppet();
  cluster.startHost(one.definition);
  await clock.advance(1_000);
  for (let i = 0; i < MANY; i += 20) {
    const tasks = names.slice(i, i + 20).map(large);
    one.context!.accept(
      one.offers().map(({ id }) => id),
      [launch(tasks)],
      0,
    );
    await clock.advance(1_000);
  }
  expect(cluster.running('job')).toHaveLength(MANY);
  one.updates.length = 0;
  await cluster.killMaster();
  await cluster.startMaster();
  await clock.advance(10_000);
  expect(cluster.tasks('job').map(({ state }) => state)).toEqual(names.map(() => 'RUNNING'));
  expect(one.updates.filter(({ status }) => status.state !== 'RUNNING')).toEqual([]);
  expect(cluster.doubleStarts()).toEqual([]);
});

describe('a registration', () => {
  const tasks = names.map(large).map(held);

  it('that fits into a message is one, as it was in protocol 2.0', () => {
    const few = whole(tasks.slice(0, 3));
    expect(registerParts(few, '2.1')).toEqual([few]);
  });

  it('that does not comes in parts that do, and is put together again', () => {
    const parts = registerParts(whole(tasks), '2.1');
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) expect(JSON.stringify(part).length).toBeLessThan(MAX_MESSAGE);
    const registration = new Registration();
    const got = parts.map((part) => registration.add(part));
    expect(got.slice(0, -1)).toEqual(parts.slice(1).map(() => undefined));
    expect(got.at(-1)).toEqual(whole(tasks));
  });

  it('for a master that knows of no parts is one in any case', () => {
    expect(registerParts(whole(tasks), '2.0')).toEqual([whole(tasks)]);
  });

  it('of which a part is missing is not believed; the next one is', () => {
    const registration = new Registration();
    const [first, ...others] = registerParts(whole(tasks), '2.1');
    expect(() => registration.add(others.at(-1)!)).toThrow(/tasks from number/);
    registration.add(first!);
    expect(registration.add(whole(tasks.slice(0, 1)))).toEqual(whole(tasks.slice(0, 1)));
    expect(() => registration.add(others.at(-1)!)).toThrow(/tasks from number/);
  });

  it('whose parts together call one resource a number and ranges is refused', () => {
    const registration = new Registration();
    const gpus = held(task('a', resourcesOf({ gpus: 1000 })));
    const ranges = held(task('b', resourcesOf({}, { gpus: [[0, 1]] })));
    registration.add({ ...whole([gpus]), more: true });
    expect(() => registration.add({ ...whole([ranges]), from: 1 })).toThrow(/two kinds/);
  });
});

/** Machines that the registry knows: they are all away, and known all the same. */
async function withMachines(count: number): Promise<MemoryCluster> {
  const cluster = await memoryCluster();
  await cluster.killMaster();
  const { t: _, tasks: __, ...facts } = whole([]);
  await cluster.registryStore.commit(
    Array.from({ length: count }, (_, i) => {
      const agent = { ...facts, id: `a${i}`, name: `machine-${i}`, state: 'ready', version: '0', since: 0 };
      const attributes = { rack: 'r'.repeat(200) };
      return { space: 'agent', key: agent.id, value: JSON.stringify({ ...agent, attributes }) };
    }),
  );
  await cluster.startMaster();
  return cluster;
}

describe('a framework', () => {
  it('of a cluster with more agents than fit into a message knows them all when it begins', async () => {
    const cluster = await withMachines(15_000);
    const [one, two] = [puppet('one'), puppet('two')];
    for (const { definition } of [one, two]) cluster.startHost(definition);
    await cluster.clock.advance(1_000);
    for (const { context, subscriptions } of [one, two])
      expect([subscriptions, context?.agents.size]).toEqual([1, 15_000]);
  });

  it('that comes a moment after another knows of what has changed meanwhile', async () => {
    const cluster = await withMachines(100);
    const [one, two] = [puppet('one'), puppet('two')];
    cluster.startHost(one.definition);
    await cluster.clock.advance(100);
    await cluster.startAgent('n1');
    await cluster.clock.advance(100);
    cluster.startHost(two.definition);
    await cluster.clock.advance(100);
    for (const { context } of [one, two])
      expect([...context!.agents.values()].find(({ name }) => name === 'n1')?.state).toBe('ready');
  });

  it('hears of agents that change in one moment by one message, before it is offered anything of them', async () => {
    const cluster = await memoryCluster();
    const member = await memoryMember(cluster, 'plain', 'framework');
    member.subscribe();
    await cluster.clock.advance(100);
    for (const name of ['n1', 'n2', 'n3']) await cluster.startAgent(name);
    await cluster.clock.advance(100);
    expect(member.heard('agents').map(({ agents }) => agents.length)).toEqual([3]);
    const told = member.all.map(({ t }) => t);
    expect(told.indexOf('agents')).toBeLessThan(told.indexOf('offers'));
  });

  it('of protocol 2.0 hears of them all at once, and of changes one by one', async () => {
    const cluster = await withMachines(3);
    const member = await memoryMember(cluster, 'old', 'framework', undefined, '2.0');
    member.subscribe();
    await cluster.clock.advance(100);
    expect(member.heard('subscribed').map(({ agents }) => agents.length)).toEqual([3]);
    await cluster.startAgent('n1');
    await cluster.clock.advance(100);
    expect(member.heard('agent').map(({ agent }) => agent.name)).toContain('n1');
    expect(member.heard('agents')).toEqual([]);
  });
});
