/**
 * Time that stands still until a test advances it. Timers run in the order of their time, then of their making, and
 * `now()` during a timer is that timer's time: what a test sees does not depend on the machine.
 */
import type { Clock, Timer } from '../../src/core/clock.ts';

interface Due {
  readonly at: number;
  readonly order: number;
  run: () => void;
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

const nothing = (): void => {};

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function virtualClock(start = 0): VirtualClock {
  const agenda = new Agenda();
  const live = new Set<Due>();
  let now = start;
  let made = 0;

  /** The next timer due by `until`, with the clock set to its time. */
  const next = (until: number): Due | undefined => {
    for (;;) {
      const first = agenda.first;
      if (first === undefined || first.at > until) return undefined;
      agenda.take();
      if (!live.delete(first)) continue;
      now = first.at;
      return first;
    }
  };

  return {
    now: () => now,
    after(ms, run): Timer {
      const due = { at: now + Math.max(0, ms), order: made++, run };
      live.add(due);
      agenda.add(due);
      return {
        cancel() {
          live.delete(due);
          due.run = nothing; // it may stand here for long, and holds on to whatever it would have run on
        },
      };
    },
    async advance(ms) {
      const until = now + ms;
      await settle();
      for (let due = next(until); due !== undefined; due = next(until)) {
        due.run();
        await settle();
      }
      now = until;
    },
    advanceSync(ms) {
      const until = now + ms;
      for (let due = next(until); due !== undefined; due = next(until)) due.run();
      now = until;
    },
    get pending() {
      return live.size;
    },
  };
}
