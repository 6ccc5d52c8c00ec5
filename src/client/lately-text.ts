/** One line for what was done for a job, and why. */
import type { Lately } from './commands.ts';
import { clockTime } from './table/figures.ts';

/** `12:03:59  web.2 FAILED: exited with code 1: place missing 1` */
export function latelyText({ at, cause, counters, notes }: Lately): string {
  const done = Object.entries(counters).map(([what, count]) => `${what} ${count}`);
  return `${clockTime(at)}  ${cause}: ${[...done, ...notes].join(', ')}`;
}
