/**
 * Jobs of several roles and priorities, more of them than there is room for, while everything dies at any moment. In the
 * end the most important ones have what they need; and at no time is anything ended for what is not more important.
 */
import { describe, expect, it } from 'vitest';
import service from '../../plugins/service/index.ts';
import { scale, submit } from '../../src/client/commands.ts';
import { scalar } from '../../src/core/resources.ts';
import type { Master } from '../../src/daemon/master.ts';
import type { FrameworkDefinition } from '../../src/framework/define.ts';
import { type MemoryCluster, memoryCluster } from '../support/memory-cluster.ts';

const AGENTS = ['n1', 'n2', 'n3'];
const CPUS = 4;
const AGENT = `cpus:${CPUS};mem:4096`;
const job = (name: string, count: number, cpus: number, more = {}) => ({
  name,
  count,
  command: ['serve'],
  cpus,
  mem: 64,
  role: name,
  ...more,
});

/** Leaves it all to the master: nothing of it ends before the deadline. */
const stubborn: FrameworkDefinition = {
  ...service,
  create: (context) => Object.assign(service.create(context), { inverse: undefined }),
};

/** What is ended for whom, as `how important is the victim, how important what it is ended for`. */
type Ended = readonly [victim: number, need: number];

function watch(master: Master, ended: Ended[]): void {
  const { log, roles } = master.parts;
  log.listen(({ event }) => {
    if (event.type !== 'preemption.proposed') return;
    const need = event.job === 'urgent' ? 95 : roles.of(event.role).priority;
    // What is guaranteed to it web takes from everybody.
    const guaranteed = event.role === 'web' ? 100 : need;
    for (const id of event.tasks) {
      const { role, priority = roles.of(role).priority } = log.state.tasks.get(id)!;
      ended.push([priority, guaranteed]);
    }
  });
}

async function started(seed: number) {
  const cluster = await memoryCluster(seed);
  const ended: Ended[] = [];
  watch(cluster.master, ended);
  for (const name of AGENTS) await cluster.startAgent(name, AGENT);
  const plugin = seed % 2 === 0 ? service : stubborn;
  const host = cluster.startHost(plugin);
  const client = cluster.startClient();
  await cluster.clock.advance(1_000);
  const changes = [
    { role: 'db', priority: 80, preemption: true },
    { role: 'web', preemption: true, quota: { guarantee: { cpus: 2000 } } },
    { role: 'batch', priority: 20 },
  ];
  await cluster.answer(client.request('roles.set', { changes, force: false }), 10);
  for (const spec of [job('batch', 8, 1), job('web', 6, 1), job('db', 2, 2)])
    await cluster.answer(submit(client, spec));
  return { cluster, plugin, host, client, ended };
}

/** No machine ever runs more than it has. */
function checkMachines(cluster: MemoryCluster): void {
  for (const { world } of cluster.machines.values()) {
    const used = world.running.reduce((sum, { resources }) => sum + scalar(resources, 'cpus'), 0);
    expect(used).toBeLessThanOrEqual(CPUS * 1000);
  }
}

describe('the most important jobs have what they need in the end', () => {
  it.each(
    Array.from({ length: Number(process.env.SEEDS ?? 12) }, (_, i) => i + Number(process.env.FROM ?? 1)),
  )('whatever dies in between (seed %i)', async (seed) => {
    const { cluster, plugin, client, host: first, ended } = await started(seed);
    const { clock, random } = cluster;
    const upTo = (most: number): number => Math.floor(random() * most);
    const any = <T>(list: readonly T[]): T => list[upTo(list.length)]!;
    let host = first;
    const advance = async (most: number): Promise<void> => {
      await clock.advance(upTo(most));
      checkMachines(cluster);
    };
    const faults = [
      async () => {
        await cluster.killMaster();
        await advance(3_000);
        watch(await cluster.startMaster(), ended);
      },
      async () => {
        const name = any(AGENTS);
        await cluster.killAgent(name);
        await advance(25_000);
        await cluster.startAgent(name, AGENT);
      },
      async () => {
        const target = any([...AGENTS, 'frameworks', 'client']);
        if (random() < 0.5) cluster.network.cut(target);
        else cluster.network.stall(target);
        await advance(25_000);
        cluster.network.heal(target);
      },
      async () => {
        cluster.network.lossy('master', { toListener: 0.05, toDialer: 0.05 });
        await advance(10_000);
        cluster.network.heal('master');
      },
      async () => {
        await host.close();
        await advance(3_000);
        host = cluster.startHost(plugin);
      },
    ];
    const changes = [
      () => scale(client, 'db', upTo(3)),
      () => scale(client, 'web', upTo(7)),
      () => scale(client, 'batch', upTo(9)),
      () => submit(client, job('urgent', upTo(2), 3, { role: 'db', priority: 95 })),
      () =>
        client.request('roles.set', {
          changes: [{ role: any(['db', 'web']), preemption: random() < 0.7 }],
          force: false,
        }),
    ];
    for (let round = 0; round < 25; round++) {
      void any(changes)().catch(() => {}); // it may be cut off: that is the point
      await advance(3_000);
      await any(faults)();
      await advance(5_000);
    }
    await clock.advance(90_000);
    const roles = ['db', 'web'].map((role) => ({ role, preemption: true }));
    await cluster.answer(client.request('roles.set', { changes: roles, force: false }));
    await cluster.answer(submit(client, job('urgent', 1, 3, { role: 'db', priority: 95 })));
    for (const [name, count] of [
      ['db', 2],
      ['web', 4],
      ['batch', 8],
    ] as const)
      await cluster.answer(scale(client, name, count));
    await clock.advance(120_000);
    checkMachines(cluster);
    const running = ['urgent', 'db', 'web', 'batch'].map((name) => cluster.running(name).length);
    expect(running).toEqual([1, 2, 4, 1]);
    expect(cluster.doubleStarts()).toEqual([]);
    expect(ended.length).toBeGreaterThan(0);
    for (const [victim, need] of ended) expect(victim).toBeLessThanOrEqual(need - 10);
  });
});
