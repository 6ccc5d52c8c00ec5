/** Room for what waits: who is ended for it, when, what everybody is told; and what becomes of it when things go wrong. */
import { describe, expect, it } from 'vitest';
import type { Demand } from '../../src/core/allocator.ts';
import { parseCondition } from '../../src/core/constraint.ts';
import type { RoleChange } from '../../src/core/quota-rules.ts';
import { scalar } from '../../src/core/resources.ts';
import type { TaskId, TaskSpec } from '../../src/core/task.ts';
import { launch, launchGroup } from '../../src/framework/operations.ts';
import { memoryCluster } from '../support/memory-cluster.ts';
import { puppet, task } from '../support/puppet.ts';

const GRACE = 10_000;
const HOUR = 3_600_000;

/** So many agents with 4 cpus each; frameworks `web` and `db` in roles of their names. Role db may preempt. */
async function stage({ agents = 1, seed = 1, db: record = {} as Partial<RoleChange> } = {}) {
  const cluster = await memoryCluster(seed);
  const { clock } = cluster;
  for (let i = 1; i <= agents; i++) await cluster.startAgent(`n${i}`, 'cpus:4');
  const client = cluster.startClient();
  await clock.advance(1_000);
  const set = (changes: RoleChange[], force = false) =>
    cluster.answer(client.request('roles.set', { changes, force }), 10);
  await set([{ role: 'db', priority: 80, preemption: true, ...record }]);
  const join = async (name: string, roles = [name]) => {
    const one = puppet(name, { roles });
    const host = cluster.startHost(one.definition);
    await clock.advance(100);
    return Object.assign(one, { host });
  };
  type Puppet = Awaited<ReturnType<typeof join>>;
  const back = (one: Puppet, refuseMs = HOUR) =>
    one.context!.decline([...one.context!.offers.keys()], refuseMs);
  /** On whatever is offered to it, on agents in the order of their names; the rest goes back. */
  const run = async (one: Puppet, ...tasks: TaskSpec[]) => {
    const left = [...tasks];
    const offers = [...one.context!.offers.values()].sort((a, b) => (a.hostname < b.hostname ? -1 : 1));
    for (const { id, resources } of offers) {
      let room = scalar(resources, 'cpus');
      const here: TaskSpec[] = [];
      while (left[0] && scalar(left[0].resources, 'cpus') <= room) {
        room -= scalar(left[0].resources, 'cpus');
        here.push(left.shift()!);
      }
      if (here.length > 0) one.context!.accept([id], [launch(here)], HOUR);
    }
    expect(left).toEqual([]);
    back(one);
    await clock.advance(100);
  };
  /** Waits for so many cpus, so many times; what is there already is refused. */
  const want = (one: Puppet, cpus: number, count = 1, more: Partial<Demand> = {}) => {
    const [role = ''] = one.definition.roles!;
    const demand = { name: one.definition.name, needs: { cpus: cpus * 1000 }, count, ...more };
    one.context!.demand(count === 0 ? [] : [demand], role);
    back(one);
  };
  const web = await join('web');
  return {
    cluster,
    clock,
    client,
    set,
    join,
    run,
    want,
    back,
    web,
    running: () => cluster.running('job'),
    offered: (one: Puppet) => one.offers().map(({ resources }) => scalar(resources, 'cpus') / 1000),
    events: () =>
      cluster.master.parts.log
        .recent(1000)
        .flatMap(({ event }) => (event.type.startsWith('preemption.') ? event : [])),
  };
}

type Scene = Awaited<ReturnType<typeof stage>>;

const of = (id: string, cpus: number, priority: number): TaskSpec => ({ ...task(id, cpus), priority });
const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((id) => task(id, 1)) as [
  TaskSpec,
  TaskSpec,
  TaskSpec,
  TaskSpec,
];

describe('what waits in a role that may preempt', () => {
  it('gets the room of the least important tasks: their frameworks are told, and the master kills them', async () => {
    const { clock, join, run, want, web, running, offered, events } = await stage();
    await run(web, of('a', 1, 40), of('b', 1, 20), of('c', 1, 30), of('d', 1, 75));
    const db = await join('db');
    want(db, 2);
    await clock.advance(1_100);
    const deadline = clock.now() - 100 + GRACE;
    expect(web.asked).toMatchObject([{ tasks: ['b', 'c'], why: 'room for db (role db, priority 80)' }]);
    expect(Math.abs(web.asked[0]!.deadline - deadline)).toBeLessThan(100);
    expect(running()).toEqual(['a', 'b', 'c', 'd']);
    await clock.advance(GRACE - 200);
    expect(running()).toEqual(['a', 'b', 'c', 'd']);
    await clock.advance(400);
    expect(running()).toEqual(['a', 'd']);
    expect(web.updates.at(-1)!.status).toMatchObject({
      state: 'KILLED',
      reason: 'preempted',
      message: 'made room for db (role db, priority 80)',
    });
    expect(offered(db)).toEqual([2]);
    expect(events()).toMatchObject([
      { type: 'preemption.proposed', framework: 'db', role: 'db', job: 'db', tasks: ['b', 'c'] },
      { type: 'preemption.ended', outcome: 'made room', tasks: ['b', 'c'] },
    ]);
  });

  it('waits like everybody else while its role may not', async () => {
    const { clock, join, run, want, set, web, running } = await stage({ db: { preemption: false } });
    await run(web, a, b, c, d);
    const db = await join('db');
    want(db, 2);
    await clock.advance(60_000);
    expect([web.asked, running().length]).toEqual([[], 4]);
    await set([{ role: 'db', preemption: true }]);
    await clock.advance(1_100 + GRACE);
    expect(running()).toHaveLength(2);
  });

  it('ends nobody where all that it may end would not be enough', async () => {
    const { clock, join, run, want, web, running } = await stage();
    await run(web, of('a', 1, 20), of('b', 1, 20), of('c', 2, 71));
    const db = await join('db');
    want(db, 3);
    await clock.advance(60_000);
    expect([web.asked, running()]).toEqual([[], ['a', 'b', 'c']]);
  });

  it('is as important as its demand says, and its role only where that says nothing', async () => {
    const { clock, join, run, want, web } = await stage();
    await run(web, of('a', 4, 40));
    const db = await join('db');
    want(db, 1, 1, { priority: 45 });
    await clock.advance(5_000);
    expect(web.asked).toEqual([]);
    want(db, 1, 1, { priority: 50 });
    await clock.advance(5_000);
    expect(web.asked).toMatchObject([{ why: 'room for db (role db, priority 50)' }]);
  });

  it('finds tasks that say nothing as important as their role', async () => {
    const { clock, join, run, want, set, web } = await stage();
    await run(web, task('a', 4));
    await set([{ role: 'web', priority: 71 }]);
    const db = await join('db');
    want(db, 1);
    await clock.advance(5_000);
    expect(web.asked).toEqual([]);
    await set([{ role: 'web', priority: 70 }]);
    await clock.advance(5_000);
    expect(web.asked).toHaveLength(1);
  });

  it('takes what is free with it, and ends only for the rest', async () => {
    const { clock, join, run, want, web, offered } = await stage();
    await run(web, of('a', 1, 20), of('b', 2, 10));
    const db = await join('db');
    want(db, 2);
    await clock.advance(1_100 + GRACE);
    expect(web.asked.map(({ tasks }) => tasks)).toEqual([['b']]);
    expect(offered(db)).toEqual([3]);
  });

  it('has its offers in hand first: nobody is asked while they may serve it', async () => {
    const { clock, join, run, web } = await stage();
    await run(web, a, b, c);
    const db = await join('db');
    db.context!.demand([{ name: 'db', needs: { cpus: 2000 }, count: 1 }], 'db');
    await clock.advance(30_000);
    expect([db.offers().length, web.asked]).toEqual([1, []]);
    db.context!.decline([...db.context!.offers.keys()], HOUR);
    await clock.advance(1_100);
    expect(web.asked).toHaveLength(1);
  });

  it('takes back what less important ones are only offered, before it ends anything', async () => {
    const { clock, join, run, want, web, events, offered } = await stage();
    await run(web, a, b);
    const db = await join('db');
    want(db, 2);
    db.context!.suppress();
    await clock.advance(100);
    const idle = await join('idle');
    expect(offered(idle)).toEqual([2]);
    db.context!.revive();
    await clock.advance(1_200);
    expect([offered(idle), offered(db), events()]).toEqual([[], [2], []]);
  });

  it('can be told from tasks of its own framework and role', async () => {
    const { clock, join, run, want, web, back, running } = await stage();
    const db = await join('db');
    back(web);
    await clock.advance(100);
    await run(db, of('low', 3, 10), of('high', 1, 90));
    want(db, 2);
    await clock.advance(1_100 + GRACE);
    expect([db.asked.map(({ tasks }) => tasks), running()]).toEqual([[['low']], ['high']]);
  });

  it('ends a group as a whole, or not at all', async () => {
    const { clock, join, want, web, back, running } = await stage();
    web.context!.accept(
      [web.offers()[0]!.id],
      [launchGroup([of('g1', 1, 10), of('g2', 1, 90)]), launch([of('x', 1, 60)])],
      HOUR,
    );
    await clock.advance(100);
    back(web);
    const db = await join('db');
    want(db, 2);
    await clock.advance(1_100 + GRACE);
    expect(web.asked.map(({ tasks }) => tasks)).toEqual([['x']]);
    want(db, 4, 1, { priority: 100 });
    await clock.advance(1_100);
    expect(web.asked.slice(1).flatMap(({ tasks }) => tasks)).toEqual(['g1', 'g2']);
    await clock.advance(GRACE);
    expect(running()).toEqual([]);
    for (const id of ['g1', 'g2'])
      expect(web.updates.findLast(({ status }) => status.task === id)!.status.reason).toBe('preempted');
  });

  it('waits for what is being ended anyway', async () => {
    const { cluster, clock, join, run, want, web, offered } = await stage();
    await run(web, a, b, c, d);
    const db = await join('db');
    cluster.network.stall('n1');
    for (const id of ['a', 'b'] as TaskId[]) web.context!.kill(id);
    want(db, 2);
    await clock.advance(3_000);
    cluster.network.heal('n1');
    await clock.advance(1_000);
    expect([web.asked, offered(db)]).toEqual([[], [2]]);
  });

  it.each<[Partial<Demand>, Partial<Demand>]>([
    [{ executor: 'docker' }, { executor: 'process' }],
    [{ where: [parseCondition('hostname == n2')] }, { where: [parseCondition('hostname ~ n.*')] }],
    [{ where: [parseCondition('hostname ~ (n')] }, {}],
  ])('ends nothing where it could not run: %j', async (elsewhere, here) => {
    const { clock, join, run, want, web } = await stage();
    await run(web, task('a', 4));
    const db = await join('db');
    want(db, 2, 1, elsewhere);
    await clock.advance(30_000);
    expect(web.asked).toEqual([]);
    want(db, 2, 1, here);
    await clock.advance(1_100);
    expect(web.asked).toHaveLength(1);
  });

  it('is silent when there is no help, until something changes', async () => {
    const { cluster, clock, join, run, want, web, back } = await stage();
    await run(web, of('a', 4, 75));
    const db = await join('db');
    want(db, 2);
    await clock.advance(5_000);
    for (const one of [web, db]) back(one);
    const said = cluster.master.parts.log.recent(1_000);
    await clock.advance(120_000);
    expect(cluster.master.parts.log.recent(1_000)).toEqual(said);
    await cluster.startAgent('n2', 'cpus:4');
    await clock.advance(1_000);
    expect(db.offers()).toHaveLength(1);
  });
});

describe('who is asked to make room', () => {
  it('may end the tasks at once, and the room is there before the deadline', async () => {
    const { clock, join, run, want, web, running, offered } = await stage();
    await run(web, a, b, c, d);
    const db = await join('db');
    want(db, 2);
    await clock.advance(1_100);
    for (const id of web.asked[0]!.tasks) web.context!.kill(id);
    await clock.advance(100);
    expect([running(), offered(db)]).toEqual([['c', 'd'], [2]]);
    expect(web.updates.at(-1)!.status).toMatchObject({ state: 'KILLED', reason: 'preempted' });
  });

  it('has no end told as preempted that came by itself', async () => {
    const { cluster, clock, join, run, want, web, offered } = await stage();
    await run(web, task('a', 4));
    const db = await join('db');
    want(db, 2);
    await clock.advance(1_100);
    cluster.machines
      .get('n1')!
      .world.end('a' as TaskId, { state: 'FINISHED', reason: 'exited', message: '' });
    await clock.advance(100);
    expect(web.updates.at(-1)!.status).toMatchObject({ state: 'FINISHED', reason: 'exited' });
    expect(offered(db)).toEqual([4]);
  });

  it.each<[string, (scene: Scene, db: Scene['web']) => unknown, string]>([
    ['the demand is withdrawn', ({ want }, db) => want(db, 2, 0), 'db does not wait any more'],
    [
      'the role may not preempt any more',
      ({ set }) => set([{ role: 'db', preemption: false }]),
      'role db may not preempt any more',
    ],
    ['something else is needed', ({ want }, db) => want(db, 5), 'db needs something else now'],
    ['no offers are wanted', (_, db) => db.context!.suppress(), 'db wants no offers now'],
    ['its framework goes away', (_, db) => db.host.close(), 'db does not wait any more'],
    [
      'there is room without them',
      ({ cluster }) => {
        for (const id of ['c', 'd'] as TaskId[])
          cluster.machines.get('n1')!.world.end(id, { state: 'FINISHED', reason: 'exited', message: '' });
      },
      'there is room now',
    ],
  ])('may keep them if %s before the deadline', async (_, change, why) => {
    const scene = await stage();
    const { cluster, clock, join, run, want, web, running, events } = scene;
    await run(web, a, b, c, d);
    const db = await join('db');
    want(db, 2);
    await clock.advance(1_100);
    expect(web.asked).toHaveLength(1);
    await change(scene, db);
    await clock.advance(GRACE + 20_000);
    expect(running().slice(0, 2)).toEqual(['a', 'b']);
    expect([web.rescinded, cluster.doubleStarts()]).toEqual([web.asked.map(({ id }) => id), []]);
    expect(events().at(-1)).toMatchObject({ outcome: 'rescinded', why, tasks: ['a', 'b'] });
    web.context!.kill('a' as TaskId);
    await clock.advance(100);
    expect(web.updates.at(-1)!.status).toMatchObject({ state: 'KILLED', reason: 'killed' });
  });

  it('may keep those that less of the demand needs', async () => {
    const { clock, join, run, want, web, running } = await stage({ agents: 2 });
    await run(web, of('x', 4, 20), of('y', 4, 30));
    const db = await join('db');
    want(db, 3, 2);
    await clock.advance(1_100);
    expect(web.asked.map(({ tasks }) => tasks)).toEqual([['x'], ['y']]);
    want(db, 3, 1);
    await clock.advance(GRACE);
    expect([web.rescinded, running()]).toEqual([[web.asked[1]!.id], ['y']]);
  });

  it('keeps them while an offer that may do is out', async () => {
    const { cluster, clock, join, run, want, web, running } = await stage();
    await run(web, a, b, c, d);
    const db = await join('db');
    want(db, 2);
    await clock.advance(1_100);
    await cluster.startAgent('n2', 'cpus:4');
    await clock.advance(GRACE + 5_000);
    expect([db.offers().length, running()]).toEqual([1, ['a', 'b', 'c', 'd']]);
    want(db, 2);
    await clock.advance(100);
    expect(running()).toEqual(['c', 'd']);
  });
});

describe('room that was made', () => {
  it('is kept from others until it has been offered to whom it was made for', async () => {
    const { clock, join, run, want, set, web, offered } = await stage();
    await run(web, of('a', 1, 10), of('b', 1, 20), of('c', 2, 90));
    const hungry = await join('hungry');
    await set([{ role: 'hungry', weight: 1000 }]);
    const db = await join('db');
    want(db, 2);
    await clock.advance(1_100);
    web.context!.kill('a' as TaskId);
    await clock.advance(5_000);
    expect([offered(hungry), offered(db)]).toEqual([[], []]);
    web.context!.kill('b' as TaskId);
    await clock.advance(100);
    expect([offered(hungry), offered(db)]).toEqual([[], [2]]);
  });

  it('goes to others when nobody waits for it any more', async () => {
    const { cluster, clock, join, run, want, web, offered } = await stage();
    await run(web, of('a', 1, 10), of('b', 3, 20));
    const db = await join('db');
    want(db, 4);
    await clock.advance(1_100);
    web.context!.kill('a' as TaskId);
    await clock.advance(100);
    const hungry = await join('hungry');
    expect(offered(hungry)).toEqual([]);
    db.context!.suppress();
    want(db, 4, 0);
    await clock.advance(100);
    expect([offered(hungry), cluster.running('job')]).toEqual([[1], ['b']]);
  });

  it('and not wanted there is not made there again', async () => {
    const { clock, join, run, want, web, back, running } = await stage();
    await run(web, a, b, c, d);
    const db = await join('db');
    want(db, 2);
    await clock.advance(1_100 + GRACE);
    expect(running()).toEqual(['c', 'd']);
    back(db);
    web.context!.revive();
    await clock.advance(100);
    await run(web, task('e', 2));
    await clock.advance(500_000);
    expect([web.asked.length, running()]).toEqual([1, ['c', 'd', 'e']]);
    want(db, 3);
    await clock.advance(1_100);
    expect(web.asked).toHaveLength(2);
  });

  it('for one is not counted for another', async () => {
    const { clock, join, run, want, web } = await stage();
    await run(web, a, b, c, d);
    const [db, other] = [await join('db'), await join('other', ['db'])];
    want(db, 2);
    await clock.advance(1_100);
    want(other, 3);
    await clock.advance(5_000);
    expect(web.asked.map(({ tasks }) => tasks)).toEqual([['a', 'b']]);
  });

  it('for several units is one for each agent, and each task makes it for one only', async () => {
    const { clock, join, run, want, web, running, offered } = await stage({ agents: 2 });
    await run(web, a, b, c, d, task('e', 4));
    const db = await join('db');
    want(db, 1, 6);
    await clock.advance(1_100);
    expect(web.asked.map(({ tasks }) => tasks)).toEqual([['e'], ['a', 'b']]);
    await clock.advance(GRACE);
    expect([running(), offered(db)]).toEqual([
      ['c', 'd'],
      [4, 2],
    ]);
  });

  it('takes what is reserved for the role with it', async () => {
    const { cluster, clock, join, run, want, web, offered } = await stage({ agents: 0 });
    await cluster.startAgent('n1', 'cpus:2;cpus(db):1');
    await clock.advance(1_000);
    await run(web, of('x', 1, 10), of('y', 1, 20));
    const db = await join('db');
    want(db, 2);
    await clock.advance(1_100 + GRACE);
    expect(web.asked.map(({ tasks }) => tasks)).toEqual([['x']]);
    expect(offered(db)).toEqual([2]);
  });
});

describe('a guarantee', () => {
  const guarantee = (role: string, cpus: number) => ({ role, quota: { guarantee: { cpus: cpus * 1000 } } });

  it('is met at once out of what others have beyond their own, whatever their priority', async () => {
    const { clock, join, run, want, set, web, running } = await stage({ db: { priority: 10 } });
    const other = await join('other');
    web.context!.decline([...web.context!.offers.keys()], 0);
    await clock.advance(100);
    await run(other, of('o1', 1, 90), of('o2', 1, 90));
    web.context!.revive();
    await clock.advance(100);
    await run(web, of('w1', 1, 20), of('w2', 1, 20));
    await set([guarantee('other', 1), guarantee('web', 2), guarantee('db', 1)]);
    const db = await join('db');
    want(db, 1, 3);
    await clock.advance(1_100 + GRACE);
    // Of `other` one is surplus; all of web is its own. More than the guarantee has the priority of the role.
    expect([other.asked.map(({ tasks }) => tasks), web.asked]).toEqual([[['o1']], []]);
    expect(other.asked[0]!.why).toBe('room for db (guaranteed to role db)');
    expect(running()).toEqual(['o2', 'w1', 'w2']);
  });

  it('of somebody who is not there is not paid for with what is kept free for it', async () => {
    const { clock, join, run, want, set, web, running } = await stage();
    await run(web, of('w', 2, 20));
    await set([guarantee('absent', 2)]);
    const db = await join('db');
    want(db, 2);
    await clock.advance(1_100);
    expect(web.asked).toHaveLength(1);
    // It can be offered at once what is free there; what that is kept for must have something in its place.
    await run(db, task('d', 2));
    want(db, 2, 0);
    await clock.advance(GRACE);
    expect(running()).toEqual(['d']);
  });
});

describe('when things go wrong in the middle', () => {
  it('a new master begins anew: nothing is ended by what the old one has said', async () => {
    const { cluster, clock, join, run, want, web, running, offered } = await stage();
    await run(web, a, b, c, d);
    const db = await join('db');
    want(db, 2);
    await clock.advance(1_100);
    await cluster.killMaster();
    await cluster.startMaster();
    await clock.advance(GRACE + 5_000);
    expect([db.subscriptions, running()]).toEqual([2, ['a', 'b', 'c', 'd']]);
    want(db, 2); // frameworks tell again
    await clock.advance(1_100);
    expect(web.asked.map(({ tasks }) => tasks)).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    await clock.advance(GRACE);
    expect([running(), offered(db)]).toEqual([['c', 'd'], [2]]);
  });

  it('a new master ends nothing before it knows all agents: the missing one may have room', async () => {
    const { cluster, clock, join, run, want, web, running, offered } = await stage();
    await run(web, of('a', 4, 10));
    await cluster.startAgent('n2', 'cpus:4');
    await clock.advance(1_000);
    const db = await join('db');
    await cluster.killMaster();
    await cluster.killAgent('n2');
    await cluster.startMaster();
    await clock.advance(5_000);
    want(db, 4);
    await clock.advance(15_000);
    expect([web.asked, running()]).toEqual([[], ['a']]);
    await cluster.startAgent('n2', 'cpus:4');
    await clock.advance(GRACE);
    expect([web.asked, running(), offered(db)]).toEqual([[], ['a'], [4]]);
  });

  it('a framework that is away loses its tasks at the deadline, and hears why when it is back', async () => {
    const { cluster, clock, join, run, want, web, running } = await stage();
    await run(web, a, b, c, d);
    const db = await join('db');
    await web.host.close();
    want(db, 2);
    await clock.advance(1_200 + GRACE);
    expect(running()).toEqual(['c', 'd']);
    const next = puppet('web');
    cluster.startHost(next.definition);
    await clock.advance(60_000);
    expect(next.updates.map(({ status }) => [status.task, status.reason])).toEqual(
      expect.arrayContaining([
        ['a', 'preempted'],
        ['b', 'preempted'],
      ]),
    );
  });

  it('an agent that dies makes no room: its tasks are spared, and those of another go', async () => {
    const { cluster, clock, join, run, want, web, offered, events } = await stage({ agents: 2 });
    await run(web, of('x', 4, 10), of('y', 4, 20));
    const db = await join('db');
    want(db, 2);
    await clock.advance(1_100);
    expect(web.asked.map(({ tasks }) => tasks)).toEqual([['x']]);
    const [dead, alive] = ['n1', 'n2'];
    await cluster.killAgent(dead!);
    await clock.advance(30_000);
    expect(events()[1]).toMatchObject({
      outcome: 'rescinded',
      why: 'the agent is unreachable',
      tasks: ['x'],
    });
    expect(web.asked.map(({ tasks }) => tasks)).toEqual([['x'], ['y']]);
    expect(cluster.machines.get(alive!)!.world.running).toEqual([]);
    expect(offered(db)).toEqual([4]);
    await cluster.startAgent(dead!, 'cpus:4');
    await clock.advance(5_000);
    expect(cluster.running('job')).toEqual(['x']);
  });

  it('an agent that is away at the deadline ends them when it is back', async () => {
    const { cluster, clock, join, run, want, web, running, offered } = await stage();
    await run(web, a, b, c, d);
    const db = await join('db');
    want(db, 2);
    await clock.advance(1_100 + GRACE - 2_000);
    cluster.network.cut('n1');
    await clock.advance(12_500);
    cluster.network.heal('n1');
    await clock.advance(15_000);
    expect([running(), offered(db)]).toEqual([['c', 'd'], [2]]);
  });

  it('a kill that the agent never heard is said again', async () => {
    const { cluster, clock, join, run, want, web, running } = await stage();
    await run(web, a, b, c, d);
    const db = await join('db');
    want(db, 2);
    await clock.advance(1_100 + GRACE - 500);
    cluster.network.stall('n1');
    await clock.advance(3_000);
    cluster.network.heal('n1');
    await clock.advance(20_000);
    expect(running()).toEqual(['c', 'd']);
  });
});
