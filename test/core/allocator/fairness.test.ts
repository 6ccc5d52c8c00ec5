/**
 * In the long run shares are as the weights say. Whoever came first holds everything; then all give back half
 * of what they hold, again and again, and the lowest share is served first, one small agent at a time.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Allocator, Share } from '../../../src/core/allocator.ts';
import type { Quantities } from '../../../src/core/quantities.ts';
import { type Resources, scalar, subtract } from '../../../src/core/resources.ts';
import { parseResources } from '../../../src/core/resources-text.ts';
import type { AgentId, FrameworkId } from '../../../src/core/task.ts';
import { ALLOCATORS, type MakeAllocator } from './allocators.ts';
import { runs } from './runs.ts';

const ROUNDS = 8;

interface Member {
  readonly framework: FrameworkId;
  readonly role: string;
}

/** @returns how many agents each of them holds in the end */
function settle(allocator: Allocator, agents: number, members: readonly Member[]): number[] {
  for (let i = 0; i < agents; i++)
    allocator.setAgent(`a${String(i).padStart(3, '0')}` as AgentId, parseResources('cpus:1;mem:128'));
  let held: Share[] = [];
  for (const { framework, role } of members) {
    allocator.setFramework(framework, [role]);
    held = [...held, ...allocator.allocate(0).offers];
  }
  for (let round = 0; round < ROUNDS; round++) {
    const kept = members.flatMap((one) => {
      const own = held.filter(({ framework }) => framework === one.framework);
      for (const share of own.slice(Math.floor(own.length / 2))) allocator.recover(share);
      return own.slice(0, Math.floor(own.length / 2));
    });
    held = [...kept, ...allocator.allocate(0).offers];
  }
  return members.map((one) => held.filter(({ framework }) => framework === one.framework).length);
}

const toResources = ({ cpus, mem }: Quantities): Resources =>
  parseResources(`cpus:${cpus! / 1000};mem:${mem! / 1000}`);

const member = (role: string, index: number): Member => ({ framework: `f${index}` as FrameworkId, role });

/**
 * Of n agents a role with weight w of W gets n·w/W, at most one more, and at most w/W less for each of the k
 * roles: nobody is served while another's share is lower, and shares go up by 1/w at a time.
 */
function holdsByWeight(
  make: MakeAllocator,
  agents: number,
  weights: readonly number[],
  pathOf: (i: number) => string,
) {
  const allocator = make();
  weights.forEach((weight, i) => {
    allocator.setWeight(pathOf(i), weight);
  });
  const counts = settle(
    allocator,
    agents,
    weights.map((_, i) => member(pathOf(i), i)),
  );
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(agents);
  for (const [i, weight] of weights.entries()) {
    expect(counts[i]).toBeLessThanOrEqual((agents * weight) / all + 1);
    expect(counts[i]).toBeGreaterThanOrEqual(((agents - weights.length) * weight) / all);
  }
}

describe.each(ALLOCATORS)('%s', (_, make) => {
  const weights = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 4 });
  const agents = fc.integer({ min: 4, max: 24 });

  it('roles come to shares in proportion to their weights', () => {
    fc.assert(
      fc.property(agents, weights, (n, some) => holdsByWeight(make, n, some, (i) => `r${i}`)),
      runs(30),
    );
  });

  it('so do the roles below one', () => {
    fc.assert(
      fc.property(agents, weights, (n, some) => holdsByWeight(make, n, some, (i) => `top/r${i}`)),
      runs(30),
    );
  });

  it('the frameworks of one role come to equal shares', () => {
    fc.assert(
      fc.property(agents, fc.integer({ min: 2, max: 4 }), (n, frameworks) => {
        const counts = settle(
          make(),
          n,
          Array.from({ length: frameworks }, (_, i) => member('r', i)),
        );
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
      runs(30),
    );
  });

  it('a random order of the agents changes who gets which, not how many', () => {
    let seed = 1;
    const random = (): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    expect(settle(make({ random }), 12, [member('r0', 0), member('r1', 1)])).toEqual([6, 6]);
    const orders = Array.from({ length: 5 }, () => {
      const allocator = make({ random });
      allocator.setFramework('f' as FrameworkId, ['r']);
      for (const id of ['a1', 'a2', 'a3', 'a4']) allocator.setAgent(id as AgentId, parseResources('cpus:1'));
      return allocator
        .allocate(0)
        .offers.map(({ agent }) => agent)
        .join(' ');
    });
    expect(new Set(orders).size).toBeGreaterThan(1);
  });

  it('tasks that come and go keep their share beside tasks that stay', () => {
    const allocator = make();
    const [long, short] = [member('long', 0), member('short', 1)];
    const needs = { [long.role]: { cpus: 500, mem: 16_000 }, [short.role]: { cpus: 100, mem: 4_000 } };
    allocator.setWeight(long.role, 2);
    allocator.setAgent('a' as AgentId, parseResources('cpus:6;mem:16384'));
    const join = ({ framework, role }: Member): void => {
      allocator.setFramework(framework, [role]);
      allocator.setDemands(framework, role, [{ name: role, needs: needs[role]!, count: 500 }]);
    };
    const held = new Map([long, short].map(({ role }) => [role, 0]));
    const one = (who: Member): Share => ({
      ...who,
      agent: 'a' as AgentId,
      resources: toResources(needs[who.role]!),
    });
    /** Takes of an offer what it can use, and gives the rest back. */
    const answer = (offer: Share): void => {
      const each = needs[offer.role]!;
      const times = Math.floor(
        Math.min(...Object.entries(each).map(([name, n]) => scalar(offer.resources, name) / n)),
      );
      let rest = offer.resources;
      for (let i = 0; i < times; i++) rest = subtract(rest, toResources(each));
      held.set(offer.role, held.get(offer.role)! + times);
      allocator.answered(offer.framework, offer.role, offer.agent);
      if (times > 0) allocator.recover({ ...offer, resources: rest });
      else allocator.decline({ ...offer, resources: rest }, now + 5);
    };
    let now = 0;
    join(short);
    for (const offer of allocator.allocate(now).offers) answer(offer);
    join(long);
    let out: readonly Share[] = [];
    for (; now < 1000; now++) {
      // The next tasks end while the last offer is on its way.
      for (let i = 0; i < 3 && held.get('short')! > 0; i++) {
        held.set('short', held.get('short')! - 1);
        allocator.recover(one(short));
      }
      const { offers } = allocator.allocate(now);
      for (const offer of out) answer(offer);
      out = offers;
    }
    // Six cpus by two to one: no more than one task of either beside that.
    expect(held.get('long')! * 0.5).toBeLessThanOrEqual(4.5);
    expect(held.get('short')! * 0.1).toBeGreaterThanOrEqual(1.3);
  });
});
