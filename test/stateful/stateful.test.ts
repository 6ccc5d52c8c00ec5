/** The stateful framework on a whole cluster in memory: identity, homes, order, and what is kept. */
import { describe, expect, it } from 'vitest';
import { stop, submit } from '../../src/client/commands.ts';
import { db, StatefulStage } from '../support/stateful-stage.ts';

const portOf = (stage: StatefulStage, name: string) =>
  stage.members.find((spec) => spec.name === name)!.ports[0]!.host;

describe('an instance', () => {
  it('has a home of its own on another machine than the others, and comes back to it', async () => {
    const stage = await StatefulStage.start();
    await stage.formed();
    expect(stage.names).toEqual(['db.0', 'db.1', 'db.2']);
    expect(new Set(stage.names.map((name) => stage.machineOf(name))).size).toBe(3);
    expect(stage.volumes).toHaveLength(3);
    const [before, port, volumes] = [stage.machineOf('db.1'), portOf(stage, 'db.1'), stage.volumes];
    stage.cluster.machines.get(before)!.world.fail('db.1');
    await stage.pass(2_000);
    expect(stage.machineOf('db.1')).toBe(before);
    expect(portOf(stage, 'db.1')).toBe(port);
    expect(stage.volumes).toEqual(volumes);
    expect(stage.members.find(({ name }) => name === 'db.1')!.env['TENDER_START']).toBe('again');
  });
});

describe('starting', () => {
  it('is done in order, each when the one before serves', async () => {
    const stage = await StatefulStage.start();
    const seen: number[] = [];
    await stage.cluster.answer(submit(stage.client, db()), 1);
    for (let i = 0; i < 100; i++) {
      await stage.pass(1, 1);
      seen.push(stage.names.length);
      expect(stage.names).toEqual(['db.0', 'db.1', 'db.2'].slice(0, stage.names.length));
    }
    expect(seen).toContain(1);
    expect(seen).toContain(2);
  });

  it('waits until all know where the others will be, where the spec says so', async () => {
    const stage = await StatefulStage.start();
    await stage.formed(db({ seeds: true, start: 'parallel' }));
    const peers = stage.members.map(({ env }) => env['TENDER_PEERS_CLIENT']);
    expect(new Set(peers).size).toBe(1);
    expect(peers[0]!.split(',')).toEqual(stage.members.map(({ ports }) => `127.0.0.1:${ports[0]!.host}`));
    expect(
      stage.members.map(({ env }) => [env['TENDER_INDEX'], env['TENDER_COUNT'], env['TENDER_START']]),
    ).toEqual([
      ['0', '3', 'new'],
      ['1', '3', 'new'],
      ['2', '3', 'new'],
    ]);
  });

  it('does not begin while one of them finds no home, where all have to be known', async () => {
    const stage = await StatefulStage.start(2);
    await stage.submit(db({ seeds: true, constraints: ['distinct_hosts'] }));
    await stage.pass(30_000);
    expect(stage.names).toEqual([]);
    expect(stage.job).toMatchObject({ status: 'waiting' });
    expect(stage.job!.message).toContain('another instance of it is there');
    await stage.cluster.startAgent('n3', 'cpus:4;mem:4096;disk:10000;ports:[31000-31099]');
    await stage.until(() => stage.names.length === 3, 'all run');
  });
});

describe('stopping', () => {
  it('ends the last one first, keeps the data, and starts again on it', async () => {
    const stage = await StatefulStage.start();
    await stage.formed();
    const [volumes, homes] = [stage.volumes, stage.names.map((name) => stage.machineOf(name))];
    await stage.cluster.answer(stop(stage.client, 'db'), 1);
    for (let i = 0; i < 100; i++) {
      await stage.pass(1, 1);
      expect(stage.names).toEqual(['db.0', 'db.1', 'db.2'].slice(0, stage.names.length));
    }
    expect(stage.names).toEqual([]);
    expect(stage.job).toMatchObject({ status: 'stopped', desired: 0 });
    expect(stage.volumes).toEqual(volumes);
    await stage.submit(db({ env: { A: 1 } }));
    await stage.until(() => stage.job?.status === 'running', 'it runs again');
    expect(stage.names.map((name) => stage.machineOf(name))).toEqual(homes);
    expect(stage.volumes).toEqual(volumes);
    expect(stage.members.map(({ env }) => env['TENDER_START'])).toEqual(['again', 'again', 'again']);
  });

  it('leaves nothing once a person has said that the data may go', async () => {
    const stage = await StatefulStage.start();
    await stage.formed();
    await stage.cluster.answer(stop(stage.client, 'db'), 100);
    await stage.pass(1_000);
    expect(stage.job!.message).toContain('its data is kept in 3 volumes');
    await stage.verb('purge');
    await stage.until(() => stage.job === undefined, 'it is forgotten');
    expect(stage.volumes).toEqual([]);
    for (const { total } of stage.client.state.agents.values())
      expect(total.every(({ role }) => role === '*')).toBe(true);
    expect(stage.cluster.master.parts.registry.kv('stateful' as never).size).toBe(0);
  });

  it('of a job that never found a place leaves nothing either', async () => {
    const stage = await StatefulStage.start(1);
    await stage.submit(db({ cpus: 100 }));
    await stage.pass(2_000);
    await stage.cluster.answer(stop(stage.client, 'db'), 100);
    await stage.pass(1_000);
    expect(stage.job).toBeUndefined();
  });
});

describe('a machine that is lost', () => {
  it('is waited for, for ever, and the instance is there again with it', async () => {
    const stage = await StatefulStage.start();
    await stage.formed();
    const n = stage.machineOf('db.1');
    await stage.cluster.killAgent(n);
    await stage.pass(3_600_000, 10_000);
    expect(stage.job).toMatchObject({ status: 'lost' });
    expect(stage.job!.message).toContain(`db.1 is at home on ${n}, which is out of reach`);
    expect(stage.volumes).toHaveLength(3);
    await stage.cluster.startAgent(n, 'cpus:4;mem:4096;disk:10000;ports:[31000-31099]');
    await stage.until(() => stage.job?.status === 'running', 'it runs');
    expect(stage.cluster.doubleStarts()).toEqual([]);
    expect(stage.volumes).toHaveLength(3);
  });

  it.each([
    'a person says so',
    'the time of the spec has passed',
    'it is declared gone',
  ])('costs an instance its home only when %s', async (how) => {
    const stage = await StatefulStage.start(4);
    await stage.formed(how.includes('time') ? db({ replaceAfter: '10m' }) : db());
    const n = stage.machineOf('db.1');
    await stage.cluster.killAgent(n);
    await stage.pass(300_000, 1_000);
    expect(new Set(stage.members.map(({ name }) => name)).size).toBe(3); // it may run there still
    if (how.includes('person')) await stage.verb('replace', { name: 'db.1' });
    if (how.includes('gone'))
      await stage.cluster.answer(stage.client.request('agent.gone', { name: n }), 100);
    await stage.until(() => stage.job?.status === 'running', 'it runs');
    const others = [...stage.cluster.machines.values()].filter(({ name }) => name !== n);
    const other = others.flatMap(({ world }) => world.running).find(({ name }) => name === 'db.1')!;
    expect(other.env['TENDER_START']).toBe('join');
    expect(stage.volumes).toHaveLength(4); // what was on the lost machine is not touched
  });

  it('that returns after all ends what was replaced, and its data goes only by a purge', async () => {
    const stage = await StatefulStage.start(4);
    await stage.formed();
    const n = stage.machineOf('db.1');
    await stage.cluster.killAgent(n);
    await stage.pass(60_000, 1_000);
    await stage.verb('replace', { name: 'db.1' });
    await stage.until(() => stage.job?.status === 'running', 'it runs');
    await stage.cluster.startAgent(n, 'cpus:4;mem:4096;disk:10000;ports:[31000-31099]');
    await stage.until(() => stage.names.length === 3, 'only one db.1 is left');
    expect(stage.machineOf('db.1')).not.toBe(n);
    await stage.pass(60_000, 1_000);
    expect(stage.volumes).toHaveLength(4);
    await stage.verb('purge');
    await stage.until(() => stage.volumes.length === 3, 'only what was left behind is destroyed');
    expect(stage.names).toEqual(['db.0', 'db.1', 'db.2']);
  });

  it('is not what is being said of an instance that serves', async () => {
    const stage = await StatefulStage.start();
    await stage.formed();
    await expect(stage.verb('replace', { name: 'db.1' })).rejects.toMatchObject({ code: 'instance.serves' });
    await expect(stage.verb('replace', { name: 'db.7' })).rejects.toMatchObject({ code: 'instance.unknown' });
  });
});

it('a machine that is drained is left, and its instances come back to it', async () => {
  const stage = await StatefulStage.start();
  await stage.formed();
  const n = stage.machineOf('db.1');
  await stage.cluster.answer(stage.client.request('agent.drain', { name: n, deadlineMs: 600_000 }), 100);
  await stage.until(() => stage.names.length === 2, 'it is left');
  await stage.pass(60_000, 1_000);
  expect(stage.names).toEqual(['db.0', 'db.2']);
  await stage.cluster.answer(stage.client.request('agent.activate', { name: n }), 100);
  await stage.until(() => stage.job?.status === 'running', 'it runs');
  expect(stage.machineOf('db.1')).toBe(n);
});

it('what is set aside for an instance is nobody else’s while it is stopped', async () => {
  const stage = await StatefulStage.start(1);
  await stage.formed(db({ count: 1, cpus: 3, mem: 3000 }));
  await stage.cluster.answer(stop(stage.client, 'db'), 100);
  await stage.pass(1_000);
  await stage.submit(db({ name: 'other', count: 1, cpus: 3, mem: 3000 }));
  await stage.pass(5_000);
  expect(stage.names).toEqual([]);
  await stage.submit(db({ count: 1, cpus: 3, mem: 3000 }));
  await stage.until(() => stage.names.includes('db.0'), 'it comes home');
});
