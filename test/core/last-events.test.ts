/** What is still known of the past while offers come by the hundred. */
import { expect, it } from 'vitest';
import type { Event, Numbered } from '../../src/core/events.ts';
import { lastEvents } from '../../src/core/last-events.ts';

const step = { type: 'offer.ended' } as Event;
const story = { type: 'job.removed' } as Event;
const numbered = (...events: Event[]): Numbered[] => events.map((event, i) => ({ seq: i + 1, event }));
const kept = (events: readonly Numbered[], most: number): number[] =>
  lastEvents(events, most).map(({ seq }) => seq);

it('a story outlives any number of steps that came after it', () => {
  const events = numbered(story, story, ...Array.from({ length: 500 }, () => step));
  expect(kept(events, 6)).toEqual([1, 2, 500, 501, 502]);
});

it('the newest are kept, in their order', () => {
  expect(kept(numbered(story, step, story, story, step), 4)).toEqual([2, 3, 4, 5]);
  expect(kept(numbered(story, story, story), 2)).toEqual([2, 3]);
  expect(kept(numbered(story, step), 9)).toEqual([1, 2]);
});
