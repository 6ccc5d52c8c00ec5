/** What a batch job publishes of its runs: how far the one under way is, how the last ones ended, when the next come. */
import { describe, expect, it } from 'vitest';
import { batch } from '../../plugins/batch/batch.ts';
import { BatchWorld } from '../support/batch-view.ts';

const NOON = Date.parse('2026-01-01T12:00:00Z');
const summaryOf = (world: BatchWorld) => batch.summary(world.view);

describe('the timetable of a batch job', () => {
  it('has the next five times, also with nothing run yet', () => {
    const world = new BatchWorld({ schedule: { cron: '0 * * * *' } }, NOON);
    world.settle();
    const { timetable, progress } = summaryOf(world);
    expect(timetable!.next.map((at) => new Date(at).getUTCHours())).toEqual([13, 14, 15, 16, 17]);
    expect(timetable).toMatchObject({ timezone: 'UTC', paused: false, runs: [] });
    expect(progress).toBeUndefined();
  });

  it('has none for what only comes by a word, but the runs that were', () => {
    const world = new BatchWorld({ count: 2 }, NOON);
    world.settle();
    expect(summaryOf(world).progress).toMatchObject({
      kind: 'run',
      what: 'run 1',
      done: 0,
      of: 2,
      held: undefined,
      verbs: ['cancel', 'pause'],
    });
    world.now += 7_000;
    for (const name of world.live()) world.ends(name);
    world.settle();
    const { timetable, progress } = summaryOf(world);
    expect(progress).toBeUndefined();
    expect(timetable).toMatchObject({
      next: [],
      timezone: undefined,
      runs: [{ run: 1, state: 'complete', at: NOON + 7_000, took: 7_000 }],
    });
  });
});
