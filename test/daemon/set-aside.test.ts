/** What an operator sets aside on machines and frees again: of what no task holds, whatever is offered of it. */
import { describe, expect, it } from 'vitest';
import { destroyVolume, exactVolume, reserve, unreserve } from '../../src/client/reservations.ts';
import { reservationsIn } from '../../src/client/table/reservations.ts';
import type { TenderError } from '../../src/core/errors.ts';
import { add, type Resource, type Resources, reserved, scalar } from '../../src/core/resources.ts';
import { formatResources, parseResources } from '../../src/core/resources-text.ts';
import type { TaskId, TaskSpec } from '../../src/core/task.ts';
import * as operations from '../../src/framework/operations.ts';
import { memoryCluster } from '../support/memory-cluster.ts';
import { slowDisk } from '../support/memory-member.ts';
import { puppet, task } from '../support/puppet.ts';

const TOTAL = 'cpus:4;mem:4096;disk:1000;ports:[31000-31099]';

/** One machine, n1; framework `web` in the role of its name, a client `me`, and `db` that comes in when it is told. */
async function stage(resources = TOTAL) {
  const cluster = await memoryCluster();
  const { clock } = cluster;
  await cluster.startAgent('n1', resources);
  const client = cluster.startClient();
  const [web, db] = [puppet('web'), puppet('db')];
  cluster.startHost(web.definition);
  await clock.advance(1_000);
  const run = async (framework: typeof web, ...steps: operations.AcceptOperation[]) => {
    const offers = framework.offers().map(({ id }) => id);
    framework.context!.accept(offers, steps, 0);
    await clock.advance(1_000);
  };
  const answer = async <T>(asked: Promise<T>): Promise<T> => {
    const value = await cluster.answer(asked, 10);
    await clock.advance(1_000);
    return value;
  };
  return {
    cluster,
    clock,
    client,
    web,
    db,
    run,
    async startDb() {
      cluster.startHost(db.definition);
      await clock.advance(1_000);
    },
    reserve: (role: string, text: string) => answer(reserve(client, 'n1', role, text)),
    unreserve: (role: string, text?: string) => answer(unreserve(client, 'n1', { role }, text)),
    destroy: async (id: string) =>
      answer(destroyVolume(client, exactVolume(client.state, 'n1', id, undefined))),
    /** As the machine itself has it. */
    kept: () => formatResources([...cluster.master.parts.log.state.agents.values()][0]!.total),
    lines: () => reservationsIn(client.state),
  };
}

const offered = (framework: ReturnType<typeof puppet>): Resources =>
  framework.offers().reduce<Resources>((sum, { resources }) => add(sum, resources), []);
const ofDb = (text: string, labels?: Record<string, string>): Resources =>
  reserved(parseResources(text), { role: 'db', kind: 'dynamic', principal: 'db', labels });
const volume = (id: string, shared = false): Resource =>
  operations.volumeOn(ofDb('disk:100'), { id, principal: 'db', shared })[0]!;
const mounting = (id: string, takes: Resources): TaskSpec => ({
  ...task(id, takes),
  volumes: [{ source: 'data', target: '/data', persistent: true }],
});

describe('on a draining agent', () => {
  const drain = (running: Awaited<ReturnType<typeof stage>>) =>
    running.cluster.answer(running.client.request('agent.drain', { name: 'n1' }), 100);

  it('who keeps data there is offered what is reserved for it, and nobody anything else', async () => {
    const running = await stage();
    const { cluster, clock, client, web, db, run, reserve, startDb } = running;
    await reserve('web', 'cpus=1');
    // It leaves all that is free to the other one.
    web.context!.decline(
      web.offers().map(({ id }) => id),
      60_000,
    );
    await startDb();
    const bare = [operations.reserve(ofDb('disk:100')), operations.reserve(ofDb('cpus:2'))];
    await run(db, ...bare, operations.create([volume('data')]));
    await run(db, operations.launch([mounting('a', [...ofDb('cpus:1'), volume('data')])]));
    await drain(running);
    await clock.advance(1_000);
    expect(web.offers()).toEqual([]);
    expect(offered(db)).toEqual(ofDb('cpus:1'));
    // What it gives back there is nobody's.
    await run(
      db,
      operations.launch([task('flush', ofDb('cpus:0.5'))]),
      operations.unreserve(ofDb('cpus:0.5')),
    );
    expect(db.states('flush')).toContain('RUNNING');
    expect([...web.offers(), ...db.offers()]).toEqual([]);
    await cluster.answer(client.request('agent.activate', { name: 'n1' }), 100);
    await clock.advance(60_000);
    expect(scalar([...offered(web), ...offered(db)], 'cpus')).toBe(2_500);
  });

  it('that is drained nothing is offered any more', async () => {
    const running = await stage();
    const { clock, client, db, run, startDb } = running;
    await startDb();
    await run(db, operations.reserve(ofDb('disk:100')), operations.create([volume('v')]));
    await drain(running);
    await clock.advance(1_000);
    expect([...client.state.agents.values()][0]!.withdrawn?.state).toBe('drained');
    expect(db.offers()).toEqual([]);
  });
});

describe('an operator', () => {
  it('reserves for a role, in their own name, what is offered to others; they keep the rest', async () => {
    const { web, db, startDb, reserve, lines } = await stage();
    const [before] = web.offers();
    expect(scalar(before!.resources, 'cpus')).toBe(4000);
    await reserve('db', 'cpus=3,mem=1g,ports=31000-31009');
    expect(web.offers().map(({ id }) => id)).not.toContain(before!.id);
    expect(scalar(offered(web), 'cpus')).toBe(1000);
    await startDb();
    const layer = { role: 'db', kind: 'dynamic', principal: 'me' } as const;
    expect(offered(db)).toEqual(reserved(parseResources('cpus:3;mem:1024;ports:[31000-31009]'), layer));
    expect(lines()).toMatchObject([{ agent: 'n1', role: 'db', principal: 'me', tasks: [] }]);
  });

  it('takes no offer back that is not in the way', async () => {
    const { cluster, clock, web, run, reserve } = await stage();
    await run(web, operations.launch([task('a', 2)]));
    const [held] = web.offers();
    cluster.machines
      .get('n1')!
      .world.end('a' as TaskId, { state: 'FINISHED', reason: 'exited', message: '' });
    await clock.advance(1_000);
    const [, second] = web.offers();
    await reserve('db', 'mem=1g');
    const ids = web.offers().map(({ id }) => id);
    expect(ids).not.toContain(held!.id);
    expect(ids).toContain(second!.id);
  });

  it('what they have said outlives the agent and the master', async () => {
    const { cluster, clock, reserve, kept } = await stage();
    await reserve('db', 'cpus=3');
    const said = kept();
    expect(said).toContain('cpus(reservations: [(DYNAMIC,db,me)]):3');
    await cluster.killMaster();
    await cluster.startMaster();
    await clock.advance(30_000);
    expect(kept()).toBe(said);
    await cluster.killAgent('n1');
    await cluster.startAgent('n1', TOTAL);
    await clock.advance(30_000);
    expect(kept()).toBe(said);
  });

  it('cannot have what a task holds, and is told which one it is', async () => {
    const { web, run, reserve, kept } = await stage();
    await run(web, operations.launch([task('a', 2)]));
    const [before, offer] = [kept(), web.offers()[0]!.id];
    await expect(reserve('db', 'cpus=3,mem=1g')).rejects.toMatchObject({
      code: 'resources.in_use',
      message: 'in use on n1 by a: cpus:1',
    });
    await expect(reserve('db', 'cpus=5')).rejects.toMatchObject({ code: 'operation.invalid' });
    await expect(reserve('*', 'cpus=1')).rejects.toMatchObject({ code: 'role.name' });
    expect([kept(), web.offers()[0]!.id]).toEqual([before, offer]);
    await reserve('db', 'cpus=2');
  });

  it('frees what a framework that was removed has left behind', async () => {
    const { cluster, client, clock, web, db, run, startDb, unreserve, destroy, kept } = await stage();
    const whole = kept();
    web.context!.suppress();
    await run(web);
    await startDb();
    const disk = ofDb('cpus:1;disk:100');
    await run(db, operations.reserve(disk), operations.create([volume('data')]));
    await cluster.answer(client.request('framework.remove', { name: 'db' }), 10);
    await clock.advance(1_000);
    const { volumes } = cluster.machines.get('n1')!;
    expect([...volumes.folders]).toEqual(['/volumes/db/data']);
    expect((await unreserve('db')).kept).toMatchObject([{ volume: 'data', tasks: [] }]);
    await expect(unreserve('db')).rejects.toMatchObject({
      code: 'reservation.none',
      message: 'role db has nothing on n1 that could be freed: volume data has to be destroyed first',
    });
    await destroy('data');
    expect(volumes.folders.size).toBe(0);
    await unreserve('db');
    expect(kept()).toBe(whole);
    expect([...client.state.offers.values()].map(({ resources }) => formatResources(resources))).toEqual([
      whole,
    ]);
  });

  it('cannot free what a task uses, nor what lies below a volume, nor what the machine itself has reserved', async () => {
    const { client, cluster, web, db, run, startDb, unreserve, destroy, kept } = await stage(
      `${TOTAL};cpus(db):1`,
    );
    web.context!.suppress();
    await run(web);
    await startDb();
    const parts = [...ofDb('cpus:2;disk:100'), ...ofDb('mem:64', { home: 'b' })];
    await run(
      db,
      operations.reserve(parts),
      operations.create([volume('data')]),
      operations.launch([mounting('a', [...ofDb('cpus:2'), volume('data')])]),
    );
    const before = kept();
    await expect(destroy('data')).rejects.toMatchObject({ code: 'resources.in_use', fields: { tasks: 'a' } });
    const asked = (method: 'agent.unreserve' | 'agent.destroy', resources: Resources) =>
      cluster.answer(client.request(method, { name: 'n1', resources, volumes: resources }), 10);
    await expect(asked('agent.destroy', [volume('data')])).rejects.toMatchObject({
      code: 'resources.in_use',
    });
    await expect(asked('agent.unreserve', ofDb('cpus:1'))).rejects.toMatchObject({
      code: 'resources.in_use',
    });
    await expect(asked('agent.unreserve', [volume('data')])).rejects.toMatchObject({
      code: 'operation.invalid',
    });
    const own = parseResources('cpus(db):1');
    await expect(asked('agent.unreserve', own)).rejects.toMatchObject({ code: 'operation.invalid' });
    await expect(unreserve('db', 'mem=64')).rejects.toMatchObject({ code: 'reservation.several' });
    expect(kept()).toBe(before);
    const { freed, kept: left } = await unreserve('db');
    expect(freed).toEqual(ofDb('mem:64', { home: 'b' }));
    expect(left.map(({ tasks }) => tasks)).toEqual([['a'], ['a']]);
  });

  it('destroys a shared volume that is offered; the offers with it are taken back', async () => {
    const { web, db, run, startDb, destroy } = await stage();
    web.context!.suppress();
    await run(web);
    await startDb();
    await run(db, operations.reserve(ofDb('disk:100')), operations.create([volume('data', true)]));
    const has = () => db.offers().some(({ resources }) => resources.some(({ shared }) => shared));
    expect(has()).toBe(true);
    await destroy('data');
    expect(has()).toBe(false);
    expect(offered(db)).toEqual(expect.arrayContaining([...ofDb('disk:100')]));
  });

  it('cannot tell an agent that is away', async () => {
    const { cluster, clock, reserve } = await stage();
    await cluster.killAgent('n1');
    await clock.advance(60_000);
    await expect(reserve('db', 'cpus=1')).rejects.toMatchObject({ code: 'agent.away' });
  });

  it('is answered when the agent has written it down, and not before', async () => {
    const { cluster, clock, client } = await stage();
    slowDisk(cluster.machines.get('n1')!.store, clock, 3_000);
    let isDone = false;
    const asked = reserve(client, 'n1', 'db', 'cpus=1').then(() => {
      isDone = true;
    });
    await clock.advance(2_900);
    expect(isDone).toBe(false);
    await clock.advance(200);
    expect(isDone).toBe(true);
    await asked;
  });

  it('is told that nobody knows when the agent does not say so in time; it may be done later', async () => {
    const { cluster, clock, client, lines } = await stage();
    slowDisk(cluster.machines.get('n1')!.store, clock, 20_000);
    const asked = reserve(client, 'n1', 'db', 'cpus=1');
    const refused = expect(asked).rejects.toMatchObject({
      code: 'conversion.unsure',
      message: 'agent n1 has not said within 8 s that it has written that down: it may have done it, or not',
    });
    await clock.advance(9_000);
    await refused;
    await clock.advance(60_000);
    expect(lines()).toMatchObject([{ agent: 'n1', role: 'db' }]);
  });

  it.each([
    ['has written it down, and says so when it is back', true],
    ['died before it had written it down', false],
  ])('waits for an agent that goes away: it %s', async (_, isWritten) => {
    const { cluster, clock, client, lines } = await stage();
    const { store } = cluster.machines.get('n1')!;
    const { commit } = store;
    if (!isWritten) store.commit = () => new Promise(() => {});
    const outcome = reserve(client, 'n1', 'db', 'cpus=1').then(
      () => 'done',
      ({ code }: TenderError) => code,
    );
    cluster.network.stall('n1', 'toListener'); // what it says is not heard
    await clock.advance(500);
    await cluster.killAgent('n1');
    store.commit = commit;
    cluster.network.heal('n1');
    await cluster.startAgent('n1', TOTAL);
    await clock.advance(7_000);
    expect(await outcome).toBe(isWritten ? 'done' : 'conversion.refused');
    expect(lines()).toHaveLength(isWritten ? 1 : 0);
  });

  it('is refused what the agent cannot write down, and all is as it was', async () => {
    const { cluster, clock, reserve: say, lines, kept } = await stage();
    const before = kept();
    cluster.machines.get('n1')!.store.commit = () => Promise.reject(new Error('the disk is full'));
    await expect(say('db', 'cpus=1')).rejects.toMatchObject({ code: 'conversion.refused' });
    await clock.advance(1_000);
    expect(lines()).toEqual([]);
    expect(kept()).toBe(before);
  });
});
