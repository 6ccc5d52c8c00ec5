/** The service framework on a whole cluster in memory: what is asked for comes to be, whatever dies in between. */
import { describe, expect, it } from 'vitest';
import service from '../../plugins/service/index.ts';
import { check, scale, stop, submit, why } from '../../src/client/commands.ts';
import { type Machine, memoryCluster } from '../support/memory-cluster.ts';
import { puppet } from '../support/puppet.ts';

const web = (count: number, more = {}) => ({
  name: 'web',
  count,
  command: ['serve'],
  cpus: 0.5,
  mem: 64,
  ports: { http: 'auto' },
  ...more,
});

async function started(agents = 2, seed = 1) {
  const cluster = await memoryCluster(seed);
  for (let i = 1; i <= agents; i++) await cluster.startAgent(`n${i}`);
  const host = cluster.startHost(service);
  const client = cluster.startClient();
  await cluster.clock.advance(1_000);
  return { cluster, host, client };
}

describe('a service', () => {
  it('runs its instances, spread over the agents, each with a port of its own', async () => {
    const { cluster, client } = await started();
    await cluster.answer(submit(client, web(4)));
    await cluster.clock.advance(1_000);
    expect(cluster.running('web')).toEqual(['web.0', 'web.1', 'web.2', 'web.3']);
    const perAgent = [...cluster.machines.values()].map(({ world }) => world.running.length);
    expect(perAgent).toEqual([2, 2]);
    for (const { world } of cluster.machines.values()) {
      const ports = world.running.flatMap((spec) => spec.ports.map(({ host }) => host));
      expect(new Set(ports).size).toBe(ports.length);
    }
    expect(client.state.jobs.get('web')).toMatchObject({ status: 'running', running: 4, desired: 4 });
  });

  it('replaces a failed instance under its name, and the wait grows with each failure in a row', async () => {
    const { cluster, client } = await started(1);
    await cluster.answer(submit(client, web(1)));
    await cluster.clock.advance(1_000);
    const { world } = cluster.machines.get('n1') as Machine;
    for (const wait of [500, 1_000, 2_000, 4_000]) {
      world.fail('web.0');
      await cluster.clock.advance(wait - 100);
      expect(cluster.running('web')).toEqual([]);
      await cluster.clock.advance(300);
      expect(cluster.running('web')).toEqual(['web.0']);
    }
  });

  it('scales up to the lowest free slots and down by the youngest', async () => {
    const { cluster, client } = await started();
    await cluster.answer(submit(client, web(2)));
    await cluster.clock.advance(2_000);
    await cluster.answer(scale(client, 'web', 5));
    await cluster.clock.advance(1_000);
    expect(cluster.running('web')).toHaveLength(5);
    await cluster.answer(scale(client, 'web', 2));
    await cluster.clock.advance(1_000);
    expect(cluster.running('web')).toEqual(['web.0', 'web.1']);
  });

  it('stops, and leaves nothing: no task, no job, no allocation', async () => {
    const { cluster, client } = await started();
    await cluster.answer(submit(client, web(3)));
    await cluster.clock.advance(1_000);
    await cluster.answer(stop(client, 'web'));
    await cluster.clock.advance(2_000);
    expect(cluster.running('web')).toEqual([]);
    expect(cluster.tasks('web')).toEqual([]);
    expect(client.state.jobs.size).toBe(0);
    expect(cluster.master.parts.registry.kv('service' as never).size).toBe(0);
    expect([...cluster.machines.values()].flatMap(({ world }) => [...world.things])).toEqual([]);
  });

  it('rolls a change one instance at a time', async () => {
    const { cluster, client } = await started();
    const atOnce = { update: { minHealthy: 0 } };
    await cluster.answer(submit(client, web(3, atOnce)));
    await cluster.clock.advance(2_000);
    const counts = new Set<number>();
    await cluster.answer(submit(client, web(3, { ...atOnce, command: ['serve', '2'] })), 1);
    for (let i = 0; i < 500; i++) {
      counts.add(cluster.running('web').length);
      await cluster.clock.advance(1);
    }
    expect([...counts].sort()).toEqual([2, 3]);
    const running = [...cluster.machines.values()].flatMap(({ world }) => world.running);
    expect(running.map(({ run }) => run)).toEqual(
      Array(3).fill(expect.objectContaining({ argv: ['serve', '2'] })),
    );
  });

  it('does nothing when the same spec comes again', async () => {
    const { cluster, client } = await started();
    await cluster.answer(submit(client, web(2)));
    await cluster.clock.advance(1_000);
    const before = cluster.tasks('web').map(({ id }) => id);
    expect(await cluster.answer(submit(client, web(2)))).toMatchObject({ changed: false, version: 1 });
    await cluster.clock.advance(1_000);
    expect(cluster.tasks('web').map(({ id }) => id)).toEqual(before);
  });

  it('says why it waits, with the shortfall on each agent, and starts when there is room', async () => {
    const { cluster, client } = await started(1);
    await cluster.answer(submit(client, web(1, { cpus: 6 })));
    await cluster.clock.advance(1_000);
    const answer = await cluster.answer(why(client, 'web'));
    expect(answer.sentence).toBe('web waits: 2 cpus too few (wants 6, 4 free); 0 of 1 run.');
    expect(answer.agents).toEqual([{ agent: 'n1', reasons: ['2 cpus too few (wants 6, 4 free)'] }]);
    const before = client.state.seq;
    await cluster.clock.advance(60_000);
    const offers = client.recent.filter(({ seq, event }) => seq > before && event.type === 'offer.made');
    expect(offers).toEqual([]); // waiting is silent
    await cluster.startAgent('big', 'cpus:8;mem:4096;ports:[31000-31099]');
    await cluster.clock.advance(1_000);
    expect(cluster.running('web')).toEqual(['web.0']);
  });

  it('tells the master what it waits for, as long as it waits', async () => {
    const { cluster, client } = await started(1);
    const { allocator } = cluster.master.parts;
    const shortfalls = () =>
      allocator
        .explain(cluster.clock.now())
        .flatMap(({ gates }) => gates)
        .flatMap((gate) => (gate.kind === 'shortfall' ? [`${gate.demand} ${gate.needs}`] : []));
    await cluster.answer(submit(client, web(1, { cpus: 6 })));
    await cluster.clock.advance(1_000);
    expect(shortfalls()).toEqual(['web 6000']);
    await cluster.answer(scale(client, 'web', 0));
    await cluster.answer(submit(client, web(1, { name: 'big', cpus: 7 })));
    await cluster.clock.advance(1_000);
    expect(shortfalls()).toEqual(['big 7000']);
  });

  it('uses what is reserved for its role before what everybody may use', async () => {
    const { cluster, client } = await started(0);
    const own = 'cpus(service):1;mem(service):1024';
    await cluster.startAgent('n1', `${own};cpus:1;mem:1024;ports:[31000-31099]`);
    await cluster.answer(submit(client, web(4)));
    await cluster.clock.advance(1_000);
    expect(cluster.running('web')).toHaveLength(4);
    expect(cluster.tasks('web').map(({ resources }) => resources[0])).toMatchObject([
      { name: 'cpus', role: 'service' },
      { name: 'cpus', role: 'service' },
      { name: 'cpus', role: '*' },
      { name: 'cpus', role: '*' },
    ]);
  });

  it('gets the port that it names, though ports are split among all who want offers', async () => {
    const { cluster, client } = await started(1);
    const other = puppet('other');
    cluster.startHost(other.definition);
    await cluster.clock.advance(1_000);
    other.context!.decline([...other.context!.offers.keys()], 3_600_000);
    await cluster.answer(submit(client, web(1, { ports: { http: { host: 31_000 } } })));
    await cluster.clock.advance(1_000);
    expect(cluster.tasks('web').map(({ ports }) => ports)).toEqual([[{ name: 'http', host: 31_000 }]]);
  });

  it('does not let a job that fits wait behind one that does not', async () => {
    const { cluster, client } = await started(1);
    await cluster.answer(submit(client, web(1, { name: 'big', cpus: 6 })));
    await cluster.clock.advance(200);
    await cluster.answer(submit(client, web(2)), 1);
    await cluster.clock.advance(100);
    expect(cluster.running('web')).toEqual(['web.0', 'web.1']);
    await cluster.answer(submit(client, web(1, { name: 'big', cpus: 1 })), 1);
    await cluster.clock.advance(100);
    expect(cluster.running('big')).toEqual(['big.0']);
  });

  it('does not share its name with a job of another framework, which nobody could reach then', async () => {
    const { cluster, client } = await started(1);
    const { log } = cluster.master.parts;
    const other = { name: 'web', framework: 'other', kind: 'x', desired: 1, running: 1, healthy: 1 };
    const rest = { status: 'running', message: '', version: 1, columns: {}, updatedAt: 0 };
    log.emit({ type: 'job.changed', job: { ...other, ...rest } as never });
    await expect(cluster.answer(submit(client, web(1)))).rejects.toMatchObject({ code: 'job.exists' });
    await cluster.clock.advance(1_000);
    expect(cluster.running('web')).toEqual([]);
  });

  it('is stopped and scaled by its own name only, never by the beginning of it', async () => {
    const { cluster, client } = await started(1);
    await cluster.answer(submit(client, web(1, { name: 'web2' })));
    await cluster.clock.advance(1_000);
    for (const change of [() => stop(client, 'web'), () => scale(client, 'web', 0)])
      await expect(cluster.answer(change())).rejects.toMatchObject({
        code: 'job.unknown',
        message: 'no job or task is called "web" (did you mean "web2"?)',
      });
    expect(cluster.running('web2')).toEqual(['web2.0']);
  });

  it('is checked without a change', async () => {
    const { cluster, client } = await started(1);
    await cluster.answer(check(client, web(1)));
    await expect(cluster.answer(check(client, web(1, { memm: 3 })))).rejects.toMatchObject({
      code: 'job.invalid',
    });
    await cluster.clock.advance(1_000);
    expect(client.state.jobs.size).toBe(0);
  });

  it('is called failing when it fails again and again, and told from one that starts', async () => {
    const { cluster, client } = await started(1);
    await cluster.answer(submit(client, web(1)));
    for (const status of ['starting', 'failing', 'failing']) {
      await cluster.clock.advance(3_000);
      (cluster.machines.get('n1') as Machine).world.fail('web.0');
      await cluster.clock.advance(100);
      expect(client.state.jobs.get('web')?.status).toBe(status);
    }
  });

  it('refuses a bad spec in words and keeps what runs', async () => {
    const { cluster, client } = await started(1);
    await cluster.answer(submit(client, web(1)));
    await expect(cluster.answer(submit(client, web(1, { cuont: 3 })))).rejects.toMatchObject({
      code: 'job.invalid',
    });
    await expect(cluster.answer(scale(client, 'web', -1))).rejects.toMatchObject({ code: 'job.invalid' });
    await cluster.clock.advance(1_000);
    expect(cluster.running('web')).toEqual(['web.0']);
  });
});

describe('nothing is lost or doubled', () => {
  it('when the agent dies and comes back', async () => {
    const { cluster, client } = await started(1);
    await cluster.answer(submit(client, web(3)));
    await cluster.clock.advance(1_000);
    const before = cluster.tasks('web').map(({ id }) => id);
    await cluster.killAgent('n1');
    cluster.machines.get('n1')!.world.fail('web.1');
    await cluster.clock.advance(3_000);
    await cluster.startAgent('n1');
    await cluster.clock.advance(5_000);
    expect(cluster.running('web')).toEqual(['web.0', 'web.1', 'web.2']);
    const after = cluster.tasks('web').map(({ id }) => id);
    expect(after.filter((id) => before.includes(id))).toHaveLength(2);
    expect(cluster.doubleStarts()).toEqual([]);
  });

  it('when the agent stays away, its work moves; when it returns, the surplus ends', async () => {
    const { cluster, client } = await started(2);
    await cluster.answer(submit(client, web(4)));
    await cluster.clock.advance(1_000);
    await cluster.killAgent('n1');
    await cluster.clock.advance(20_000);
    expect(client.state.agents.size).toBe(2);
    expect([...client.state.agents.values()].find(({ name }) => name === 'n1')?.state).toBe('unreachable');
    expect(cluster.machines.get('n2')!.world.running).toHaveLength(4);
    await cluster.startAgent('n1');
    await cluster.clock.advance(10_000);
    expect(cluster.running('web')).toEqual(['web.0', 'web.1', 'web.2', 'web.3']);
    expect(cluster.doubleStarts()).toEqual([]);
  });

  it('when the master dies and comes back', async () => {
    const { cluster, client } = await started(2);
    await cluster.answer(submit(client, web(4)));
    await cluster.clock.advance(1_000);
    const before = cluster
      .tasks('web')
      .map(({ id }) => id)
      .sort();
    await cluster.killMaster();
    await cluster.clock.advance(4_000);
    expect(cluster.running('web')).toHaveLength(4);
    await cluster.startMaster();
    await cluster.clock.advance(10_000);
    expect(
      cluster
        .tasks('web')
        .map(({ id }) => id)
        .sort(),
    ).toEqual(before);
    expect(client.status.phase).toBe('live');
    expect(client.state.master.epoch).toBe(2);
    await cluster.answer(scale(client, 'web', 6));
    await cluster.clock.advance(1_000);
    expect(cluster.running('web')).toHaveLength(6);
    expect(cluster.doubleStarts()).toEqual([]);
  });

  it('when the framework dies and comes back', async () => {
    const { cluster, client, host } = await started(2);
    await cluster.answer(submit(client, web(4)));
    await cluster.clock.advance(1_000);
    const before = cluster
      .tasks('web')
      .map(({ id }) => id)
      .sort();
    await host.close();
    const { world } = cluster.machines.get('n1') as Machine;
    world.fail(world.running[0]!.name);
    await cluster.clock.advance(3_000);
    cluster.startHost(service);
    await cluster.clock.advance(70_000); // the failed one's update is repeated with growing waits
    expect(cluster.running('web')).toEqual(['web.0', 'web.1', 'web.2', 'web.3']);
    const after = cluster.tasks('web').map(({ id }) => id);
    expect(before.filter((id) => after.includes(id))).toHaveLength(3);
    expect(cluster.doubleStarts()).toEqual([]);
  });

  it.each(
    Array.from({ length: Number(process.env.SEEDS ?? 20) }, (_, i) => i + Number(process.env.FROM ?? 1)),
  )('when everything dies again and again at any moment (seed %i)', async (seed) => {
    const { cluster, client, host: first } = await started(3, seed);
    let host = first;
    await cluster.answer(submit(client, web(6)));
    for (let round = 0; round < 30; round++) {
      const wanted = 1 + Math.floor(cluster.random() * 8);
      void scale(client, 'web', wanted).catch(() => {}); // it may be cut off: that is the point
      await cluster.clock.advance(Math.floor(cluster.random() * 50));
      const victim = Math.floor(cluster.random() * 5);
      if (victim === 0) {
        await cluster.killMaster();
        await cluster.clock.advance(Math.floor(cluster.random() * 3_000));
        await cluster.startMaster();
      } else if (victim === 1) {
        const name = `n${1 + Math.floor(cluster.random() * 3)}`;
        await cluster.killAgent(name);
        await cluster.clock.advance(Math.floor(cluster.random() * 25_000));
        await cluster.startAgent(name);
      } else if (victim === 2) {
        const target = ['n1', 'n2', 'n3', 'frameworks', 'client'][Math.floor(cluster.random() * 5)]!;
        if (cluster.random() < 0.5) cluster.network.cut(target);
        else cluster.network.stall(target);
        await cluster.clock.advance(Math.floor(cluster.random() * 25_000));
        cluster.network.heal(target);
      } else if (victim === 3) {
        cluster.network.lossy('master', { toListener: 0.05, toDialer: 0.05 });
        await cluster.clock.advance(Math.floor(cluster.random() * 10_000));
        cluster.network.heal('master');
      } else {
        await host.close();
        await cluster.clock.advance(Math.floor(cluster.random() * 3_000));
        host = cluster.startHost(service);
      }
      await cluster.clock.advance(Math.floor(cluster.random() * 5_000));
    }
    await cluster.clock.advance(90_000);
    await cluster.answer(scale(client, 'web', 5));
    await cluster.clock.advance(90_000);
    const names = cluster.running('web');
    expect(names).toHaveLength(5);
    expect(new Set(names).size).toBe(5);
    expect(cluster.tasks('web')).toHaveLength(5);
    expect(cluster.doubleStarts()).toEqual([]);
  });
});
