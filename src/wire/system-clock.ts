/**
 * The machine's clock. Its timers never keep a process alive, and may be longer than the 2^31-1 ms that setTimeout
 * holds (it would fire at once): a long wait is a chain of shorter ones.
 */
import type { Clock, Timer } from '../core/clock.ts';

const LONGEST = 2 ** 31 - 1;

function after(ms: number, run: () => void): Timer {
  let handle: NodeJS.Timeout;
  const wait = (left: number): void => {
    const step = Math.min(left, LONGEST);
    handle = setTimeout(() => (left > step ? wait(left - step) : run()), step);
    handle.unref();
  };
  wait(ms);
  return { cancel: () => clearTimeout(handle) };
}

export const systemClock: Clock = { now: () => Date.now(), after };

/** For how long something may go on: its `now` begins anywhere, nobody can set it, and it goes on while we are stopped. */
export const monotonicClock: Clock = { now: () => performance.now(), after };
