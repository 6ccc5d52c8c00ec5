/** What is said of roles: all of a change or nothing, durable first, and quotas that hold for what is offered already. */
import { describe, expect, it } from 'vitest';
import type { RoleChange } from '../../src/core/quota-rules.ts';
import { scalar } from '../../src/core/resources.ts';
import { launch } from '../../src/framework/operations.ts';
import { memoryCluster } from '../support/memory-cluster.ts';
import { slowDisk } from '../support/memory-member.ts';
import { puppet, task } from '../support/puppet.ts';

const MIB = 1000;
const GIB = 1024 * MIB;

/** So many agents with 4 cpus and 4 GiB each, frameworks by name with their roles, and a client. */
async function stage(agents: number, frameworks: Record<string, string[]> = {}) {
  const cluster = await memoryCluster();
  const { clock } = cluster;
  for (let i = 1; i <= agents; i++) await cluster.startAgent(`n${i}`);
  const puppets = Object.entries(frameworks).map(([name, roles]) => puppet(name, { roles }));
  const client = cluster.startClient();
  await clock.advance(1_000);
  for (const { definition } of puppets) {
    cluster.startHost(definition);
    await clock.advance(1_000);
  }
  const set = (changes: RoleChange[], force = false) =>
    cluster.answer(client.request('roles.set', { changes, force }), 10);
  const limit = (role: string, cpus: number, force = false) =>
    set([{ role, quota: { limit: { cpus: cpus * 1000 } } }], force);
  const guarantee = (role: string, cpus: number, force = false) =>
    set([{ role, quota: { guarantee: { cpus: cpus * 1000 } } }], force);
  return {
    cluster,
    clock,
    client,
    puppets,
    set,
    limit,
    guarantee,
    state: () => cluster.master.parts.log.state,
    /** Cpus offered to each framework, by its name. */
    offered: () =>
      Object.fromEntries(
        puppets.map((one) => [
          one.definition.name,
          one.offers().reduce((sum, { resources }) => sum + scalar(resources, 'cpus'), 0) / 1000,
        ]),
      ),
    events: () => cluster.master.parts.log.recent(1000).map(({ event }) => event),
  };
}

describe('roles', () => {
  it('keep what is said of them, in every replica and for the next master; the defaults are not kept', async () => {
    const { cluster, clock, client, set, state } = await stage(1);
    const quota = { guarantee: { cpus: 1000 }, limit: { cpus: 2000, mem: GIB } };
    await set([{ role: 'eng/web', weight: 2, priority: 80, preemption: true, quota }]);
    const record = { role: 'eng/web', weight: 2, priority: 80, preemption: true, quota };
    expect([...state().roles.values()]).toEqual([record]);
    expect(client.state.roles).toEqual(state().roles);
    await cluster.killMaster();
    await cluster.startMaster();
    await clock.advance(10_000);
    expect([...state().roles.values()]).toEqual([record]);
    expect(client.state.roles).toEqual(state().roles);
    await set([{ role: 'eng/web', weight: 1, priority: 50, preemption: false, quota: null }]);
    expect(state().roles.size).toBe(0);
    await cluster.killMaster();
    await cluster.startMaster();
    expect(state().roles.size).toBe(0);
  });

  it('change by all that is said at once, or by nothing of it', async () => {
    const { set, state, events } = await stage(1);
    await expect(
      set([
        { role: 'a', weight: 2 },
        { role: 'b', priority: 101 },
      ]),
    ).rejects.toMatchObject({ code: 'role.invalid', fields: { role: 'b', what: 'priority' } });
    await expect(
      set([
        { role: 'a', weight: 2 },
        { role: 'a//b', weight: 2 },
      ]),
    ).rejects.toMatchObject({ code: 'role.name' });
    expect(state().roles.size).toBe(0);
    expect(events().filter(({ type }) => type === 'role.changed')).toEqual([]);
  });

  it('are durable before they show', async () => {
    const { cluster, clock, client, state } = await stage(1);
    slowDisk(cluster.registryStore, clock, 500);
    const done = client.request('roles.set', { changes: [{ role: 'a', weight: 2 }], force: false });
    await clock.advance(400);
    expect(state().roles.size).toBe(0);
    await clock.advance(200);
    expect(await done).toEqual([{ role: 'a', weight: 2, priority: 50, preemption: false }]);
    expect(state().roles.get('a')?.weight).toBe(2);
  });

  it('change one after the other: each change is checked against what the one before has left', async () => {
    const { cluster, clock, client, state } = await stage(1);
    slowDisk(cluster.registryStore, clock, 500);
    const ask = (role: string) =>
      client
        .request('roles.set', {
          changes: [{ role, quota: { guarantee: { cpus: 3000 } } }],
          force: false,
        })
        .then(
          () => 'done',
          (error: { code: string }) => error.code,
        );
    const answers = Promise.all([ask('a'), ask('b')]);
    await clock.advance(3_000);
    expect(await answers).toEqual(['done', 'quota.too_much']);
    expect([...state().roles.keys()]).toEqual(['a']);
  });

  it('get more of what is free with more weight', async () => {
    const { cluster, clock, set, puppets, offered } = await stage(0, { one: ['a'], two: ['b'] });
    await set([{ role: 'b', weight: 3 }]);
    for (let i = 1; i <= 4; i++) await cluster.startAgent(`n${i}`);
    await clock.advance(1_000);
    for (const one of puppets) one.context!.decline([...one.context!.offers.keys()], 0);
    await clock.advance(1_000);
    expect(offered()).toEqual({ one: 4, two: 12 });
  });
});

describe('a quota', () => {
  it.each<[string, RoleChange, string]>([
    ['of ports', { role: 'a', quota: { limit: { ports: 5 } } }, 'ports are no amount'],
    [
      'over its limit',
      { role: 'a', quota: { guarantee: { cpus: 3000 }, limit: { cpus: 2000 } } },
      'it is guaranteed 3 cpus, its limit is 2 cpus',
    ],
  ])('%s is refused, also by force', async (_, change, cause) => {
    const { set } = await stage(1);
    for (const force of [false, true])
      await expect(set([change], force)).rejects.toMatchObject({ code: 'quota.invalid', fields: { cause } });
  });

  it('of what no agent has is refused with what was meant, unless forced', async () => {
    const { set, state } = await stage(1);
    const change = { role: 'a', quota: { limit: { cpu: 2000 } } };
    await expect(set([change])).rejects.toMatchObject({
      code: 'quota.name',
      message: 'no agent has any "cpu" to give (did you mean "cpus"?)',
    });
    await set([change], true);
    expect(state().roles.get('a')?.quota?.limit).toEqual({ cpu: 2000 });
  });

  it('may be asked for in one change with the one above it', async () => {
    const { set, guarantee } = await stage(1);
    await guarantee('a', 2);
    const child = { role: 'a/b', quota: { guarantee: { cpus: 3000 } } };
    await expect(set([child])).rejects.toMatchObject({ code: 'quota.invalid', fields: { role: 'a' } });
    await set([child, { role: 'a', quota: { guarantee: { cpus: 4000 } } }]);
  });
});

describe('a limit', () => {
  it('below what is used is refused with both figures; what is only offered does not count', async () => {
    const { clock, limit, puppets, state } = await stage(1, { one: ['web'] });
    const [one] = puppets;
    one!.context!.accept([one!.offers()[0]!.id], [launch([task('t1', 2)])], 0);
    await clock.advance(100);
    expect(one!.offers()).toHaveLength(1);
    await expect(limit('web', 1)).rejects.toMatchObject({
      code: 'quota.exceeded',
      fields: { role: 'web', name: 'cpus', consumed: '2 cpus', limit: '1 cpu' },
    });
    expect(state().roles.size).toBe(0);
    expect(one!.offers()).toHaveLength(1);
    await limit('web', 2);
    await clock.advance(100);
    expect(one!.offers().map(({ resources }) => scalar(resources, 'cpus'))).toEqual([0]);
  });

  it('by force stops nothing, and gives nothing more until less is used', async () => {
    const { cluster, clock, limit, puppets, offered } = await stage(1, { one: ['web'] });
    const [one] = puppets;
    one!.context!.accept([one!.offers()[0]!.id], [launch([task('t1', 1), task('t2', 1), task('t3', 1)])], 0);
    await clock.advance(100);
    await limit('web', 2, true);
    await clock.advance(100);
    expect(cluster.running('job')).toEqual(['t1', 't2', 't3']);
    expect(offered()).toEqual({ one: 0 });
    for (const id of ['t1', 't2'] as const) one!.context!.kill(task(id).id);
    await clock.advance(1_000);
    expect(offered()).toEqual({ one: 1 });
  });

  it('that was exceeded by force may be raised, though it still is', async () => {
    const { clock, limit, puppets } = await stage(1, { one: ['web'] });
    const [one] = puppets;
    one!.context!.accept([one!.offers()[0]!.id], [launch([task('t1', 3)])], 0);
    await clock.advance(100);
    await limit('web', 1, true);
    await limit('web', 2);
    await expect(limit('web', 1)).rejects.toMatchObject({ code: 'quota.exceeded' });
  });

  it('takes back the offers of the role and of those below it that it has no room for', async () => {
    const { clock, limit, offered, events } = await stage(2, {
      one: ['web'],
      two: ['web/api'],
      other: ['x'],
    });
    for (let i = 0; i < 3; i++) await clock.advance(1_000);
    const before = offered();
    expect(before['one']! + before['two']! + before['other']!).toBe(8);
    const held = before['one']! + before['two']!;
    await limit('web', held);
    expect(events().filter(({ type }) => type === 'offer.ended')).toEqual([]);
    await limit('web', 1);
    const ended = events().filter((event) => event.type === 'offer.ended');
    expect(ended.length).toBeGreaterThan(0);
    for (const event of ended)
      expect(event).toMatchObject({ outcome: 'rescinded', why: 'the limit of role web is 1 cpu now' });
    await clock.advance(100);
    const after = offered();
    expect(after['one']! + after['two']!).toBe(1);
  });

  it('is obeyed by the next master, from its first offer on', async () => {
    const { cluster, clock, limit, offered } = await stage(1, { one: ['web'] });
    await limit('web', 1);
    await cluster.killMaster();
    await cluster.startMaster();
    await clock.advance(10_000);
    expect(offered()).toEqual({ one: 1 });
    await limit('web', 3);
    await clock.advance(100);
    expect(offered()).toEqual({ one: 3 });
  });
});

describe('a guarantee', () => {
  it('of more than the cluster has is refused with both figures, unless forced', async () => {
    const { guarantee, state } = await stage(2);
    await guarantee('a', 6);
    await expect(guarantee('b', 4)).rejects.toMatchObject({
      code: 'quota.too_much',
      fields: { name: 'cpus', promised: '10 cpus', total: '8 cpus' },
    });
    await guarantee('b', 4, true);
    expect([...state().roles.keys()]).toEqual(['a', 'b']);
  });

  it('that is too much already may still be lowered, and does not stand in the way of others', async () => {
    const { set, guarantee } = await stage(1);
    await guarantee('a', 8, true);
    await guarantee('a', 6);
    await set([{ role: 'b', quota: { guarantee: { mem: GIB } } }]);
    await set([{ role: 'b', weight: 2 }]);
  });

  it('takes back offers of others as far as it lacks, and gives them to the role', async () => {
    const { cluster, clock, guarantee, offered } = await stage(2, { greedy: ['x'] });
    expect(offered()).toEqual({ greedy: 8 });
    await guarantee('db', 4);
    await clock.advance(100);
    expect(offered()).toEqual({ greedy: 4 });
    const late = puppet('late', { roles: ['db'] });
    cluster.startHost(late.definition);
    await clock.advance(1_000);
    expect(late.offers().map(({ resources }) => scalar(resources, 'cpus'))).toEqual([4000]);
    expect(offered()).toEqual({ greedy: 4 });
  });
});

describe('questions', () => {
  it('about quotas are answered with what is used and what is only offered', async () => {
    const { cluster, clock, client, set, puppets } = await stage(1, { one: ['web/api'] });
    const [one] = puppets;
    one!.context!.accept([one!.offers()[0]!.id], [launch([task('t1', 1)])], 0);
    await clock.advance(100);
    const quota = { guarantee: { cpus: 2000 }, limit: { cpus: 4000, mem: 2 * GIB } };
    await set([{ role: 'web', quota }]);
    await clock.advance(100);
    const [row, ...others] = await cluster.answer(client.request('quota.list', {}), 10);
    expect(others).toEqual([]);
    expect(row).toMatchObject({ role: 'web', ...quota });
    expect(row!.consumed['cpus']).toBe(1000);
    expect(row!.offered).toEqual({ cpus: 3000, mem: 2 * GIB });
  });

  it('about what stands in the way are answered in words, of a framework or of a role', async () => {
    const { cluster, clock, client, limit, puppets } = await stage(3, { one: ['web'], two: ['x'] });
    await limit('web', 0);
    for (const { context } of puppets) context!.decline([...context!.offers.keys()], 3_600_000);
    await clock.advance(100);
    const explain = (of: { framework?: string; role?: string }) =>
      cluster.answer(client.request('allocator.explain', of), 10);
    const ofOne = await explain({ framework: 'one' });
    expect(ofOne).toMatchObject([
      { framework: 'one', role: 'web', help: 'raise the limit: tender quota set web --limit …' },
    ]);
    expect(JSON.stringify(ofOne)).toContain('role web is at its limit of 0 cpus (0 used)');
    expect(await explain({ role: 'web' })).toEqual(ofOne);
    expect((await explain({ role: 'x' })).map(({ framework }) => framework)).toEqual(['two']);
  });
});
