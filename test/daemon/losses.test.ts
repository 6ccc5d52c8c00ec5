/** Agents that vanish: one is given up soon, a hundred at a rate, most of all at once not at all. */
import { describe, expect, it, vi } from 'vitest';
import { agentState } from '../../src/client/table/machines.ts';
import { memoryCluster } from '../support/memory-cluster.ts';

async function stage(count: number) {
  const cluster = await memoryCluster();
  const { clock, network } = cluster;
  const names = Array.from({ length: count }, (_, i) => `n${i + 1}`);
  for (const name of names) await cluster.startAgent(name, 'cpus:1');
  const client = cluster.startClient();
  await clock.advance(1_000);
  return {
    cluster,
    clock,
    client,
    names,
    /** A switch dies, and these are behind it. @returns what heals it */
    part(some: readonly string[]) {
      for (const name of some) network.stall(name);
      return () => {
        for (const name of some) network.heal(name);
      };
    },
    in: (state: string) => [...client.state.agents.values()].filter((agent) => agent.state === state).length,
  };
}

describe('agents that vanish', () => {
  it('are unreachable after 15 s when they are half of all, or fewer', async () => {
    const { clock, names, part, in: count } = await stage(4);
    part(names.slice(0, 2));
    await clock.advance(14_000);
    expect(count('unreachable')).toBe(0);
    await clock.advance(3_000);
    expect(count('unreachable')).toBe(2);
  });

  it('are waited for as long as their row in the list says', async () => {
    const { clock, client, names, part } = await stage(2);
    part(names.slice(0, 1));
    const agent = () => [...client.state.agents.values()].find(({ name }) => name === 'n1')!;
    const row = (): string => agentState(agent(), client.state, clock.now());
    for (let second = 0; second < 15 && row() === 'ready'; second++) await clock.advance(1_000);
    expect(row()).toMatch(/^disconnected, given up in [45]s$/);
    await clock.advance(agent().until! - clock.now() - 500);
    expect(row()).toBe('disconnected, given up in 1s');
    await clock.advance(1_000);
    expect(row()).toBe('unreachable');
  });

  it('are given up at a rate when they are many, and those that return meanwhile are not', async () => {
    const { clock, names, part, in: count } = await stage(100);
    const heal = part(names.slice(0, 40));
    await clock.advance(16_000);
    const first = count('unreachable');
    expect(first).toBeGreaterThanOrEqual(10);
    expect(first).toBeLessThanOrEqual(25);
    heal();
    await clock.advance(60_000);
    expect(count('ready')).toBe(100);
  });

  it('are not given up while they are more than half, and the cluster says so', async () => {
    const { clock, client, names, part, in: count } = await stage(5);
    const heal = part(names.slice(0, 3));
    await clock.advance(600_000);
    expect(count('unreachable')).toBe(0);
    expect(client.state.massLoss).toMatchObject({ away: 3, of: 5 });
    heal();
    await clock.advance(60_000);
    expect(count('ready')).toBe(5);
    expect(client.state.massLoss).toBeUndefined();
  });

  it('are given up after all when enough of the others have returned', async () => {
    const { clock, client, names, part, in: count } = await stage(5);
    part([names[0]!]);
    const heal = part(names.slice(1, 4));
    await clock.advance(60_000);
    expect(count('unreachable')).toBe(0);
    heal();
    await clock.advance(60_000);
    expect([count('ready'), count('unreachable')]).toEqual([4, 1]);
    expect(client.state.massLoss).toBeUndefined();
  });

  it('are given up when a person says so, and may return all the same', async () => {
    const { cluster, clock, client, names, part, in: count } = await stage(3);
    const heal = part(names.slice(0, 2));
    await clock.advance(60_000);
    expect(count('disconnected')).toBe(2);
    await cluster.answer(client.request('agent.give_up', { names: ['n1', 'n2'] }), 10);
    expect(count('unreachable')).toBe(2);
    expect(client.state.massLoss).toBeUndefined();
    await expect(
      cluster.answer(client.request('agent.give_up', { names: ['n3'] }), 10),
    ).rejects.toMatchObject({
      code: 'agent.here',
    });
    heal();
    await clock.advance(60_000);
    expect(count('ready')).toBe(3);
  });

  it('and were unreachable before a start of the master stay so: nobody waits for them', async () => {
    const { cluster, clock, names, part, in: count } = await stage(4);
    part(names.slice(0, 1));
    await clock.advance(120_000);
    part(names.slice(1, 2));
    await clock.advance(120_000);
    part(names.slice(2, 3));
    await clock.advance(120_000);
    expect(count('unreachable')).toBe(3);
    await cluster.killMaster();
    await cluster.startMaster();
    await clock.advance(60_000);
    expect([count('ready'), count('unreachable')]).toEqual([1, 3]);
  });

  it('and return again and again keep their work, and cost the disk nothing', async () => {
    const { cluster, clock, client, in: count } = await stage(4);
    const writes = vi.spyOn(cluster.registryStore, 'commit');
    for (let round = 0; round < 30; round++) {
      cluster.network.cut('n1');
      await clock.advance(1_000);
      cluster.network.heal('n1');
      await clock.advance(9_000);
    }
    expect(count('ready')).toBe(4);
    expect(writes.mock.calls.filter(([changes]) => changes.length > 0)).toEqual([]);
    expect(
      client.recent.filter(({ event }) => event.type === 'agent.state' && event.state === 'unreachable'),
    ).toEqual([]);
  });
});
