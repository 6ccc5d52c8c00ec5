/**
 * Rules by example that are ours, or that no case of Mesos shows: ports, filters, claims, and each gate with
 * its figures.
 */
import { describe, expect, it } from 'vitest';
import type { Allocator, Gate, RoleTerms, Share } from '../../../src/core/allocator.ts';
import { parseQuantities } from '../../../src/core/quantities.ts';
import { formatResources, parseResources } from '../../../src/core/resources-text.ts';
import type { AgentId, FrameworkId } from '../../../src/core/task.ts';
import { ALLOCATORS, type MakeAllocator } from './allocators.ts';

const a = (id: string): AgentId => id as AgentId;
const f = (id: string): FrameworkId => id as FrameworkId;
const share = (framework: string, role: string, agent: string, resources: string): Share => ({
  framework: f(framework),
  role,
  agent: a(agent),
  resources: parseResources(resources),
});
const offers = (allocator: Allocator, now = 0): string[] =>
  allocator
    .allocate(now)
    .offers.map((one) => `${one.framework} ${one.role} ${one.agent} ${formatResources(one.resources)}`)
    .sort();
const demand = (name: string, needs: string, count = 1): Parameters<Allocator['setDemands']>[2][number] => ({
  name,
  needs: parseQuantities(needs),
  count,
  priority: 50,
});
const quota = (guarantee: string, limit: string): Parameters<Allocator['setQuota']>[1] => ({
  guarantee: parseQuantities(guarantee),
  limit: parseQuantities(limit),
});

/** Agents by name, frameworks by name with their roles. */
function withThese(
  make: MakeAllocator,
  agents: Record<string, string>,
  frameworks: Record<string, string[]>,
): Allocator {
  const allocator = make();
  for (const [id, total] of Object.entries(agents)) allocator.setAgent(a(id), parseResources(total));
  for (const [id, roles] of Object.entries(frameworks)) allocator.setFramework(f(id), roles);
  return allocator;
}

describe.each(ALLOCATORS)('%s', (_, make) => {
  const allocatorWith = (agents: Record<string, string>, frameworks: Record<string, string[]>): Allocator =>
    withThese(make, agents, frameworks);

  describe('ports', () => {
    const ports = (allocator: Allocator): string[] =>
      offers(allocator).map((offer) => offer.slice(offer.indexOf('ports:')));

    it('are split evenly among all who want offers, from the top', () => {
      expect(ports(allocatorWith({ a1: 'cpus:2;ports:[1-10]' }, { f1: ['r1'], f2: ['r2'] }))).toEqual([
        'ports:[6-10]',
      ]);
      expect(ports(allocatorWith({ a1: 'cpus:2;ports:[1-10]' }, { f1: ['r1'] }))).toEqual(['ports:[1-10]']);
    });

    it.each<[string, RoleTerms['ports'], string]>([
      ['as many as it wants', { count: 2, numbers: [] }, 'ports:[9-10]'],
      ['those that it wants first', { count: 3, numbers: [[2, 3]] }, 'ports:[2-3,10-10]'],
      [
        'the lowest of those',
        {
          count: 1,
          numbers: [
            [4, 4],
            [2, 3],
          ],
        },
        'ports:[2-2]',
      ],
      ['no more than there are', { count: 50, numbers: [] }, 'ports:[1-10]'],
    ])('are given to a framework: %s', (_, wanted, expected) => {
      const allocator = allocatorWith({ a1: 'cpus:2;ports:[1-10]' }, {});
      allocator.setFramework(f('f1'), ['r'], { r: { ports: wanted } });
      expect(ports(allocator)).toEqual([expected]);
    });

    it('go whole with their reservation', () => {
      const allocator = allocatorWith({ a1: 'cpus:2;ports(r):[1-10]' }, { f1: ['r'], f2: ['r'] });
      expect(offers(allocator)).toEqual(['f1 r a1 cpus:2;ports(r):[1-10]']);
    });

    it('alone are no offer, though anything is welcome', () => {
      const allocator = allocatorWith({ a1: 'ports:[1-10]' }, {});
      allocator.setFramework(f('f1'), ['r'], { r: { minimum: [] } });
      expect(offers(allocator)).toEqual([]);
    });
  });

  describe('filters', () => {
    const declined = (until: number): Allocator => {
      const allocator = allocatorWith({ a1: 'cpus:2;mem:1024;ports:[1-4]' }, { f1: ['r'] });
      expect(offers(allocator)).toHaveLength(1);
      allocator.decline(share('f1', 'r', 'a1', 'cpus:2;mem:1024;ports:[1-4]'), until);
      return allocator;
    };

    it('hold until their time, to the millisecond', () => {
      const allocator = declined(2_000);
      expect(allocator.allocate(1_999)).toEqual({ offers: [], nextFilterEnd: 2_000 });
      expect(allocator.allocate(2_000)).toMatchObject({
        offers: [{ agent: 'a1' }],
        nextFilterEnd: undefined,
      });
    });

    it.each([
      ['less', 'cpus:1;mem:512;ports:[1-4]', 0],
      ['the same with other ports', 'cpus:2;mem:1024;ports:[11-14]', 0],
      ['more of one thing', 'cpus:2;mem:1025;ports:[1-4]', 1],
      ['more ports', 'cpus:2;mem:1024;ports:[1-5]', 1],
      ['as much, but reserved', 'cpus(r):2;mem:1024;ports:[1-4]', 1],
    ])('of what was refused: %s', (_, total, count) => {
      const allocator = declined(2_000);
      allocator.setAgent(a('a1'), parseResources(total));
      expect(offers(allocator)).toHaveLength(count);
    });

    it('are of one framework, one role and one agent', () => {
      const allocator = declined(2_000);
      allocator.setAgent(a('a2'), parseResources('cpus:2'));
      allocator.setFramework(f('f2'), ['r']);
      expect(offers(allocator).map((offer) => offer.slice(0, 7))).toEqual(['f1 r a2', 'f2 r a1']);
    });

    it.each<[string, (allocator: Allocator) => void]>([
      ['a revival', (allocator) => allocator.revive(f('f1'))],
      ['a new connection', (allocator) => allocator.activateFramework(f('f1'), true)],
      ['other terms', (allocator) => allocator.setFramework(f('f1'), ['r'], { r: { minimum: [] } })],
      [
        'leaving the role and coming back',
        (allocator) => {
          allocator.setFramework(f('f1'), []);
          allocator.setFramework(f('f1'), ['r']);
        },
      ],
      [
        'the end of the agent',
        (allocator) => {
          allocator.removeAgent(a('a1'));
          allocator.setAgent(a('a1'), parseResources('cpus:1'));
        },
      ],
    ])('%s forgets them', (_, change) => {
      const allocator = declined(1e9);
      change(allocator);
      expect(offers(allocator)).toHaveLength(1);
      expect(allocator.allocate(0).nextFilterEnd).toBeUndefined();
    });

    it('are kept over the same total, the same attributes and the same terms', () => {
      const allocator = declined(1e9);
      allocator.setAgent(a('a1'), parseResources('cpus:2'), {});
      allocator.setFramework(f('f1'), ['r'], {});
      allocator.revive(f('f1'), ['another']);
      expect(offers(allocator)).toEqual([]);
    });
  });

  describe('constraints', () => {
    const RACK = { attribute: 'rack', value: '1' } as const;
    const NONE: Record<string, string> = {};
    it.each<[string, RoleTerms['constraints'], Record<string, string>, boolean]>([
      ['equal to', [[{ ...RACK, is: 'equals' }]], { rack: '1' }, true],
      ['equal to what is absent', [[{ ...RACK, is: 'equals' }]], NONE, false],
      ['not equal to', [[{ ...RACK, is: 'not_equals' }]], { rack: '1' }, false],
      ['not equal to what is absent', [[{ ...RACK, is: 'not_equals' }]], NONE, true],
      ['like the whole value', [[{ ...RACK, value: '.2', is: 'matches' }]], { rack: '12' }, true],
      ['like a part of the value', [[{ ...RACK, value: '.2', is: 'matches' }]], { rack: '123' }, false],
      ['unlike what is absent', [[{ ...RACK, is: 'not_matches' }]], NONE, true],
      ['there', [[{ attribute: 'rack', is: 'exists' }]], NONE, false],
      ['not there', [[{ attribute: 'rack', is: 'not_exists' }]], NONE, true],
      [
        'all of a group',
        [
          [
            { ...RACK, is: 'equals' },
            { attribute: 'gpu', is: 'exists' },
          ],
        ],
        { rack: '1' },
        false,
      ],
      [
        'any of the groups',
        [[{ attribute: 'gpu', is: 'exists' }], [{ ...RACK, is: 'equals' }]],
        { rack: '1' },
        true,
      ],
    ])('%s', (_, constraints, attributes, isOffered) => {
      const allocator = make();
      allocator.setAgent(a('a1'), parseResources('cpus:1'), attributes);
      allocator.setFramework(f('f1'), ['r'], { r: { constraints } });
      expect(offers(allocator)).toHaveLength(isOffered ? 1 : 0);
    });
  });

  describe('what stands in the way', () => {
    const reasons = (allocator: Allocator, now = 0): object[] =>
      allocator
        .explain(now)
        .map(({ framework, role, agent, gates }) => ({ [[framework, role, agent].join(' ')]: gates }));

    it.each<[string, Record<string, string>, (allocator: Allocator) => void, readonly Gate[]]>([
      [
        'it is away',
        {},
        (allocator) => allocator.activateFramework(f('f1'), false),
        [{ kind: 'disconnected' }],
      ],
      ['it wants none', {}, (allocator) => allocator.suppress(f('f1')), [{ kind: 'suppressed' }]],
      [
        'it is away, and wants none',
        {},
        (allocator) => {
          allocator.suppress(f('f1'));
          allocator.activateFramework(f('f1'), false);
        },
        [{ kind: 'disconnected' }, { kind: 'suppressed' }],
      ],
      [
        'the agent is away',
        { a1: 'cpus:1' },
        (allocator) => allocator.activateAgent(a('a1'), false),
        [{ kind: 'inactive' }],
      ],
      [
        'it does not want the agent',
        { a1: 'cpus:1' },
        (allocator) =>
          allocator.setFramework(f('f1'), ['web'], {
            web: { constraints: [[{ attribute: 'gpu', is: 'exists' }]] },
          }),
        [{ kind: 'constraint', constraints: [[{ attribute: 'gpu', is: 'exists' }]] }],
      ],
      [
        'too little is free',
        { a1: 'cpus:0.009;mem:31;disk:1000' },
        () => {},
        [{ kind: 'minimum', free: { cpus: 9, mem: 31_000, disk: 1_000_000 } }],
      ],
      [
        'it is reserved',
        { a1: 'cpus(db):2;mem(ops):1024' },
        () => {},
        [{ kind: 'reserved', roles: ['db', 'ops'] }],
      ],
      [
        'it is kept for another',
        { a1: 'cpus:2' },
        (allocator) => {
          allocator.setFramework(f('f2'), ['db']);
          allocator.suppress(f('f2'));
          allocator.claim({ framework: f('f2'), role: 'db', agent: a('a1'), needs: { cpus: 2000 } });
        },
        [{ kind: 'claimed', framework: f('f2'), role: 'db' }],
      ],
      [
        'the limit is reached, of the tightest role above it',
        { a1: 'cpus:8' },
        (allocator) => {
          allocator.setFramework(f('f1'), ['web/api']);
          allocator.setQuota('web', quota('', 'cpus:2'));
          allocator.setQuota('web/api', quota('', 'cpus:4'));
          allocator.use(share('f1', 'web/api', 'a1', 'cpus:2'));
        },
        [{ kind: 'limit', role: 'web', name: 'cpus', limit: 2000, consumed: 2000 }],
      ],
      [
        'it is owed to others',
        { a1: 'cpus:8' },
        (allocator) => {
          allocator.setQuota('ops', quota('cpus:5', ''));
          allocator.setQuota('db', quota('cpus:5', ''));
        },
        [{ kind: 'headroom', name: 'cpus', held: 8000, roles: ['db', 'ops'] }],
      ],
      [
        'no demand fits: the nearest one',
        { a1: 'cpus:8;mem:64' },
        (allocator) =>
          allocator.setDemands(f('f1'), 'web', [
            demand('big', 'cpus:9;mem:128'),
            demand('small', 'cpus:1;mem:100'),
          ]),
        [{ kind: 'shortfall', demand: 'small', name: 'mem', needs: 100_000, free: 64_000 }],
      ],
      [
        'the limit leaves less than a demand needs, though enough for an offer',
        { a1: 'cpus:8' },
        (allocator) => {
          allocator.setQuota('web', quota('', 'cpus:2'));
          allocator.setDemands(f('f1'), 'web', [demand('big', 'cpus:3')]);
        },
        [{ kind: 'limit', role: 'web', name: 'cpus', limit: 2000, consumed: 0 }],
      ],
      [
        'it has refused, the last refusal counts',
        { a1: 'cpus:2' },
        (allocator) => {
          for (const until of [3000, 5000, 4000])
            allocator.decline(share('f1', 'web', 'a1', 'cpus:2'), until);
        },
        [{ kind: 'filter', until: 5000 }],
      ],
    ])('%s', (_, agents, change, gates) => {
      const allocator = allocatorWith(agents, { f1: ['web'] });
      change(allocator);
      const [first] = allocator.explain(0, { framework: f('f1') });
      expect(first?.gates).toEqual(gates);
    });

    it('is nothing where an offer would be made', () => {
      expect(reasons(allocatorWith({ a1: 'cpus:2' }, { f1: ['web'] }))).toEqual([]);
    });

    it('is told for the framework and the role that were asked for', () => {
      const allocator = allocatorWith({ a1: 'disk:2' }, { f1: ['web', 'db'], f2: ['web'] });
      const who = (of: Parameters<Allocator['explain']>[1]): string[] =>
        allocator
          .explain(0, of)
          .map(({ framework, role }) => `${framework} ${role}`)
          .sort();
      expect(who(undefined)).toEqual(['f1 db', 'f1 web', 'f2 web']);
      expect(who({ framework: f('f1') })).toEqual(['f1 db', 'f1 web']);
      expect(who({ role: 'web' })).toEqual(['f1 web', 'f2 web']);
      expect(who({ framework: f('f2'), role: 'db' })).toEqual([]);
    });
  });

  describe('what finds no room', () => {
    it('is told by demand, with what is free for it', () => {
      const allocator = allocatorWith({ a1: 'cpus:3', a2: 'cpus:5' }, { f1: ['web'] });
      allocator.setDemands(f('f1'), 'web', [demand('four', 'cpus:4', 3), demand('one', 'cpus:1', 8)]);
      expect(allocator.needs('web')).toEqual([
        {
          framework: 'f1',
          role: 'web',
          demand: demand('four', 'cpus:4', 3),
          count: 2,
          guaranteed: false,
          agents: [
            { agent: 'a1', free: { cpus: 3000 } },
            { agent: 'a2', free: { cpus: 5000 } },
          ],
        },
      ]);
    });

    it.each<[string, (allocator: Allocator) => void]>([
      ['a limit forbids it', (allocator) => allocator.setQuota('web', quota('', 'cpus:3'))],
      ['it wants no offers', (allocator) => allocator.suppress(f('f1'))],
      ['it is away', (allocator) => allocator.activateFramework(f('f1'), false)],
      ['room is made', (allocator) => allocator.recover(share('f1', 'web', 'a1', 'cpus:4'))],
    ])('is nothing if %s', (_, change) => {
      const allocator = allocatorWith({ a1: 'cpus:4' }, { f1: ['web'] });
      allocator.use(share('f1', 'web', 'a1', 'cpus:4'));
      allocator.setDemands(f('f1'), 'web', [demand('four', 'cpus:4')]);
      expect(allocator.needs('web')).toHaveLength(1);
      change(allocator);
      expect(allocator.needs('web')).toEqual([]);
    });

    it('is nothing if it is only refused, or free because it is reserved for the role', () => {
      const allocator = allocatorWith({ a1: 'cpus:1;cpus(web):4', a2: 'cpus:1' }, { f1: ['web'] });
      allocator.setQuota('db', quota('cpus:8', ''));
      allocator.setDemands(f('f1'), 'web', [demand('four', 'cpus:4')]);
      expect(allocator.needs('web')).toEqual([]);
      allocator.decline(share('f1', 'web', 'a1', 'cpus(web):4'), 1000);
      expect(allocator.needs('web')).toEqual([]);
    });

    it('is what is kept for others', () => {
      const allocator = allocatorWith({ a1: 'cpus:4' }, { f1: ['web'] });
      allocator.setQuota('db', quota('cpus:2', ''));
      allocator.setDemands(f('f1'), 'web', [demand('two', 'cpus:2', 2)]);
      expect(allocator.needs('web')).toMatchObject([{ count: 1 }]);
    });

    it('is what the guarantee covers, or what is beyond it', () => {
      const allocator = allocatorWith({ a1: 'cpus:6' }, { f1: ['web'] });
      allocator.use(share('f1', 'web', 'a1', 'cpus:6'));
      allocator.setQuota('web', quota('cpus:8', ''));
      allocator.setDemands(f('f1'), 'web', [demand('two', 'cpus:2'), demand('three', 'cpus:3')]);
      expect(allocator.needs('web').map(({ guaranteed }) => guaranteed)).toEqual([true, false]);
      expect(allocator.beyondGuarantee('web')).toEqual({ cpus: 0 });
      allocator.setQuota('web', quota('cpus:4', ''));
      expect(allocator.beyondGuarantee('web')).toEqual({ cpus: 2000 });
      expect(allocator.beyondGuarantee('db')).toEqual({});
    });
  });
});
