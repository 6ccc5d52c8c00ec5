/**
 * Time that stands still until a test advances it. Timers run in the order of their time, then of their making, and
 * `now()` during a timer is that timer's time: what a test sees does not depend on the machine.
 */
import type { Clock, Timer } from '../../src/core/clock.ts';

interface Due {
  readonly at: number;
  readonly order: number;
  /** Undefined: it has been cancelled. It may stand here for long, and must not hold on to what it would have run on. */
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

/** A binary heap: the simulator keeps tens of thousands of timers. A cancelled one is dropped when its turn comes. */
class Agenda {
  readonly #heap: Due[] = [];

  get first(): Due | undefined {
    return this.#heap[0];
  }

  add(due: Due): void {
    const heap = this.#heap;
    let at = heap.push(due) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up] as Due;
      if (!earlier(due, parent)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = due;
  }

  take(): Due | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && earlier(heap[child + 1] as Due, heap[child] as Due)) child++;
      if (!earlier(heap[child] as Due, last)) break;
      heap[at] = heap[child] as Due;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}

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
  const agenda = new Agenda();
  let pending = 0;
  let now = start;
  let made = 0;

  /** Runs the next timer that is due by `until`, at its time. False: there is none. */
  const runNext = (until: number): boolean => {
    for (;;) {
      const first = agenda.first;
      if (first === undefined || first.at > until) return false;
      agenda.take();
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
      agenda.add(due);
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
