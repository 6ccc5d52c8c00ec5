/**
 * Which events are kept in memory, by the master and by each client. Offers come and go by the hundred for one story that a
 * person asks for: steps on the way have at most half of the room, or a busy job would push everybody else's story out.
 */
import type { Event, Numbered } from './events.ts';

/** What belongs to the way to something that is told as well. */
const STEPS: ReadonlySet<Event['type']> = new Set([
  'agent.usage',
  'offer.made',
  'offer.ended',
  'framework.suppressed',
  'task.closed',
]);

/** Where there is little room it is left out. */
export const isStep = (event: Event): boolean => STEPS.has(event.type);

/** The newest `most` of them, in their order; of steps no more than half as many. */
export function lastEvents(events: readonly Numbered[], most: number): Numbered[] {
  const kept: Numbered[] = [];
  let steps = 0;
  for (let i = events.length - 1; i >= 0 && kept.length < most; i--) {
    const one = events[i]!;
    if (isStep(one.event) && ++steps > most / 2) continue;
    kept.push(one);
  }
  return kept.reverse();
}
