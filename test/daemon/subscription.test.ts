/** What a framework says of its roles, as it subscribes and later: what is suppressed, its terms, its demands. */
import { describe, expect, it } from 'vitest';
import type { RoleTerms } from '../../src/core/allocator.ts';
import { countRanges, rangesOf } from '../../src/core/resources.ts';
import type { FrameworkId } from '../../src/core/task.ts';
import { checkPattern } from '../../src/daemon/patterns.ts';
import { launch } from '../../src/framework/operations.ts';
import { memoryCluster } from '../support/memory-cluster.ts';
import { memoryMember } from '../support/memory-member.ts';
import { puppet, task } from '../support/puppet.ts';

const HOUR = 3_600_000;
const said = { t: 'subscribe', kinds: [], verbs: [], columns: [] };

/** `a1` and `a2` are in rack a, `b1` is in rack b. */
async function stage() {
  await checkPattern(''); // loads the library, which takes real time
  const cluster = await memoryCluster();
  for (const name of ['a1', 'a2', 'b1'])
    await cluster.startAgent(name, undefined, { rack: `rack-${name[0]}` });
  await cluster.clock.advance(1_000);
  return { cluster, clock: cluster.clock, state: cluster.master.parts.log.state };
}

/** A framework that speaks for itself, so that a test can see every word. */
async function member({ cluster, clock, state }: Awaited<ReturnType<typeof stage>>) {
  const raw = await memoryMember(cluster, 'raw', 'framework');
  const offered = () =>
    [...state.offers.values()].map(({ role, agent }) => `${role} on ${state.agents.get(agent)!.name}`);
  return {
    ...raw,
    offered,
    async subscribe(more: object) {
      raw.say({ ...said, name: 'raw', roles: ['one', 'two'], ...more });
      await clock.advance(100);
    },
    record: () => state.frameworks.get('raw' as FrameworkId),
    decline: (refuseMs: number) => raw.say({ t: 'decline', offers: [...state.offers.keys()], refuseMs }),
  };
}

describe('a subscription', () => {
  it('with all of its roles suppressed brings no offers, and a later one without that does (M15)', async () => {
    const scene = await stage();
    const raw = await member(scene);
    await raw.subscribe({ suppressedRoles: ['one', 'two'] });
    expect([raw.offered(), raw.record()?.suppressed]).toEqual([[], ['one', 'two']]);
    await raw.subscribe({ suppressedRoles: ['one', 'two'] });
    expect(raw.offered()).toEqual([]);
    await raw.subscribe({});
    expect(raw.record()?.suppressed).toEqual([]);
    expect(raw.offered()).toHaveLength(3);
  });

  it('that shows the same jobs again is no news of them: they changed when they changed', async () => {
    const scene = await stage();
    const raw = await member(scene);
    const shown = {
      name: 'web',
      kind: 'x',
      desired: 2,
      running: 2,
      healthy: 2,
      status: 'running',
      message: '',
    };
    const show = async (more: object) => {
      await raw.subscribe({});
      raw.say({ t: 'job', job: { ...shown, version: 1, columns: { at: 'b' }, ...more } });
      await scene.clock.advance(100);
      return scene.state.jobs.get('web')!.updatedAt;
    };
    expect([await show({ updatedAt: 5 }), await show({ updatedAt: 7 })]).toEqual([5, 5]);
    expect(await show({ updatedAt: 8, columns: { at: 'c' } })).toBe(8);
  });

  it('with some of its roles suppressed brings offers in the others only', async () => {
    const raw = await member(await stage());
    await raw.subscribe({ suppressedRoles: ['one'] });
    expect(raw.offered().sort()).toEqual(['two on a1', 'two on a2', 'two on b1']);
  });

  it.each([
    ['a role that is no name', { roles: ['one', 't wo'] }, 'role.name'],
    ['a role that is a folder', { roles: ['../one'] }, 'role.name'],
    ['terms for a role that it does not have', { terms: { three: {} } }, 'framework.role'],
    [
      'a pattern that cannot be read',
      { terms: { one: { constraints: [[{ attribute: 'rack', is: 'matches', value: '(' }]] } } },
      'constraint.pattern',
    ],
  ])('with %s is refused in words, and nothing of it counts', async (_, more, code) => {
    const raw = await member(await stage());
    await raw.subscribe(more);
    expect(raw.problems.map((problem) => problem.code)).toEqual([code]);
    expect([raw.record(), raw.offered()]).toEqual([undefined, []]);
  });

  it('with other roles than before takes back offers of those that it leaves; tasks stay', async () => {
    const { cluster, clock, state } = await stage();
    const one = puppet('one', { roles: ['old', 'both'] });
    const host = cluster.startHost(one.definition);
    await clock.advance(1_000);
    const inOld = one.offers().find(({ role }) => role === 'old')!;
    one.context!.accept([inOld.id], [launch([task('t')])], 0);
    await clock.advance(50);
    await host.close();
    const next = puppet('one', { roles: ['both', 'new'] });
    cluster.startHost(next.definition);
    await clock.advance(1_000);
    expect(cluster.running('job')).toEqual(['t']);
    expect(next.offers().map(({ role }) => role)).not.toContain('old');
    expect([...state.offers.values()].map(({ id }) => id).sort()).toEqual(
      [...next.context!.offers.keys()].sort(),
    );
    next.context!.reconcile([]);
    await clock.advance(50);
    expect(next.states('t')).toEqual(['RUNNING']);
  });
});

describe('roles', () => {
  it('come and go while a framework is there: with their offers, never with tasks', async () => {
    const { cluster, clock, state } = await stage();
    const one = puppet('one', { roles: ['old', 'both'], terms: { both: { minimum: [{ cpus: 1_000 }] } } });
    cluster.startHost(one.definition);
    await clock.advance(1_000);
    const inOld = one.offers().find(({ role }) => role === 'old')!;
    one.context!.accept([inOld.id], [launch([task('t')])], 0);
    await clock.advance(50);
    one.context!.suppress(['both']);
    one.context!.roles(['both', 'new']);
    await clock.advance(100);
    expect(state.frameworks.get('one' as FrameworkId)).toMatchObject({
      roles: ['both', 'new'],
      suppressed: ['both'],
    });
    expect([one.subscriptions, cluster.running('job')]).toEqual([1, ['t']]);
    expect(new Set([...state.offers.values()].map(({ role }) => role)).has('old')).toBe(false);
    expect(one.offers().map(({ role }) => role)).toContain('new');
    expect([...state.offers.keys()].sort()).toEqual([...one.context!.offers.keys()].sort());
    one.context!.kill(task('t').id);
    await clock.advance(100);
    expect(one.states('t')).toEqual(['RUNNING', 'KILLING', 'KILLED']);
  });

  it('are the last ones also after the line broke', async () => {
    const { cluster, clock } = await stage();
    const one = puppet('one', { terms: { one: { minimum: [{ cpus: 1_000 }] } } });
    cluster.startHost(one.definition);
    await clock.advance(1_000);
    one.context!.roles(['new']);
    await clock.advance(100);
    await cluster.killMaster();
    await cluster.startMaster();
    await clock.advance(10_000);
    expect(one.subscriptions).toBe(2);
    expect(cluster.master.parts.log.state.frameworks.get('one' as FrameworkId)?.roles).toEqual(['new']);
    expect(new Set(one.offers().map(({ role }) => role))).toEqual(new Set(['new']));
  });

  it('that are no names change nothing, and an event says so', async () => {
    const scene = await stage();
    const raw = await member(scene);
    await raw.subscribe({});
    raw.say({ t: 'roles', roles: ['three', 't wo'] });
    await scene.clock.advance(50);
    expect([raw.problems, raw.record()?.roles]).toEqual([[], ['one', 'two']]);
    const complaints = scene.cluster.master.parts.log
      .recent(100)
      .flatMap(({ event }) => (event.type === 'framework.error' ? event.message : []));
    expect(complaints).toEqual([expect.stringContaining('"t wo" cannot be a role')]);
  });

  it('have priorities that their frameworks know, from the first moment and after each change', async () => {
    const { cluster, clock } = await stage();
    const client = cluster.startClient();
    await clock.advance(100);
    const set = (role: string, priority: number) =>
      cluster.answer(client.request('roles.set', { changes: [{ role, priority }], force: false }), 10);
    await set('one', 70);
    const one = puppet('one');
    cluster.startHost(one.definition);
    await clock.advance(1_000);
    const known = () => ['one', 'two'].map((role) => one.context!.priorityOf(role));
    expect(known()).toEqual([70, 50]);
    await set('two', 20);
    expect(known()).toEqual([70, 50]);
    one.context!.roles(['one', 'two']);
    await clock.advance(100);
    expect(known()).toEqual([70, 20]);
    await set('one', 50);
    await clock.advance(100);
    expect(known()).toEqual([50, 20]);
  });
});

describe('a role', () => {
  it('is suppressed and revived by itself, and its record says so', async () => {
    const scene = await stage();
    const raw = await member(scene);
    await raw.subscribe({});
    raw.say({ t: 'suppress', roles: ['one'] });
    raw.decline(0);
    await scene.clock.advance(50);
    expect(raw.record()?.suppressed).toEqual(['one']);
    expect(new Set(raw.offered().map((text) => text.split(' ')[0]))).toEqual(new Set(['two']));
    raw.decline(HOUR);
    await scene.clock.advance(50);
    raw.say({ t: 'revive', roles: ['one'] });
    await scene.clock.advance(50);
    expect(raw.record()?.suppressed).toEqual([]);
    // What was refused in the other role stays refused.
    expect(raw.offered().sort()).toEqual(['one on a1', 'one on a2', 'one on b1']);
    raw.say({ t: 'suppress' });
    await scene.clock.advance(50);
    expect(raw.record()?.suppressed).toEqual(['one', 'two']);
  });

  it('that is suppressed already makes no news of it', async () => {
    const scene = await stage();
    const raw = await member(scene);
    await raw.subscribe({ suppressedRoles: ['one', 'two'] });
    const { seq } = scene.state;
    raw.say({ t: 'suppress' });
    await scene.clock.advance(1_000);
    expect(scene.state.seq).toBe(seq);
  });
});

describe('terms', () => {
  const onRack = (is: 'equals' | 'matches' | 'not_matches', value: string): RoleTerms => ({
    constraints: [[{ attribute: 'rack', is, value }]],
  });

  it.each([
    ['a value', onRack('equals', 'rack-b'), ['b1']],
    ['a pattern', onRack('matches', 'rack-[a]'), ['a1', 'a2']],
    ['no such pattern', onRack('not_matches', '.*-a'), ['b1']],
    [
      'the name of the agent',
      { constraints: [[{ attribute: 'hostname', is: 'equals', value: 'a2' }]] },
      ['a2'],
    ],
    ['more than there is', { minimum: [{ cpus: 5_000 }] }, []],
  ] as [string, RoleTerms, string[]][])('of a subscription can ask for %s', async (_, terms, agents) => {
    const { cluster, clock } = await stage();
    const one = puppet('one', { terms: { one: terms } });
    cluster.startHost(one.definition);
    await clock.advance(1_000);
    const names = [...one.context!.offers.values()].map(({ hostname }) => hostname);
    expect(names.sort()).toEqual(agents);
  });

  it('show what they may ask for in every offer: the agent by name, and its attributes', async () => {
    const { cluster, clock } = await stage();
    const one = puppet('one');
    cluster.startHost(one.definition);
    await clock.advance(1_000);
    const found = [...one.context!.offers.values()].map(({ hostname, attributes }) => [hostname, attributes]);
    expect(found.sort()).toEqual([
      ['a1', { rack: 'rack-a' }],
      ['a2', { rack: 'rack-a' }],
      ['b1', { rack: 'rack-b' }],
    ]);
  });

  it('are changed for the next offers, which come at once, also of what was refused', async () => {
    const { cluster, clock } = await stage();
    const one = puppet('one');
    cluster.startHost(one.definition);
    await clock.advance(1_000);
    one.context!.decline([...one.context!.offers.keys()], HOUR);
    await clock.advance(50);
    one.context!.terms('one', {
      ...onRack('matches', '.*b'),
      ports: { count: 3, numbers: [[31_010, 31_010]] },
    });
    await clock.advance(50);
    const [offer, ...others] = one.context!.offers.values();
    expect([offer!.hostname, others]).toEqual(['b1', []]);
    const ports = rangesOf(offer!.resources, 'ports');
    expect([countRanges(ports), ports[0]]).toEqual([3, [31_010, 31_010]]);
  });

  it('that cannot be read change nothing, and an event says so', async () => {
    const { cluster, clock } = await stage();
    const one = puppet('one', { terms: { one: onRack('equals', 'rack-b') } });
    cluster.startHost(one.definition);
    await clock.advance(1_000);
    one.context!.terms('one', onRack('matches', '('));
    one.context!.terms('other', {});
    one.context!.decline([...one.context!.offers.keys()], 0);
    await clock.advance(50);
    expect([...one.context!.offers.values()].map(({ hostname }) => hostname)).toEqual(['b1']);
    const complaints = cluster.master.parts.log
      .recent(100)
      .flatMap(({ event }) => (event.type === 'framework.error' ? event.message : []));
    expect(complaints).toEqual([
      expect.stringContaining('no pattern'),
      expect.stringContaining('"other", which the framework does not have'),
    ]);
  });
});

it('demands explain a shortfall by the job that waits', async () => {
  const { cluster, clock } = await stage();
  const one = puppet('one');
  cluster.startHost(one.definition);
  await clock.advance(1_000);
  one.context!.demand([{ name: 'big', needs: { cpus: 6_000 }, count: 1, priority: 50 }]);
  one.context!.decline([...one.context!.offers.keys()], HOUR);
  await clock.advance(50);
  const gates = cluster.master.parts.allocator.explain(clock.now(), { framework: 'one' as FrameworkId });
  expect(gates.flatMap((refusal) => refusal.gates)).toContainEqual(
    expect.objectContaining({ kind: 'shortfall', demand: 'big', name: 'cpus', needs: 6_000, free: 4_000 }),
  );
});
