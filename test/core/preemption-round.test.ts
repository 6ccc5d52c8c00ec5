/** Room for all that waits at one moment: by example, and as laws over random clusters. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Consumption, Need } from '../../src/core/allocator.ts';
import type { Preemptible } from '../../src/core/preemption.ts';
import { type Offered, planRooms, type RoomPlan, type Scene } from '../../src/core/preemption-round.ts';
import { covers, parseQuantities, type Quantities, quantitiesOf } from '../../src/core/quantities.ts';
import { sum } from '../../src/core/quota-rules.ts';
import { usableBy } from '../../src/core/resources.ts';
import { parseResources } from '../../src/core/resources-text.ts';
import type { AgentId, FrameworkId, OfferId, TaskId } from '../../src/core/task.ts';

const agentId = (name: string): AgentId => name as AgentId;

function task(id: string, resources: string, priority: number, agent = 'a1', role = 'web'): Preemptible {
  return {
    tasks: [id as TaskId],
    framework: 'f' as FrameworkId,
    role,
    agent: agentId(agent),
    resources: parseResources(resources),
    priority,
  };
}

const offer = (id: string, resources: string, priority: number, agent = 'a1'): Offered => ({
  id: id as OfferId,
  agent: agentId(agent),
  resources: parseResources(resources),
  priority,
});

interface Wish {
  readonly role?: string;
  readonly name?: string;
  /** How many find no room. @default all of them */
  readonly count?: number;
  readonly all?: number;
  readonly priority?: number;
  readonly guaranteed?: boolean;
}

/** By agent: what is free there for it. */
function waits(needs: string, free: Record<string, string>, wish: Wish = {}) {
  const { role = 'db', name = role, count = 1, all = count, priority = 80, guaranteed = false } = wish;
  const need: Need = {
    framework: 'f' as FrameworkId,
    role,
    demand: { name, needs: parseQuantities(needs), count: all },
    count,
    guaranteed,
    agents: Object.entries(free).map(([agent, text]) => ({
      agent: agentId(agent),
      free: parseQuantities(text),
    })),
  };
  return { need, priority };
}

function scene(more: Partial<Scene>): Scene {
  return {
    tasks: [],
    ending: [],
    offers: [],
    quotas: [],
    promised: [],
    beyondGuarantee: () => ({}),
    ...more,
  };
}

const quota = (role: string, consumed: string, guarantee: string, limit: string): Consumption => ({
  role,
  consumed: parseQuantities(consumed),
  guarantee: parseQuantities(guarantee),
  limit: parseQuantities(limit),
});

/** `db×2 on a1: x y`: who gets room for how many, where, and for whose sake not any more. */
const shown = (rooms: readonly RoomPlan[]): string[] =>
  rooms.map(({ need, units, agent, victims, offers }) => {
    const gone = [...victims.flatMap(({ tasks }) => tasks), ...offers];
    return `${need.demand.name}×${units} on ${agent}: ${gone.join(' ')}`;
  });

describe('units', () => {
  const tasks = [
    task('x', 'cpus:1', 10),
    task('y', 'cpus:1', 20),
    task('z', 'cpus:1', 30),
    task('far', 'cpus:1', 40, 'a2'),
  ];

  it('of one need on one agent are one room', () => {
    const [room, ...others] = planRooms([waits('cpus:1', { a1: '' }, { count: 2 })], scene({ tasks }));
    expect(shown([room!])).toEqual(['db×2 on a1: x y']);
    expect([room!.needs, others]).toEqual([{ cpus: 2000 }, []]);
  });

  it('go to another agent when the first has no less important tasks left', () => {
    const waiting = waits('cpus:1', { a1: '', a2: '' }, { count: 4 });
    expect(shown(planRooms([waiting], scene({ tasks })))).toEqual(['db×3 on a1: x y z', 'db×1 on a2: far']);
  });

  it('go where the least important have to go, then the fewest; and only where they can be placed', () => {
    const some = [
      task('important', 'cpus:1', 50, 'a1'),
      task('p', 'cpus:0.5', 20, 'a2'),
      task('q', 'cpus:0.5', 20, 'a2'),
      task('one', 'cpus:1', 20, 'a3'),
      task('least', 'cpus:1', 1, 'a4'),
    ];
    const go = (...agents: string[]) =>
      shown(
        planRooms([waits('cpus:1', Object.fromEntries(agents.map((a) => [a, ''])))], scene({ tasks: some })),
      );
    expect(go('a1', 'a2', 'a3')).toEqual(['db×1 on a3: one']);
    expect(go('a1', 'a2')).toEqual(['db×1 on a2: p q']);
    expect(go('a1')).toEqual(['db×1 on a1: important']);
  });

  it('that fit as it is have what is free: the others get only what is left beside them', () => {
    const waiting = waits('cpus:1', { a1: 'cpus:1.5' }, { all: 2, count: 1 });
    const small = [task('half', 'cpus:0.5', 30), task('whole', 'cpus:1', 20)];
    expect(shown(planRooms([waiting], scene({ tasks: small })))).toEqual(['db×1 on a1: whole']);
    expect(shown(planRooms([waiting], scene({ tasks: small.slice(0, 1) })))).toEqual(['db×1 on a1: half']);
  });

  it('need nothing where enough is ending anyway', () => {
    const waiting = [waits('cpus:1', { a1: '' })];
    expect(planRooms(waiting, scene({ tasks, ending: [task('e', 'cpus:1', 90)] }))).toEqual([]);
    expect(shown(planRooms(waiting, scene({ tasks, ending: [task('e', 'cpus:0.5', 90)] })))).toEqual([
      'db×1 on a1: x',
    ]);
  });

  it('share the room of one large task', () => {
    const large = [task('large', 'cpus:4', 10), task('x', 'cpus:1', 20)];
    const db = waits('cpus:1', { a1: '' }, { count: 2 });
    const cache = waits('cpus:2', { a1: '' }, { name: 'cache', priority: 70 });
    expect(shown(planRooms([db, cache], scene({ tasks: large })))).toEqual(['db×2 on a1: large']);
    const more = waits('cpus:3', { a1: '' }, { name: 'cache', priority: 70 });
    expect(shown(planRooms([db, more], scene({ tasks: large })))).toEqual([
      'db×2 on a1: large',
      'cache×1 on a1: x',
    ]);
  });

  it('of the more important need come first', () => {
    const low = waits('cpus:1', { a1: '' }, { name: 'low', priority: 60 });
    const high = waits('cpus:1', { a1: '' }, { name: 'high', priority: 90 });
    expect(shown(planRooms([low, high], scene({ tasks: tasks.slice(0, 1) })))).toEqual(['high×1 on a1: x']);
  });

  it('that find no room do not stand in the way of smaller ones', () => {
    const big = waits('cpus:9', { a1: '' }, { name: 'big', priority: 90 });
    expect(shown(planRooms([big, waits('cpus:1', { a1: '' })], scene({ tasks })))).toEqual(['db×1 on a1: x']);
  });

  it('cannot use what is reserved for others, nor disks apart', () => {
    const mine = [task('theirs', 'cpus(web):4', 10), task('ours', 'cpus(db):1', 20)];
    expect(shown(planRooms([waits('cpus:1', { a1: '' })], scene({ tasks: mine })))).toEqual([
      'db×1 on a1: ours',
    ]);
    const volume = { name: 'disk', role: '*', scalar: 9000, disk: { volume: { id: 'v' } } };
    const apart = { ...task('apart', '', 10), resources: [volume] };
    expect(planRooms([waits('disk:1', { a1: '' })], scene({ tasks: [apart] }))).toEqual([]);
  });

  it('are a hundred at once, and no more', () => {
    const many = Array.from({ length: 200 }, (_, i) => task(`t${i}`, 'cpus:1', 10));
    const [room] = planRooms([waits('cpus:1', { a1: '' }, { count: 150 })], scene({ tasks: many }));
    expect([room!.units, room!.victims.length]).toEqual([100, 100]);
  });
});

describe('what others are only offered', () => {
  const offers = [offer('o1', 'cpus:1', 50), offer('o2', 'cpus:1', 75)];

  it('goes before any task, if its role is less important', () => {
    const tasks = [task('x', 'cpus:2', 10)];
    expect(shown(planRooms([waits('cpus:1', { a1: '' })], scene({ tasks, offers })))).toEqual([
      'db×1 on a1: o1',
    ]);
    expect(shown(planRooms([waits('cpus:2', { a1: '' })], scene({ tasks, offers })))).toEqual([
      'db×1 on a1: x o1',
    ]);
  });

  it('stays with a role that is not', () => {
    const two = waits('cpus:2', { a1: '' });
    expect(planRooms([two], scene({ offers }))).toEqual([]);
  });
});

describe('a limit', () => {
  it('is obeyed by all that room is made for together: what fits as it is, what is promised, and what is new', () => {
    const tasks = Array.from({ length: 5 }, (_, i) => task(`t${i}`, 'cpus:1', 10));
    const limited = { tasks, quotas: [quota('db', 'cpus:1', '', 'cpus:4')] };
    const units = (more: Partial<Scene>, wish: Wish) =>
      planRooms([waits('cpus:1', { a1: '' }, wish)], scene({ ...limited, ...more }))[0]?.units;
    expect(units({}, { count: 5 })).toBe(3);
    expect(units({}, { count: 5, role: 'db/main' })).toBe(3);
    expect(units({}, { count: 5, all: 6 })).toBe(2);
    expect(units({ promised: [{ role: 'db/other', needs: { cpus: 1000 } }] }, { count: 5 })).toBe(2);
    expect(units({ quotas: [quota('db', 'cpus:4', '', 'cpus:4')] }, { count: 5 })).toBeUndefined();
  });
});

describe('a guarantee', () => {
  const tasks = Array.from({ length: 5 }, (_, i) => task(`t${i}`, 'cpus:1', 60));

  it('lends its priority to as many units as it covers, the others have their own', () => {
    const wish = { count: 5, priority: 50, guaranteed: true };
    const quotas = [quota('db', 'cpus:1', 'cpus:3', '')];
    const [room, ...others] = planRooms([waits('cpus:1', { a1: '' }, wish)], scene({ tasks, quotas }));
    expect([room!.units, room!.priority, room!.guaranteed, others]).toEqual([2, 100, true, []]);
  });

  it('of a role above is shared with what room is made for beside it', () => {
    const wish = { count: 5, role: 'eng/db', priority: 50, guaranteed: true };
    const quotas = [quota('eng', '', 'cpus:3', '')];
    const promised = [{ role: 'eng/web', needs: { cpus: 2000 } }];
    const [room] = planRooms([waits('cpus:1', { a1: '' }, wish)], scene({ tasks, quotas, promised }));
    expect(room!.units).toBe(1);
  });

  it('of somebody else is not touched, however many units it takes to get there', () => {
    const beyondGuarantee = (role: string): Quantities => (role === 'web' ? { cpus: 2000 } : {});
    const waiting = [waits('cpus:1', { a1: '' }, { count: 5 })];
    expect(planRooms(waiting, scene({ tasks, beyondGuarantee }))[0]!.units).toBe(2);
    const ending = [task('e', 'cpus:1', 60, 'a2')];
    expect(planRooms(waiting, scene({ tasks, ending, beyondGuarantee }))[0]!.units).toBe(1);
  });

  it('of one amount keeps nobody from another, also where less than that is left already', () => {
    const all = { tasks: [task('m', 'mem:64', 10)], ending: [task('e', 'cpus:1', 60)] };
    const beyondGuarantee = (role: string): Quantities => (role === 'web' ? { cpus: 0 } : {});
    const rooms = planRooms([waits('mem:64', { a1: '' })], scene({ ...all, beyondGuarantee }));
    expect(shown(rooms)).toEqual(['db×1 on a1: m']);
  });
});

describe('laws', () => {
  const AGENTS = ['a1', 'a2', 'a3'];
  const size = fc.record({ cpus: fc.integer({ min: 0, max: 3 }), mem: fc.integer({ min: 0, max: 3 }) });
  const text = ({ cpus, mem }: { cpus: number; mem: number }): string => `cpus:${cpus};mem:${mem}`;
  const role = fc.constantFrom('db', 'web', 'eng/a', 'eng/b');
  const held = fc.record({
    on: fc.constantFrom(...AGENTS),
    role,
    size,
    priority: fc.constantFrom(10, 30, 50, 70),
  });
  const cluster = fc.record({
    free: fc.array(size, { minLength: 3, maxLength: 3 }),
    tasks: fc.array(held, { maxLength: 10 }),
    ending: fc.array(held, { maxLength: 3 }),
    offers: fc.array(held, { maxLength: 3 }),
    wishes: fc.array(
      fc.record({ size, role, priority: fc.constantFrom(40, 60, 90), count: fc.integer({ min: 1, max: 4 }) }),
      { minLength: 1, maxLength: 3 },
    ),
    beyond: fc.dictionary(fc.constantFrom('db', 'web', 'eng', 'eng/a'), fc.integer({ min: 0, max: 4 }), {
      noNullPrototype: true,
    }),
  });

  it('nothing is used twice, nobody important is touched, and no role loses what is guaranteed to it', () => {
    let made = 0;
    fc.assert(
      fc.property(cluster, ({ free, tasks, ending, offers, wishes, beyond }) => {
        const preemptible = (list: typeof tasks, letter: string) =>
          list.map((one, i) => task(`${letter}${i}`, text(one.size), one.priority, one.on, one.role));
        const all = scene({
          tasks: preemptible(tasks, 't'),
          ending: preemptible(ending, 'e'),
          offers: offers.map((one, i) => offer(`o${i}`, text(one.size), one.priority, one.on)),
          beyondGuarantee: (at) => (beyond[at] === undefined ? {} : { cpus: beyond[at] * 1000 }),
        });
        const freeOn = Object.fromEntries(AGENTS.map((agent, i) => [agent, text(free[i]!)]));
        const waiting = wishes
          .filter((wish) => wish.size.cpus + wish.size.mem > 0)
          .map((wish, i) => waits(text(wish.size), freeOn, { ...wish, name: `w${i}` }));
        const rooms = planRooms(waiting, all);
        made += rooms.length;

        const victims = rooms.flatMap((room) => room.victims);
        expect(new Set(victims.map(({ tasks: [id] }) => id)).size).toBe(victims.length);
        for (const room of rooms)
          for (const victim of room.victims) {
            expect(victim.agent).toBe(room.agent);
            expect(victim.priority).toBeLessThanOrEqual(room.priority - 10);
          }
        for (const agent of AGENTS) {
          const here = rooms.filter((room) => room.agent === agent);
          const taken = all.offers.filter(({ id }) => here.some((room) => room.offers.includes(id)));
          const coming = [...here.flatMap((room) => room.victims), ...taken, ...all.ending]
            .filter((one) => one.agent === agent)
            .map(({ resources }) => quantitiesOf(usableBy(resources, 'db')))
            .reduce(sum, parseQuantities(freeOn[agent]!));
          expect(covers(coming, here.map(({ needs }) => needs).reduce(sum, {}))).toBe(true);
        }
        for (const [at, most] of Object.entries(beyond)) {
          const isWithin = (one: string): boolean => one === at || one.startsWith(`${at}/`);
          // What goes to the role itself, or to one below it, is no loss.
          const lost = rooms
            .filter(({ need }) => !isWithin(need.role))
            .flatMap((room) => room.victims)
            .filter((victim) => isWithin(victim.role))
            .map(({ resources }) => quantitiesOf(resources))
            .reduce(sum, {});
          expect(lost['cpus'] ?? 0).toBeLessThanOrEqual(most * 1000);
        }
      }),
      { numRuns: 1000 },
    );
    expect(made).toBeGreaterThan(300);
  });
});
