/** What a master makes of an accept: cases from Mesos' own tests (M1 …), and the rules around them. */
import { describe, expect, it } from 'vitest';
import type { Offer } from '../../src/core/cluster.ts';
import {
  add,
  isEmpty,
  type Resource,
  type Resources,
  reserved,
  resourcesOf,
  scalar,
  subtract,
} from '../../src/core/resources.ts';
import { parseResources } from '../../src/core/resources-text.ts';
import type { AgentId, TaskId, TaskSpec } from '../../src/core/task.ts';
import {
  create,
  destroy,
  launch,
  launchGroup,
  reserve,
  unreserve,
  volumeOn,
} from '../../src/framework/operations.ts';
import { BARE_HOST } from '../support/bare-host.ts';
import { memoryCluster } from '../support/memory-cluster.ts';
import { memoryMember } from '../support/memory-member.ts';
import { puppet, task } from '../support/puppet.ts';

const HOUR = 3_600_000;

/** In nobody's name: the master knows whose it is. */
const setAside = (resources: Resources, id?: string, role = 'team') =>
  reserve(reserved(resources, { role, kind: 'dynamic' }), id);

/** Machines of 4 cpus and 1000 MiB disk each; two frameworks, `one` and `two`, share the role `team`. */
async function stage(agents = 1) {
  const cluster = await memoryCluster();
  for (let i = 1; i <= agents; i++)
    await cluster.startAgent(`n${i}`, 'cpus:4;mem:4096;disk:1000;ports:[31000-31099]');
  const [one, two] = [puppet('one', { roles: ['team'] }), puppet('two', { roles: ['team'] })];
  cluster.startHost(one.definition);
  await cluster.clock.advance(1_000);
  const { parts } = cluster.master;
  return {
    cluster,
    one,
    /** Comes in only now: what `one` has is its own until then. */
    async startTwo() {
      cluster.startHost(two.definition);
      await cluster.clock.advance(1_000);
      return two;
    },
    clock: cluster.clock,
    state: parts.log.state,
    agent: () => [...parts.log.state.agents.values()][0]!,
  };
}

const ids = (offers: readonly Offer[]) => offers.map(({ id }) => id);
const all = (offers: readonly Offer[]): Resources =>
  offers.reduce<Resources>((sum, { resources }) => add(sum, resources), []);
const disk = (mib: number): Resources => resourcesOf({ disk: mib * 1000 });

/** Disk of the role, as `one` has reserved it, and a volume on it. */
const held = (mib: number): Resource =>
  reserved(disk(mib), { role: 'team', kind: 'dynamic', principal: 'one' })[0]!;
const volume = (id: string, mib: number, shared = false): Resource =>
  volumeOn([held(mib)], { id, principal: 'one', shared })[0]!;
const mounting = (id: string, takes: Resources, source: string): TaskSpec => ({
  ...task(id, takes),
  volumes: [{ source, target: '/data', persistent: true }],
});

describe('offers of one accept', () => {
  it('are one pool: a task may take the sum of them (M1)', async () => {
    const { cluster, one, clock } = await stage();
    const { world } = cluster.machines.get('n1')!;
    const whole = one.offers()[0]!.resources;
    one.context!.accept(
      ids(one.offers()),
      [
        launch([
          task('a', 2),
          task(
            'b',
            whole.filter((r) => r.name === 'mem'),
          ),
        ]),
      ],
      0,
    );
    await clock.advance(50);
    world.end('a' as TaskId, { state: 'FINISHED', reason: 'exited', message: '' });
    await clock.advance(50);
    const offers = one.offers();
    expect(offers.map(({ resources }) => scalar(resources, 'cpus'))).toEqual([2000, 2000]);
    one.context!.accept(ids(offers), [launch([task('sum', 4)])], 0);
    await clock.advance(50);
    expect(cluster.running('job')).toEqual(['b', 'sum']);
  });

  const twice = (offers: Offer[]) => [offers[0]!.id, offers[0]!.id];
  const withEnded = (offers: Offer[]) => [offers[0]!.id, 'o1-99' as never];
  it.each([
    ['of two agents', ids],
    ['one of them twice', twice],
    ['one of them ended', withEnded],
    ['none of them there', () => ['o1-99' as never]],
  ])('%s: all are void, tasks are DROPPED, operations answered, and the offers come again (M2)', async (_, taken) => {
    const { cluster, one, clock } = await stage(2);
    const before = one.offers();
    const operations = [setAside(disk(10), 'r'), launch([task('a')]), launchGroup([task('b')])];
    one.context!.accept(taken(before), operations, HOUR);
    await clock.advance(50);
    expect(one.updates.map(({ status: { task: id, state, reason } }) => [id, state, reason])).toEqual([
      ['a', 'DROPPED', 'invalid_offers'],
      ['b', 'DROPPED', 'invalid_offers'],
    ]);
    expect(one.outcomes).toMatchObject([{ id: 'r', error: { code: 'offer.void' } }]);
    expect(cluster.running('job')).toEqual([]);
    expect(all(one.offers())).toEqual(all(before));
  });

  it('of two roles are void together (M2)', async () => {
    const cluster = await memoryCluster();
    const both = puppet('both', { roles: ['a', 'b'] });
    cluster.startHost(both.definition);
    await cluster.clock.advance(1_000);
    for (const name of ['n1', 'n2']) await cluster.startAgent(name);
    await cluster.clock.advance(1_000);
    expect(
      both
        .offers()
        .map(({ role }) => role)
        .sort(),
    ).toEqual(['a', 'b']);
    both.context!.accept(ids(both.offers()), [launch([task('t')])], 0);
    await cluster.clock.advance(50);
    expect(both.states('t')).toEqual(['DROPPED']);
  });

  it('expire after the time that the master gives them (M3)', async () => {
    const cluster = await memoryCluster(1, { offerLife: 30_000 });
    await cluster.startAgent('n1');
    const one = puppet('one');
    cluster.startHost(one.definition);
    await cluster.clock.advance(1_000);
    const [first] = one.offers();
    await cluster.clock.advance(first!.at + 29_000 - cluster.clock.now());
    expect(one.offers()).toEqual([first]);
    await cluster.clock.advance(1_100);
    expect(one.offers()).toHaveLength(1);
    expect(one.offers()[0]!.id).not.toBe(first!.id);
  });

  it('end once: what was accepted or declined in time does not expire later (M3)', async () => {
    const { one, clock, cluster } = await stage(2);
    const [a, b] = one.offers();
    one.context!.accept([a!.id], [launch([task('t')])], HOUR);
    one.context!.decline([b!.id], HOUR);
    await clock.advance(2 * 60_000);
    const ends = cluster.master.parts.log
      .recent(1000)
      .flatMap(({ event }) => (event.type === 'offer.ended' ? [[event.offer, event.outcome]] : []));
    expect(ends).toEqual([
      [a!.id, 'accepted'],
      [b!.id, 'declined'],
    ]);
  });

  it('tell in their end what they were accepted for, and how long the rest is refused', async () => {
    const { one, clock, cluster } = await stage(2);
    const now = clock.now();
    const [a, b] = one.offers();
    one.context!.accept([a!.id], [launch([task('t', 1), task('u', 1)])], HOUR);
    one.context!.decline([b!.id], 0);
    await clock.advance(50);
    const { endedOffers } = cluster.master.parts.log.state;
    expect(
      endedOffers.map(({ id, ended: { outcome, tasks, until } }) => [id, outcome, tasks, until]),
    ).toEqual([
      [a!.id, 'accepted', ['t', 'u'], expect.any(Number)],
      [b!.id, 'declined', undefined, undefined],
    ]);
    expect(endedOffers[0]!.ended.until! - now).toBeGreaterThanOrEqual(HOUR);
    expect(endedOffers[0]!.ended.until! - now).toBeLessThan(HOUR + 1_000);
  });

  it('leave over what no task takes: others are offered it at once, and the framework only later (M4)', async () => {
    const { one, startTwo, clock } = await stage();
    const two = await startTwo();
    expect(two.offers()).toEqual([]);
    one.context!.accept(ids(one.offers()), [launch([task('t', 1)])], HOUR);
    await clock.advance(50);
    expect(scalar(two.offers()[0]!.resources, 'cpus')).toBe(3000);
    two.context!.decline(ids(two.offers()), HOUR);
    await clock.advance(HOUR - 1_000);
    expect(one.offers()).toEqual([]);
  });

  it.each([
    ['no operation', []],
    ['a launch of no tasks', [launch([])]],
  ])('with %s are declined', async (_, operations) => {
    const { one, clock, cluster } = await stage();
    one.context!.accept(ids(one.offers()), operations, 10_000);
    await clock.advance(9_000);
    expect(one.offers()).toEqual([]);
    await clock.advance(1_100);
    expect(one.offers()).toHaveLength(1);
    const outcomes = cluster.master.parts.log
      .recent(1000)
      .flatMap(({ event }) => (event.type === 'offer.ended' ? event.outcome : []));
    expect(outcomes).toEqual(['declined']);
  });
});

describe('a task', () => {
  it.each([
    ['takes nothing', task('bad', []), 'it takes no resources'],
    ['takes more than the others leave', task('bad', 4), 'cpus:1 too much'],
    ['has the id of another one', task('good', 1), 'a task with id good exists already'],
    [
      'mounts a volume that it does not take',
      mounting('bad', resourcesOf({ cpus: 1 }), 'data'),
      'volume data',
    ],
    ['takes what is reserved for others', task('bad', parseResources('cpus(other):1')), 'too much'],
  ])('that %s is an ERROR alone, and all of the rest goes', async (_, bad, why) => {
    const { one, clock, cluster } = await stage();
    one.context!.accept(ids(one.offers()), [launch([task('good'), bad, task('next')])], 0);
    await clock.advance(50);
    const errors = one.updates.filter(({ status }) => status.state === 'ERROR');
    expect(errors).toMatchObject([{ status: { task: bad.id, reason: 'invalid_task' } }]);
    expect(errors[0]!.status.message).toContain(why);
    expect(cluster.running('job')).toEqual(['good', 'next']);
    expect(scalar(all(one.offers()), 'cpus')).toBe(2000);
  });

  it('that has ended frees its resources though an update of before is not acknowledged (M6)', async () => {
    const cluster = await memoryCluster();
    const { clock, master } = cluster;
    const raw = await memoryMember(cluster, 'raw', 'agent');
    const total = parseResources('cpus:2;mem:1024');
    raw.say({ t: 'register', host: BARE_HOST, executors: [], attributes: {}, total, tasks: [] });
    const one = puppet('one');
    cluster.startHost(one.definition);
    await clock.advance(1_000);
    one.context!.accept(ids(one.offers()), [launch([task('t', 2)])], 0);
    await clock.advance(50);
    const status = { task: 't', state: 'RUNNING', reason: 'started', message: '', at: clock.now() };
    raw.say({
      t: 'status',
      framework: 'one',
      uuid: 'u',
      status,
      latest: { ...status, state: 'FINISHED', reason: 'exited' },
    });
    await clock.advance(50);
    expect(one.states('t')).toEqual(['RUNNING']);
    expect(master.parts.log.state.tasks.get('t' as TaskId)!.state).toBe('FINISHED');
    expect(all(one.offers())).toEqual(total);
  });
});

describe('a group', () => {
  it('starts as one, and the agent knows its tasks by their group', async () => {
    const { one, clock, cluster } = await stage();
    one.context!.accept(ids(one.offers()), [launchGroup([task('a'), task('b')]), launch([task('c')])], 0);
    await clock.advance(50);
    const groups = cluster.machines.get('n1')!.world.running.map(({ id, group }) => [id, group]);
    expect(groups.sort()).toEqual([
      ['a', 'a'],
      ['b', 'a'],
      ['c', undefined],
    ]);
  });

  it.each([
    ['with a task that does not fit any more', [task('a', 3), task('b', 2)]],
    ['with a task twice', [task('a'), task('a')]],
    ['with a task that is no valid spec', [task('a'), { ...task('b'), env: 1 } as unknown as TaskSpec]],
  ])('%s fails as a whole, and leaves what it would have taken', async (_, group) => {
    const { one, clock, cluster } = await stage();
    one.context!.accept(ids(one.offers()), [launchGroup(group), launch([task('other', 4)])], 0);
    await clock.advance(50);
    for (const { id } of group) expect(one.states(id)).toEqual(['ERROR']);
    expect(cluster.running('job')).toEqual(['other']);
  });
});

describe('a reservation', () => {
  it('is made in the name of its framework, told to the agent and kept by it', async () => {
    const { one, clock, cluster, agent, state } = await stage();
    one.context!.accept(ids(one.offers()), [setAside(disk(600), 'r')], 0);
    await clock.advance(50);
    expect(one.outcomes).toEqual([{ id: 'r', error: undefined }]);
    expect(agent().total).toContainEqual(held(600));
    expect(scalar(agent().total, 'disk')).toBe(1_000_000);
    expect(all(one.offers())).toEqual(agent().total);
    expect(cluster.master.parts.registry.agents.get(agent().id)!.total).toEqual(agent().total);
    expect(one.context!.agents.get(agent().id)!.total).toEqual(agent().total);
    await cluster.killMaster();
    await cluster.startMaster();
    await clock.advance(10_000);
    const [again] = cluster.master.parts.log.state.agents.values();
    expect(again!.total).toEqual(state.agents.get(again!.id)!.total);
    expect(again!.total).toContainEqual(held(600));
  });

  it('is offered again at once, whatever the accept refuses', async () => {
    const { one, clock } = await stage();
    const rest = subtract(all(one.offers()), resourcesOf({ cpus: 1000 }));
    const operations = [setAside(resourcesOf({ cpus: 1000 })), launch([task('t', rest)])];
    one.context!.accept(ids(one.offers()), operations, HOUR);
    await clock.advance(50);
    expect(all(one.offers())).toMatchObject([{ name: 'cpus', role: 'team', scalar: 1000 }]);
  });

  it('of more than was offered, or for another role, is dropped alone and said so (M18)', async () => {
    const { one, clock, cluster, agent } = await stage();
    const before = agent().total;
    one.context!.accept(
      ids(one.offers()),
      [
        setAside(disk(1001), 'large'),
        setAside(disk(10), 'other', 'other'),
        setAside(disk(10), 'below', 'team/below'),
        launch([task('t')]),
      ],
      0,
    );
    await clock.advance(50);
    expect(one.outcomes.map(({ id, error }) => [id, error?.code])).toEqual([
      ['large', 'operation.invalid'],
      ['other', 'operation.invalid'],
      ['below', 'operation.invalid'],
    ]);
    expect(agent().total).toEqual(before);
    expect(cluster.running('job')).toEqual(['t']);
    expect(scalar(all(one.offers()), 'disk')).toBe(1_000_000);
  });

  it('without an id is not answered, and its failure is an event', async () => {
    const { one, clock, cluster } = await stage();
    one.context!.accept(ids(one.offers()), [setAside(disk(1001))], 0);
    await clock.advance(50);
    expect(one.outcomes).toEqual([]);
    const events = cluster.master.parts.log.recent(100).map(({ event }) => event);
    expect(events).toContainEqual(expect.objectContaining({ type: 'framework.error', framework: 'one' }));
  });

  it('with a volume on it carries a task, in one accept; others of the role are offered it later (M19)', async () => {
    const { one, startTwo, clock, cluster } = await stage();
    const two = await startTwo();
    const data = volume('data', 100);
    const spec = mounting('t', add(resourcesOf({ cpus: 1000 }), [data]), 'data');
    one.context!.accept(
      ids(one.offers()),
      [setAside(disk(600), 'r'), create([data], 'c'), launch([spec])],
      HOUR,
    );
    await clock.advance(50);
    expect(one.outcomes.map(({ id, error }) => [id, error])).toEqual([
      ['r', undefined],
      ['c', undefined],
    ]);
    expect(cluster.running('job')).toEqual(['t']);
    cluster.machines
      .get('n1')!
      .world.end('t' as TaskId, { state: 'FINISHED', reason: 'exited', message: '' });
    one.context!.suppress();
    one.context!.decline(ids(one.offers()), 0);
    await clock.advance(50);
    expect(all(two.offers())).toEqual(expect.arrayContaining([data, held(500)]));
  });

  it('and a volume end as they began', async () => {
    const { one, clock, agent } = await stage();
    const before = agent().total;
    const data = volume('data', 100);
    one.context!.accept(ids(one.offers()), [setAside(disk(100)), create([data])], 0);
    await clock.advance(50);
    one.context!.accept(ids(one.offers()), [destroy([data], 'd'), unreserve([held(100)], 'u')], 0);
    await clock.advance(50);
    expect(one.outcomes.map(({ id, error }) => [id, error])).toEqual([
      ['d', undefined],
      ['u', undefined],
    ]);
    expect(agent().total).toEqual(before);
    expect(all(one.offers())).toEqual(before);
  });
});

describe('a volume', () => {
  it('has an id that no other one of its role has on that agent, also outside of the offer', async () => {
    const { one, clock } = await stage();
    const data = volume('data', 100);
    const spec = mounting('t', [data], 'data');
    one.context!.accept(ids(one.offers()), [setAside(disk(300)), create([data]), launch([spec])], 0);
    await clock.advance(50);
    one.context!.accept(ids(one.offers()), [create([volume('data', 50)], 'again')], 0);
    await clock.advance(50);
    expect(one.outcomes).toMatchObject([{ id: 'again', error: { code: 'operation.invalid' } }]);
  });

  it('that is in use cannot be destroyed, also where it is shared and so on offer (M20)', async () => {
    const { one, clock, agent } = await stage();
    const data = volume('data', 100, true);
    const operations = [setAside(disk(100)), create([data]), launch([mounting('t', [data], 'data')])];
    one.context!.accept(ids(one.offers()), operations, 0);
    await clock.advance(50);
    expect(all(one.offers())).toContainEqual(data);
    one.context!.accept(ids(one.offers()), [destroy([data], 'd')], 0);
    await clock.advance(50);
    expect(one.outcomes).toMatchObject([{ id: 'd', error: { code: 'operation.invalid' } }]);
    expect(agent().total).toContainEqual(data);
  });

  it('that is shared is taken out of all offers when it is destroyed (M20)', async () => {
    const { cluster, one, startTwo, clock, agent } = await stage();
    const data = volume('data', 100, true);
    const using = mounting('t', add([data], resourcesOf({ cpus: 1000 })), 'data');
    one.context!.accept(ids(one.offers()), [setAside(disk(100)), create([data]), launch([using])], HOUR);
    const two = await startTwo();
    one.context!.revive();
    await clock.advance(50);
    // What the task held makes a second offer, with the volume in it like the first.
    cluster.machines
      .get('n1')!
      .world.end('t' as TaskId, { state: 'FINISHED', reason: 'exited', message: '' });
    await clock.advance(50);
    const holders = [one, two].filter((each) => all(each.offers()).some(({ shared }) => shared));
    expect(holders).toHaveLength(2);
    const [mine] = one.offers().filter(({ resources }) => resources.some(({ shared }) => shared));
    one.context!.accept([mine!.id], [destroy([data], 'd')], 0);
    await clock.advance(50);
    expect(one.outcomes).toEqual([{ id: 'd', error: undefined }]);
    const disks = (resources: Resources) => resources.filter(({ name }) => name === 'disk');
    expect(disks(agent().total)).toEqual([...disk(900), held(100)]);
    expect(disks([...all(one.offers()), ...all(two.offers())])).toEqual(disks(agent().total));
  });

  describe('that is shared', () => {
    const data = volume('data', 900, true);

    /** Roles by their shares, when `other` has a quarter of the cpus. */
    const order = async ({ cluster, clock, one, state }: Awaited<ReturnType<typeof stage>>) => {
      one.context!.decline(ids(one.offers()), HOUR);
      const other = puppet('other');
      cluster.startHost(other.definition);
      await clock.advance(1_000);
      other.context!.accept(ids(other.offers()), [launch([task('o', 1)])], HOUR);
      await clock.advance(50);
      expect([...state.offers.values()]).toEqual([]);
      return cluster.master.parts.allocator.order();
    };

    it('counts for the role whose task uses it', async () => {
      const scene = await stage();
      const using = mounting('t', add([data], resourcesOf({ cpus: 100 })), 'data');
      const operations = [setAside(disk(900)), create([data]), launch([using])];
      scene.one.context!.accept(ids(scene.one.offers()), operations, 0);
      await scene.clock.advance(50);
      expect(await order(scene)).toEqual(['other', 'team']);
    });

    it('does not count any more when nobody uses it, in how many offers it ever was', async () => {
      const scene = await stage();
      const { one, clock, cluster } = scene;
      const operations = [setAside(disk(900)), create([data]), launch([task('t', 1)])];
      one.context!.accept(ids(one.offers()), operations, 0);
      await clock.advance(50);
      cluster.machines
        .get('n1')!
        .world.end('t' as TaskId, { state: 'FINISHED', reason: 'exited', message: '' });
      await clock.advance(50);
      expect(one.offers().map(({ resources }) => resources.some(({ shared }) => shared))).toEqual([
        true,
        true,
      ]);
      one.context!.accept(ids(one.offers()), [launch([task('u', 0.1)])], HOUR);
      await clock.advance(50);
      expect(await order(scene)).toEqual(['team', 'other']);
    });
  });

  it('that is shared is held by as many tasks as want it, and free when the last has ended', async () => {
    const { cluster, one, clock, agent } = await stage();
    const data = volume('data', 100, true);
    const specs = ['a', 'b'].map((id) => mounting(id, add([data], resourcesOf({ cpus: 1000 })), 'data'));
    one.context!.accept(ids(one.offers()), [setAside(disk(100)), create([data]), launch(specs)], 0);
    await clock.advance(50);
    expect(cluster.running('job')).toEqual(['a', 'b']);
    const { world } = cluster.machines.get('n1')!;
    for (const id of ['a', 'b'])
      world.end(id as TaskId, { state: 'FINISHED', reason: 'exited', message: '' });
    await clock.advance(50);
    one.context!.decline(ids(one.offers()), 0);
    await clock.advance(50);
    expect(all(one.offers())).toEqual(agent().total);
    one.context!.accept(ids(one.offers()), [destroy([data], 'd')], 0);
    await clock.advance(50);
    expect(one.outcomes).toEqual([{ id: 'd', error: undefined }]);
  });
});

it('whatever is accepted, no more is given out than there is, and nothing gets lost', async () => {
  const { one, clock, cluster, agent, state } = await stage(2);
  const inUse = (id: AgentId): Resources => {
    const tasks = [...state.tasks.values()].filter((each) => each.agent === id && each.state === 'RUNNING');
    const offers = [...state.offers.values()].filter((offer) => offer.agent === id);
    return [...tasks, ...offers].reduce<Resources>((sum, { resources }) => add(sum, resources), []);
  };
  for (let round = 0; round < 40; round++) {
    const offers = one.offers().filter(({ agent: id }) => id === agent().id);
    const some = Math.floor(cluster.random() * 3);
    const pool = all(offers).filter(({ name, role }) => name === 'cpus' && role === '*');
    const operations = [
      setAside(resourcesOf({ cpus: 100 })),
      launch([task(`t${round}`, 0.05 + some / 10)]),
      unreserve(all(offers).filter(({ role }) => role === 'team')),
      setAside(pool),
    ].filter(() => cluster.random() < 0.6);
    one.context!.accept(ids(offers), operations, 0);
    await clock.advance(50);
    expect(inUse(agent().id)).toEqual(agent().total);
  }
  expect(isEmpty(inUse(agent().id))).toBe(false);
});
