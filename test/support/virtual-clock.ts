/**
 * Time that stands still until a test advances it. Timers run in the order of their time, then of their making, and
 * `now()` during a timer is that timer's time: what a test sees does not depend on the machine.
 */
import type { Clock, Timer } from '../../src/core/clock.ts';
import { Heap } from '../../src/core/heap.ts';

interface Due {
  readonly at: number;
  readonly order: number;
  /** Undefined: cancelled, and dropped when its turn comes. Until then it must not hold on to what it would have run on. */
  run: (() => void) | undefined;
}

export interface VirtualClock extends Clock {
  /** Lets promises settle after each timer, before the next one. */
  advance(ms: number): Promise<void>;
  /** As `advance` for code without promises: much faster. */
  advanceSync(ms: number): void;
  /** Timers that wait. */
  readonly pending: number;
}

const earlier = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** So many are asked for at a time: a turn of the event loop for each would cost more than most timers do. */
const STEPS = 64;

/** Again and again until it says that it is done; before each of them all promises settle that can. */
function inSteps(step: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let isDone = false;
    const one = (left: number): void => {
      if (isDone) return;
      try {
        isDone = step();
      } catch (error) {
        isDone = true;
        return reject(error);
      }
      if (isDone) resolve();
      else if (left === 0) ask();
    };
    const ask = (): void => {
      for (let left = STEPS - 1; left >= 0; left--) setImmediate(one, left);
    };
    ask();
  });
}

export function virtualClock(start = 0): VirtualClock {
  const agenda = new Heap<Due>(earlier);
  let pending = 0;
  let now = start;
  let made = 0;

  /** Runs the next timer that is due by `until`, at its time. False: there is none. */
  const runNext = (until: number): boolean => {
    for (;;) {
      const first = agenda.first;
      if (first === undefined || first.at > until) return false;
      agenda.pop();
      const { run } = first;
      if (run === undefined) continue;
      first.run = undefined;
      pending -= 1;
      now = first.at;
      run();
      return true;
    }
  };

  return {
    now: () => now,
    after(ms, run): Timer {
      const due: Due = { at: now + Math.max(0, ms), order: made++, run };
      pending += 1;
      agenda.push(due);
      return {
        cancel() {
          if (due.run === undefined) return;
          due.run = undefined;
          pending -= 1;
        },
      };
    },
    async advance(ms) {
      const until = now + ms;
      await inSteps(() => !runNext(until));
      now = until;
    },
    advanceSync(ms) {
      const until = now + ms;
      while (runNext(until));
      now = until;
    },
    get pending() {
      return pending;
    },
  };
}
