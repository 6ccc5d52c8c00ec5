/** One line for what was done for a job, and why. */

import { clockTime } from './table/figures.ts';
import type { Lately } from './why.ts';

/** `12:03:59  web.2 FAILED: exited with code 1: 1 started (missing)` */
export const latelyText = ({ at, ...decision }: Lately): string =>
  `${clockTime(at)}  ${decision.cause}: ${doneText(decision)}`;

const PAST: Readonly<Record<string, string>> = { place: 'started', stop: 'stopped' };

/** `2 started (missing), 1 stopped (update), 3 still without a place` */
export function doneText({ counters, notes }: Pick<Lately, 'counters' | 'notes'>): string {
  const done = Object.entries(counters).map(([key, count]) => {
    const [what = '', ...why] = key.split(' ');
    return `${count} ${PAST[what] ?? what}${why.length > 0 ? ` (${why.join(' ')})` : ''}`;
  });
  return [...done, ...notes].join(', ') || 'nothing';
}
