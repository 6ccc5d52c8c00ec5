/** The master's promises to frameworks and clients, with hand-written ones on the in-memory network. */
import { describe, expect, it } from 'vitest';
import { scalar } from '../../src/core/resources.ts';
import type { FrameworkId, OfferId, TaskId, TaskSpec } from '../../src/core/task.ts';
import { launch } from '../../src/framework/operations.ts';
import { memoryCluster } from '../support/memory-cluster.ts';
import { puppet, task } from '../support/puppet.ts';

async function stage(agents = 1) {
  const cluster = await memoryCluster();
  for (let i = 1; i <= agents; i++) await cluster.startAgent(`n${i}`);
  const one = puppet();
  const host = cluster.startHost(one.definition);
  const client = cluster.startClient();
  await cluster.clock.advance(1_000);
  return { cluster, one, host, client, clock: cluster.clock, state: () => cluster.master.parts.log.state };
}

describe('offers', () => {
  it('go to a framework at once, and what it takes is launched; the rest is offered again', async () => {
    const { one, clock, cluster } = await stage();
    const [offer] = one.offers();
    one.context!.accept([offer!.id], [launch([task('t1'), task('t2')])], 0);
    await clock.advance(50);
    expect(cluster.running('job')).toEqual(['t1', 't2']);
    expect(one.offers()[0]!.resources.find(({ name }) => name === 'cpus')).toMatchObject({ scalar: 2000 });
    expect(one.states('t1')).toEqual(['RUNNING']);
  });

  it('expire after a minute, are rescinded, and come again', async () => {
    const { one, clock } = await stage();
    const [first] = one.offers();
    await clock.advance(61_000);
    expect(one.offers()).toHaveLength(1);
    expect(one.offers()[0]!.id).not.toBe(first!.id);
  });

  it('that have ended void the whole accept: its tasks are DROPPED, other accepts go on', async () => {
    const { one, clock, cluster } = await stage(2);
    const [a, b] = one.offers();
    one.context!.accept(['o-none' as OfferId, a!.id], [launch([task('t1')])], 0);
    one.context!.accept([b!.id], [launch([task('t2')])], 0);
    await clock.advance(100);
    expect(one.states('t1')).toEqual(['DROPPED']);
    expect(cluster.running('job')).toEqual(['t2']);
  });

  it('of two agents cannot be taken together, and no more than was offered', async () => {
    const { one, clock, cluster } = await stage(2);
    one.context!.accept(
      one.offers().map(({ id }) => id),
      [launch([task('t1')])],
      0,
    );
    await clock.advance(100);
    expect(one.states('t1')).toEqual(['DROPPED']);
    one.context!.accept([one.offers()[0]!.id], [launch([task('t2', 5)])], 0);
    await clock.advance(100);
    expect(one.states('t2')).toEqual(['ERROR']);
    expect(cluster.running('job')).toEqual([]);
    expect(one.offers()).toHaveLength(2);
  });

  it('of another framework cannot be taken', async () => {
    const { one, cluster, clock } = await stage();
    const other = puppet('other');
    cluster.startHost(other.definition);
    await clock.advance(1_000);
    other.context!.accept([one.offers()[0]!.id], [launch([task('t1')])], 0);
    await clock.advance(100);
    expect(other.states('t1')).toEqual(['DROPPED']);
    expect(one.offers()).toHaveLength(1);
  });

  it('that are refused stay away so long, unless there is more; suppress keeps all away until revive', async () => {
    const { one, clock } = await stage();
    one.context!.decline([one.offers()[0]!.id], 10_000);
    await clock.advance(9_000);
    expect(one.offers()).toEqual([]);
    await clock.advance(1_100);
    expect(one.offers()).toHaveLength(1);
    one.context!.suppress();
    one.context!.decline([one.offers()[0]!.id], 0);
    await clock.advance(60_000);
    expect(one.offers()).toEqual([]);
    one.context!.revive();
    await clock.advance(50);
    expect(one.offers()).toHaveLength(1);
  });
});

describe('tasks', () => {
  it('that are no valid specs are an ERROR each, and the good ones beside them run', async () => {
    const { one, clock, cluster } = await stage();
    const bad = { ...task('bad'), run: { kind: 'process', argv: [] } } as unknown as TaskSpec;
    const greedy = { ...task('greedy'), ports: [{ name: 'http', host: 31_000 }] };
    one.context!.accept([one.offers()[0]!.id], [launch([bad, task('good'), greedy])], 0);
    await clock.advance(100);
    expect(one.states('bad')).toEqual(['ERROR']);
    expect(one.states('greedy')).toEqual(['ERROR']);
    expect(cluster.running('job')).toEqual(['good']);
    expect(one.updates.find(({ status }) => status.task === 'greedy')?.status.message).toContain(
      'each host port',
    );
  });

  it('with an id that exists are an ERROR, and the first goes on', async () => {
    const { one, clock, cluster } = await stage();
    one.context!.accept([one.offers()[0]!.id], [launch([task('t1')])], 0);
    await clock.advance(100);
    one.context!.accept([one.offers()[0]!.id], [launch([task('t1')])], 0);
    await clock.advance(100);
    expect(one.states('t1')).toEqual(['RUNNING', 'ERROR']);
    expect(cluster.running('job')).toEqual(['t1']);
    expect(one.offers()[0]!.resources.find(({ name }) => name === 'cpus')).toMatchObject({ scalar: 3000 });
  });

  it('free their resources at the end, before anybody acknowledges', async () => {
    const { one, clock, cluster } = await stage();
    one.context!.accept([one.offers()[0]!.id], [launch([task('t1', 4)])], 0);
    await clock.advance(100);
    const { world } = cluster.machines.get('n1')!;
    world.end('t1' as TaskId, { state: 'FINISHED', reason: 'exited', message: '', exitCode: 0 });
    await clock.advance(50);
    expect(one.states('t1')).toEqual(['RUNNING', 'FINISHED']);
    const free = one.offers().map(({ resources }) => scalar(resources, 'cpus'));
    expect(free.reduce((sum, cpus) => sum + cpus, 0)).toBe(4000);
    expect(world.things.size).toBe(0);
  });

  it('are killed when their agent is back, if it was away', async () => {
    const { one, clock, cluster } = await stage();
    one.context!.accept([one.offers()[0]!.id], [launch([task('t1')])], 0);
    await clock.advance(100);
    cluster.network.cut('n1');
    await clock.advance(12_000);
    one.context!.kill('t1' as TaskId);
    await clock.advance(100);
    expect(cluster.running('job')).toEqual(['t1']);
    cluster.network.heal('n1');
    await clock.advance(10_000);
    expect(cluster.running('job')).toEqual([]);
    expect(one.states('t1').at(-1)).toBe('KILLED');
  });

  it('are answered for: known, gone, unknown, unreachable, and silence while the agent may still come', async () => {
    const { one, clock, cluster } = await stage();
    one.context!.accept([one.offers()[0]!.id], [launch([task('t1')])], 0);
    await clock.advance(100);
    const agent = [...one.context!.agents.keys()][0]!;
    const ask = async (id: string) => {
      one.updates.length = 0;
      one.context!.reconcile([{ task: id as TaskId, agent }]);
      await clock.advance(50);
      return one.states(id);
    };
    expect(await ask('t1')).toEqual(['RUNNING']);
    expect(await ask('never')).toEqual(['GONE']);
    await cluster.killAgent('n1');
    await clock.advance(12_000);
    expect(await ask('elsewhere')).toEqual([]);
    await clock.advance(5_000);
    expect(await ask('elsewhere')).toEqual(['UNREACHABLE']);
    expect(await ask('t1')).toEqual(['UNREACHABLE']);
    await cluster.master.parts.agents.gone(agent);
    await clock.advance(100);
    expect(one.states('t1').at(-1)).toBe('GONE_BY_OPERATOR');
    expect(await ask('t1'), 'an end is told once').toEqual([]);
    expect(await ask('there')).toEqual(['GONE_BY_OPERATOR']);
  });
});

describe('frameworks', () => {
  it('find what they stored, also after a restart of the master; all of a change or none of it', async () => {
    const { one, cluster, clock } = await stage();
    await cluster.answer(
      one.context!.store([
        ['a', { n: 1 }],
        ['b', 2],
      ]),
      10,
    );
    await cluster.answer(
      one.context!.store([
        ['b', null],
        ['c', [3]],
      ]),
      10,
    );
    await cluster.killMaster();
    await cluster.startMaster();
    await clock.advance(6_000);
    expect([...one.context!.kv]).toEqual([
      ['a', { n: 1 }],
      ['c', [3]],
    ]);
    expect(one.subscriptions).toBe(2);
  });

  it('are replaced by a second one of the same name and key, and the first is told', async () => {
    const { one, cluster, clock, state } = await stage();
    const second = puppet();
    cluster.startHost(second.definition);
    await clock.advance(1_000);
    expect(cluster.log.join('\n')).toContain('another framework took over the name puppet');
    expect(second.offers()).toHaveLength(1);
    expect(state().frameworks.get('puppet' as FrameworkId)?.state).toBe('connected');
    one.context!.kill('x' as TaskId); // its words count no more
    await clock.advance(100);
    expect(one.updates).toEqual([]);
  });

  it('answer the calls of clients; a verb that is not theirs is refused by name', async () => {
    const { client, cluster } = await stage();
    const call = (verb: string) =>
      cluster.answer(client.request('framework.call', { to: { kind: 'puppet' }, verb, args: { x: 1 } }), 10);
    expect(await call('echo')).toEqual({ x: 1 });
    await expect(call('dance')).rejects.toMatchObject({ code: 'framework.verb_unknown' });
    await expect(
      cluster.answer(
        client.request('framework.call', { to: { kind: 'nothing' }, verb: 'echo', args: null }),
        10,
      ),
    ).rejects.toMatchObject({ code: 'framework.kind_unknown', fields: { kind: 'nothing', known: 'puppet' } });
  });
});

describe('clients', () => {
  it('see the same as the master, event by event', async () => {
    const { one, client, clock, state } = await stage(2);
    one.context!.accept([one.offers()[0]!.id], [launch([task('t1'), task('t2')])], 0);
    await clock.advance(1_000);
    expect(client.state).toEqual(state());
  });

  it('that do not read get nothing but a new snapshot when they read again', async () => {
    const { cluster, client, clock, state } = await stage();
    cluster.network.stall('client');
    for (let i = 0; i < 3000; i++) {
      cluster.master.parts.log.emit({ type: 'master.warning', message: `n ${i}` });
      if (i % 10 === 0) await clock.advance(1);
    }
    await clock.advance(1_000);
    cluster.network.heal('client');
    await clock.advance(20_000);
    expect(client.status.phase).toBe('live');
    expect(client.state.seq).toBe(state().seq);
  });

  it('make tokens that work once, for one role, until they expire', async () => {
    const { cluster, client, clock } = await stage();
    const made = await cluster.answer(client.request('token.create', { role: 'agent', ttlMs: 60_000 }), 10);
    expect(made.token.startsWith('tnd1-')).toBe(true);
    expect(await cluster.answer(client.request('token.list', {}), 10)).toHaveLength(1);
    await clock.advance(61_000);
    expect(await cluster.answer(client.request('token.list', {}), 10)).toEqual([]);
  });

  it('can take a key away: the member is turned out at once and stays out', async () => {
    const { cluster, client, clock, state } = await stage();
    await cluster.answer(client.request('member.revoke', { name: 'n1' }), 10);
    await clock.advance(60_000);
    expect([...state().agents.values()][0]!.state).toBe('unreachable');
    expect(cluster.log.join('\n')).toContain('the key of n1 was revoked');
  });
});
