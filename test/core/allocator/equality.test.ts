/**
 * The allocator that runs in the master is the plain one, only faster: over any history it makes the same
 * offers, and gives the same answers.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HierarchicalAllocator } from '../../../src/core/allocator/hierarchical-allocator.ts';
import type { Allocation, Allocator } from '../../../src/core/allocator.ts';
import type { Quantities } from '../../../src/core/quantities.ts';
import { formatResources } from '../../../src/core/resources-text.ts';
import { matches } from './allocators.ts';
import { histories, ROLES, type Step } from './history.ts';
import { PlainAllocator } from './plain-allocator.ts';
import { runs } from './runs.ts';
import { World } from './world.ts';

/** Offers are a set. */
const said = ({ offers, nextFilterEnd }: Allocation): object => ({
  offers: offers
    .map(
      ({ framework, role, agent, resources }) =>
        `${framework} ${role} ${agent} ${formatResources(resources)}`,
    )
    .sort(),
  nextFilterEnd,
});

const answers = (allocator: Allocator, now: number): object => ({
  order: allocator.order(),
  consumption: allocator
    .consumption()
    .map((one) => ({ ...one, consumed: some(one.consumed) }))
    .sort((a, b) => (a.role < b.role ? -1 : 1)),
  roles: ROLES.map((role) => ({
    beyond: allocator.beyondGuarantee(role),
    needs: allocator.needs(role).map((need) => ({
      ...need,
      agents: need.agents.map(({ agent, free }) => ({ agent, free: some(free) })),
    })),
  })),
  refusals: allocator
    .explain(now)
    .map(({ framework, role, agent, gates }) => ({ who: `${framework} ${role} ${agent ?? ''}`, gates }))
    .sort((a, b) => (a.who < b.who ? -1 : 1)),
});

/** Nothing of a name, and no word of it, are the same. */
const some = (amounts: Quantities): Quantities =>
  Object.fromEntries(Object.entries(amounts).filter(([, amount]) => amount > 0));

function compare(steps: readonly Step[]): void {
  const plain = new PlainAllocator({ matches });
  const fast = new HierarchicalAllocator({ matches });
  const world = new World(plain, fast);
  for (const [index, step] of steps.entries()) {
    const [expected, got] = world.play(step);
    if (expected && got) {
      expect(said(got), `step ${index + 1}`).toEqual(said(expected));
      world.hold(expected.offers);
    }
    expect(answers(fast, world.now), `after step ${index + 1} (${step.op})`).toEqual(
      answers(plain, world.now),
    );
  }
}

describe('HierarchicalAllocator', () => {
  it('answers as PlainAllocator does, over any history', () => {
    fc.assert(fc.property(histories(), compare), runs(200));
  });
});
