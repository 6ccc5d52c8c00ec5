/**
 * The random histories are worth something: each kind of step changes an answer, each gate closes, rare
 * things happen.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Gate, Share } from '../../../src/core/allocator.ts';
import { matches } from './allocators.ts';
import { histories, type Step } from './history.ts';
import { PlainAllocator } from './plain-allocator.ts';
import { guaranteed } from './plain-quota.ts';
import { World } from './world.ts';

const HISTORIES = 100;
/** Each of these, so often at least. */
const OFTEN = 3;

const STEPS: readonly Exclude<Step['op'], 'convert'>[] = [
  'agent',
  'removeAgent',
  'activateAgent',
  'framework',
  'removeFramework',
  'activateFramework',
  'demands',
  'weight',
  'quota',
  'use',
  'giveBack',
  'suppress',
  'revive',
  'claim',
  'unclaim',
  'advance',
  'allocate',
];
const GATES: readonly Gate['kind'][] = [
  'disconnected',
  'suppressed',
  'inactive',
  'constraint',
  'filter',
  'limit',
  'headroom',
  'reserved',
  'claimed',
  'minimum',
  'shortfall',
];
const IN_OFFERS: Readonly<Record<string, (offer: Share, world: World) => boolean>> = {
  'a shared volume': ({ resources }) => resources.some((r) => r.shared),
  'a whole disk': ({ resources }) => resources.some((r) => r.disk?.source?.kind === 'mount'),
  'something revocable': ({ resources }) => resources.some((r) => r.revocable),
  'several layers': ({ resources }) => resources.some((r) => (r.reservations?.length ?? 0) > 1),
  'a guarantee': ({ role }, { books }) => guaranteed(books, role, 'cpus') > 0,
};
const IN_WORLD = [
  'over-allocated',
  'something converted',
  'gave all back',
  'gave half back',
  'gave twice back',
];

it('every step matters, every gate closes, and everything is offered now and then', () => {
  const seen = new Map<string, number>();
  const note = (what: string, times = 1): void => {
    seen.set(what, (seen.get(what) ?? 0) + times);
  };
  for (const steps of fc.sample(histories(), { numRuns: HISTORIES, seed: 1 })) {
    const allocator = new PlainAllocator({ matches });
    const world = new World(allocator);
    let before = '';
    for (const step of steps) {
      for (const { offers } of world.play(step)) {
        for (const offer of offers)
          for (const [what, is] of Object.entries(IN_OFFERS)) if (is(offer, world)) note(what);
        world.hold(offers);
      }
      const refusals = allocator.explain(world.now);
      for (const { gates } of refusals) for (const { kind } of gates) note(kind);
      const answers = JSON.stringify([allocator.order(), allocator.consumption(), refusals]);
      if (answers !== before) note(step.op);
      before = answers;
    }
    for (const [what, times] of world.happened) note(what, times);
  }
  const all = [...STEPS, ...GATES, ...Object.keys(IN_OFFERS), ...IN_WORLD];
  expect(all.filter((what) => (seen.get(what) ?? 0) < OFTEN)).toEqual([]);
});
