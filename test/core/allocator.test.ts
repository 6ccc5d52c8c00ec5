/**
 * The allocator: laws that hold whatever happens (found by random histories), rules by example, and Mesos' numbers
 * (test/cases/allocator.json, one case each with the name of the Mesos test that it comes from).
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Allocator, Share } from '../../src/core/allocator.ts';
import { FairAllocator } from '../../src/core/fair-allocator.ts';
import { add, contains, NOTHING, type Resources, scalar, subtract } from '../../src/core/resources.ts';
import { formatResources, parseResources } from '../../src/core/resources-text.ts';
import type { AgentId, FrameworkId } from '../../src/core/task.ts';
import { type Case, runCase } from './allocator-case.ts';

const a = (id: string): AgentId => id as AgentId;
const f = (id: string): FrameworkId => id as FrameworkId;
const share = (framework: string, role: string, agent: string, resources: string): Share => ({
  framework: f(framework),
  role,
  agent: a(agent),
  resources: parseResources(resources),
});
const text = ({ framework, role, agent, resources }: Share): string =>
  `${framework} ${role} ${agent} ${formatResources(resources)}`;
const offers = (allocator: FairAllocator, now = 0): string[] => allocator.allocate(now).offers.map(text);

/** Agents by name, frameworks by name with their roles. */
function allocatorWith(agents: Record<string, string>, frameworks: Record<string, string[]>): FairAllocator {
  const allocator = new FairAllocator();
  for (const [id, total] of Object.entries(agents)) allocator.setAgent(a(id), parseResources(total));
  for (const [id, roles] of Object.entries(frameworks)) allocator.setFramework(f(id), roles);
  return allocator;
}

describe('laws', () => {
  const AGENTS = ['a1', 'a2', 'a3'];
  const FRAMEWORKS = ['f1', 'f2', 'f3'];
  const ROLES = ['web', 'web/api', 'batch'];
  const total = fc
    .record({
      cpus: fc.integer({ min: 0, max: 4 }),
      mem: fc.integer({ min: 0, max: 4096 }),
      reserved: fc.integer({ min: 0, max: 2 }),
      role: fc.constantFrom(...ROLES),
      ports: fc.integer({ min: 0, max: 20 }),
    })
    .map(({ cpus, mem, reserved, role, ports }) =>
      parseResources(`cpus:${cpus};mem:${mem};cpus(${role}):${reserved};ports:[100-${100 + ports}]`),
    );
  const agent = fc.constantFrom(...AGENTS);
  const framework = fc.constantFrom(...FRAMEWORKS);
  const step = fc.oneof(
    fc.record({ op: fc.constant('agent' as const), agent, total }),
    fc.record({ op: fc.constant('removeAgent' as const), agent }),
    fc.record({ op: fc.constant('activateAgent' as const), agent, on: fc.boolean() }),
    fc.record({
      op: fc.constant('framework' as const),
      framework,
      roles: fc.subarray(ROLES, { minLength: 1 }),
    }),
    fc.record({ op: fc.constant('activate' as const), framework, on: fc.boolean() }),
    fc.record({ op: fc.constant('suppress' as const), framework, on: fc.boolean() }),
    fc.record({
      op: fc.constant('weight' as const),
      role: fc.constantFrom(...ROLES),
      weight: fc.integer({ min: 1, max: 5 }),
    }),
    fc.record({ op: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 2_000 }) }),
    fc.record({ op: fc.constant('recover' as const), which: fc.nat(50) }),
    fc.record({
      op: fc.constant('decline' as const),
      which: fc.nat(50),
      forMs: fc.integer({ min: 1, max: 3_000 }),
    }),
    fc.constant({ op: 'allocate' as const }),
  );
  type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
  const steps = fc.array(step, { minLength: 1, maxLength: 60 });

  interface Filter extends Share {
    readonly until: number;
  }

  /** An independent book of what was given to whom, against which every offer is held. */
  class Checked {
    readonly allocator = new FairAllocator();
    readonly totals = new Map<string, Resources>();
    readonly inactive = new Set<string>();
    readonly roles = new Map<string, readonly string[]>();
    readonly silent = new Set<string>();
    readonly off = new Set<string>();
    held: Share[] = [];
    filters: Filter[] = [];
    now = 0;

    taken(agentId: string): Resources {
      return this.held
        .filter((one) => one.agent === agentId)
        .reduce<Resources>((sum, one) => add(sum, one.resources), NOTHING);
    }

    free(agentId: string): Resources {
      return subtract(this.totals.get(agentId) ?? NOTHING, this.taken(agentId));
    }

    run(one: Step): void {
      const { allocator } = this;
      switch (one.op) {
        case 'agent':
          this.totals.set(one.agent, one.total);
          return allocator.setAgent(a(one.agent), one.total);
        case 'removeAgent':
          this.totals.delete(one.agent);
          this.inactive.delete(one.agent);
          this.held = this.held.filter((other) => other.agent !== one.agent);
          this.filters = this.filters.filter((other) => other.agent !== one.agent);
          return allocator.removeAgent(a(one.agent));
        case 'activateAgent':
          if (one.on || !this.totals.has(one.agent)) this.inactive.delete(one.agent);
          else this.inactive.add(one.agent);
          return allocator.activateAgent(a(one.agent), one.on);
        case 'framework':
          this.roles.set(one.framework, one.roles);
          return allocator.setFramework(f(one.framework), one.roles);
        case 'activate':
          if (!this.roles.has(one.framework)) return;
          this.filters = this.filters.filter((other) => other.framework !== one.framework);
          this.off[one.on ? 'delete' : 'add'](one.framework);
          return allocator.activateFramework(f(one.framework), one.on);
        case 'suppress':
          if (!this.roles.has(one.framework)) return;
          this.silent[one.on ? 'add' : 'delete'](one.framework);
          if (one.on) return allocator.suppress(f(one.framework));
          this.filters = this.filters.filter((other) => other.framework !== one.framework);
          return allocator.revive(f(one.framework));
        case 'weight':
          return allocator.setWeight(one.role, one.weight);
        case 'advance':
          this.now += one.ms;
          return;
        case 'recover':
        case 'decline': {
          if (this.held.length === 0) return;
          const [back] = this.held.splice(one.which % this.held.length, 1) as [Share];
          if (one.op === 'recover') return allocator.recover(back);
          this.filters.push({ ...back, until: this.now + one.forMs });
          return allocator.decline(back, this.now + one.forMs);
        }
        case 'allocate':
          return this.allocate();
      }
    }

    allocate(): void {
      const { offers: made, nextFilterEnd } = this.allocator.allocate(this.now);
      this.filters = this.filters.filter(({ until }) => until > this.now);
      for (const offer of made) {
        expect(contains(this.free(offer.agent), offer.resources), `${text(offer)} is free`).toBe(true);
        expect(this.inactive.has(offer.agent), `${offer.agent} is active`).toBe(false);
        expect(this.roles.get(offer.framework), `${offer.framework} has the role`).toContain(offer.role);
        expect(
          this.silent.has(offer.framework) || this.off.has(offer.framework),
          `${offer.framework} wants offers`,
        ).toBe(false);
        for (const { role } of offer.resources)
          expect(
            role === '*' || offer.role === role || offer.role.startsWith(`${role}/`),
            `${role} for ${offer.role}`,
          ).toBe(true);
        const filtered = this.filters.some(
          (one) =>
            one.framework === offer.framework &&
            one.role === offer.role &&
            one.agent === offer.agent &&
            contains(one.resources, offer.resources),
        );
        expect(filtered, `${text(offer)} was refused`).toBe(false);
        this.held.push(offer);
      }
      for (const id of this.totals.keys()) {
        const whole = add(this.taken(id), this.free(id));
        expect(contains(whole, this.totals.get(id) as Resources), `nothing of ${id} is lost`).toBe(true);
      }
      expect(nextFilterEnd).toBe(
        this.filters.length > 0 ? Math.min(...this.filters.map(({ until }) => until)) : undefined,
      );
      expect(
        this.allocator.allocate(this.now).offers,
        'a second allocation at once has nothing to add',
      ).toEqual([]);
    }
  }

  it('hold for any history', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const checked = new Checked();
        for (const one of list) checked.run(one);
        checked.allocate();
      }),
      { numRuns: 300 },
    );
  });

  it('when all is given back, a newcomer is offered all that is unreserved', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const checked = new Checked();
        for (const one of list) checked.run(one);
        const { allocator, totals, held, now } = checked;
        for (const one of held) allocator.recover(one);
        for (const id of FRAMEWORKS) allocator.removeFramework(f(id));
        for (const id of totals.keys()) allocator.activateAgent(a(id), true);
        allocator.setFramework(f('new'), ['new']);
        const made = new Map(
          allocator.allocate(now).offers.map((offer) => [offer.agent as string, offer.resources]),
        );
        for (const [id, whole] of totals) {
          const unreserved = whole.filter(({ role }) => role === '*');
          const worth = scalar(unreserved, 'cpus') >= 10 || scalar(unreserved, 'mem') >= 32_000;
          expect(made.get(id) ?? NOTHING).toEqual(worth ? unreserved : NOTHING);
        }
      }),
    );
  });
});

describe('sharing', () => {
  const SIX = Object.fromEntries(['1', '2', '3', '4', '5', '6'].map((n) => [`a${n}`, 'cpus:2;mem:1024']));
  const counts = (allocator: FairAllocator): Record<string, number> => {
    const out: Record<string, number> = {};
    for (const { framework } of allocator.allocate(0).offers) out[framework] = (out[framework] ?? 0) + 1;
    return out;
  };

  it('two equal frameworks get equally many agents', () => {
    expect(counts(allocatorWith(SIX, { f1: ['r1'], f2: ['r2'] }))).toEqual({ f1: 3, f2: 3 });
    expect(counts(allocatorWith(SIX, { f1: ['r'], f2: ['r'] }))).toEqual({ f1: 3, f2: 3 });
  });

  it('by weight: 2 + 4, and 1 + 2 + 3 (UpdateWeight)', () => {
    const two = allocatorWith(SIX, { f1: ['r1'], f2: ['r2'] });
    two.setWeight('r2', 2);
    expect(counts(two)).toEqual({ f1: 2, f2: 4 });
    const three = allocatorWith(SIX, { f1: ['r1'], f2: ['r2'], f3: ['r3'] });
    three.setWeight('r2', 2);
    three.setWeight('r3', 3);
    expect(counts(three)).toEqual({ f1: 1, f2: 2, f3: 3 });
  });

  it('one agent given back ten times goes five times to each of two (SameShareFairness)', () => {
    const allocator = allocatorWith({ a1: 'cpus:2;mem:1024' }, { f1: ['r'], f2: ['r'] });
    const got = Array.from({ length: 10 }, () => {
      const [offer] = allocator.allocate(0).offers as [Share];
      allocator.recover(offer);
      return offer.framework;
    });
    expect(got.filter((id) => id === 'f1')).toHaveLength(5);
  });

  it('ports are split, never given whole to the first', () => {
    const allocator = allocatorWith({ a1: 'cpus:2;mem:1024;ports:[1-10]' }, { f1: ['r1'], f2: ['r2'] });
    expect(offers(allocator)).toEqual(['f1 r1 a1 cpus:2;mem:1024;ports:[1-5]']);
    expect(offers(allocatorWith({ a1: 'cpus:2;ports:[1-10]' }, { f1: ['r1'] }))).toEqual([
      'f1 r1 a1 cpus:2;ports:[1-10]',
    ]);
  });
});

describe('filters', () => {
  const refused = share('f1', 'r', 'a1', 'cpus:2;mem:1024');
  const declined = (until: number): FairAllocator => {
    const allocator = allocatorWith({ a1: 'cpus:2;mem:1024' }, { f1: ['r'] });
    expect(offers(allocator)).toHaveLength(1);
    allocator.decline(refused, until);
    return allocator;
  };

  it('hold until their time, to the millisecond', () => {
    const allocator = declined(2_000);
    expect(allocator.allocate(1_999)).toEqual({ offers: [], nextFilterEnd: 2_000 });
    expect(allocator.allocate(2_000)).toEqual({ offers: [refused], nextFilterEnd: undefined });
  });

  it('keep back the same and less, not more', () => {
    const allocator = declined(2_000);
    allocator.setAgent(a('a1'), parseResources('cpus:1;mem:512'));
    expect(offers(allocator)).toEqual([]);
    allocator.setAgent(a('a1'), parseResources('cpus:2;mem:1025'));
    expect(offers(allocator)).toEqual(['f1 r a1 cpus:2;mem:1025']);
  });

  it('are of one framework, one role and one agent', () => {
    const allocator = declined(2_000);
    allocator.setAgent(a('a2'), parseResources('cpus:2;mem:1024'));
    allocator.setFramework(f('f2'), ['r']);
    expect(offers(allocator).sort()).toEqual(['f1 r a2 cpus:2;mem:1024', 'f2 r a1 cpus:2;mem:1024']);
  });

  it.each([
    ['revive', (allocator: FairAllocator) => allocator.revive(f('f1'))],
    ['a new connection', (allocator: FairAllocator) => allocator.activateFramework(f('f1'), true)],
  ])('%s forgets them', (_, act) => {
    const allocator = declined(1e9);
    act(allocator);
    expect(offers(allocator)).toHaveLength(1);
  });

  it('end with their agent', () => {
    const allocator = declined(1e9);
    allocator.removeAgent(a('a1'));
    allocator.setAgent(a('a1'), parseResources('cpus:2;mem:1024'));
    expect(offers(allocator)).toHaveLength(1);
  });
});

describe('who gets nothing, and why', () => {
  const gates = (allocator: Allocator): object[] =>
    allocator
      .explain(0)
      .map(({ framework, agent, gates: [gate] }) => ({ framework, ...(agent ? { agent } : {}), ...gate }));

  it('a suppressed framework', () => {
    const allocator = allocatorWith({ a1: 'cpus:2;mem:1024' }, { f1: ['r'] });
    allocator.suppress(f('f1'));
    expect([offers(allocator), gates(allocator)]).toEqual([[], [{ framework: 'f1', kind: 'suppressed' }]]);
    allocator.revive(f('f1'));
    expect([offers(allocator).length]).toEqual([1]);
  });

  it('one that is away', () => {
    const allocator = allocatorWith({ a1: 'cpus:2;mem:1024' }, { f1: ['r'] });
    allocator.activateFramework(f('f1'), false);
    expect([offers(allocator), gates(allocator)]).toEqual([[], [{ framework: 'f1', kind: 'disconnected' }]]);
  });

  it('any, of an agent that is away; what is allocated there stays so', () => {
    const allocator = allocatorWith({ a1: 'cpus:2;mem:1024' }, { f1: ['r'] });
    allocator.use(share('f1', 'r', 'a1', 'cpus:1'));
    allocator.activateAgent(a('a1'), false);
    expect([offers(allocator), gates(allocator)]).toEqual([
      [],
      [{ framework: 'f1', agent: 'a1', kind: 'inactive' }],
    ]);
    allocator.activateAgent(a('a1'), true);
    expect(offers(allocator)).toEqual(['f1 r a1 cpus:1;mem:1024']);
  });

  it('any, where less than 0.01 cpus and less than 32 MiB are free', () => {
    const allocator = allocatorWith({ a1: 'cpus:0.009;mem:31;disk:1000' }, { f1: ['r'] });
    expect(offers(allocator)).toEqual([]);
    expect(gates(allocator)).toEqual([
      { framework: 'f1', agent: 'a1', kind: 'minimum', free: parseResources('cpus:0.009;mem:31;disk:1000') },
    ]);
    allocator.setAgent(a('a1'), parseResources('mem:32'));
    expect(offers(allocator)).toEqual(['f1 r a1 mem:32']);
  });

  it('one whose role has no part in what is reserved', () => {
    const allocator = allocatorWith({ a1: 'cpus(db):2;mem(db):1024' }, { f1: ['web'] });
    expect(offers(allocator)).toEqual([]);
    expect(gates(allocator)).toEqual([{ framework: 'f1', agent: 'a1', kind: 'reserved', roles: ['db'] }]);
  });

  it('one that refused', () => {
    const allocator = allocatorWith({ a1: 'cpus:2' }, { f1: ['r'] });
    allocator.decline(share('f1', 'r', 'a1', 'cpus:2'), 5_000);
    expect(gates(allocator)).toEqual([{ framework: 'f1', agent: 'a1', kind: 'filter', until: 5_000 }]);
  });
});

it('an agent that has shrunk below what it runs is legal, and is not offered (UpdateSlaveTotalResources)', () => {
  const allocator = allocatorWith({ a1: 'cpus:100;mem:100;disk:100' }, { f1: ['r'] });
  const [held] = allocator.allocate(0).offers as [Share];
  allocator.setAgent(a('a1'), parseResources('cpus:112;mem:100;disk:100'));
  const [more] = allocator.allocate(0).offers as [Share];
  expect(text(more)).toBe('f1 r a1 cpus:12');
  allocator.setAgent(a('a1'), parseResources('cpus:50;mem:50;disk:50'));
  expect(offers(allocator)).toEqual([]);
  allocator.recover(held);
  allocator.recover(more);
  expect(offers(allocator)).toEqual(['f1 r a1 cpus:50;disk:50;mem:50']);
  allocator.setAgent(a('a1'), parseResources('cpus:100;mem:100;disk:100'));
  expect(offers(allocator)).toEqual(['f1 r a1 cpus:50;disk:50;mem:50']);
});

describe('cases of Mesos', () => {
  const cases = JSON.parse(
    readFileSync(new URL('../cases/allocator.json', import.meta.url), 'utf8'),
  ) as Case[];

  it('those without quota are answered as Mesos does; the others wait for quota and for an order of nested roles', () => {
    const problems = cases.map((one) => ({ name: one.name, problem: runCase(one) }));
    expect(
      problems.filter(({ problem }) => problem === undefined).map(({ name }) => name),
      JSON.stringify(problems, null, 1),
    ).toEqual([
      'fair share follows the dominant share of the role, then of the framework',
      'reserved resources count in the share',
      "a role is never offered another role's reservation",
      'reservations of ancestors are offered to descendants',
    ]);
    expect(cases).toHaveLength(11);
  });
});
