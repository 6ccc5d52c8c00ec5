/**
 * Time for measuring: it passes as the processor works, and jumps over waiting. What takes a second of work takes a
 * second here, so heartbeats are missed and handshakes time out as they would beside a busy master; what only waits
 * takes nothing, nor does what would run on other machines (`elsewhere`). Not the same in each run, by its nature: for
 * figures, never for finding defects.
 */
import type { Clock } from '../../src/core/clock.ts';
import type { Transport } from '../../src/wire/transport.ts';
import { virtualClock } from '../support/virtual-clock.ts';

export interface FlowingClock extends Clock {
  /** The same clock on another machine: what its timers run takes no time here. */
  readonly elsewhere: Clock;
  /** A transport of another machine. */
  transportElsewhere(transport: Transport): Transport;
  /**
   * Lets time pass until it is so, seen after each moment's work.
   * @throws Error when it is not so after `limit` ms of this clock
   */
  until(isSo: () => boolean, what: string, limit?: number): Promise<void>;
}

/** Milliseconds that this thread has worked: what else runs on the machine does not count. */
const busy = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function flowingClock(start = 1_000_000): FlowingClock {
  const { now, after, advanceSync } = virtualClock(start);
  /** Milliseconds of work that was not ours. */
  let others = 0;

  const aside =
    <A extends unknown[]>(run: (...given: A) => void) =>
    (...given: A): void => {
      const began = busy();
      try {
        run(...given);
      } finally {
        others += busy() - began;
      }
    };

  return {
    now,
    after,
    elsewhere: { now, after: (ms, run) => after(ms, aside(run)) },
    transportElsewhere: ({ listen, dial }) => ({
      listen,
      dial: ({ handlers: { up, down, message }, ...options }) =>
        dial({ ...options, handlers: { up: aside(up), down: aside(down), message: aside(message) } }),
    }),
    async until(isSo, what, limit = 600_000) {
      const deadline = now() + limit;
      let seen = busy() - others;
      while (!isSo()) {
        if (now() > deadline) throw new Error(`not within ${limit / 1000} s: ${what}`);
        await settle(); // promises, and disks
        const worked = Math.max(0, Math.floor(busy() - others - seen));
        seen += worked;
        advanceSync(Math.max(1, worked));
      }
    },
  };
}
