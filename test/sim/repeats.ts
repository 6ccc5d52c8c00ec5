/**
 * Sees all that arrives, and lets some of it arrive twice. A connection never repeats a message, but a sender may, and
 * these are the messages of which the protocol says that it bears that: statuses and their acknowledgements at any time,
 * and the orders that name a task, right after themselves.
 */
import type { Clock } from '../../src/core/clock.ts';
import type { Frames, Transport } from '../../src/wire/transport.ts';
import type { Chance } from './chance.ts';
import type { Trace } from './trace.ts';

export interface Repeats {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly weather: { readonly repeats: number };
  readonly trace: Trace;
  /** Of whoever listens to what this host hears and says. */
  readonly heard: (host: string, frames: Frames) => void;
  readonly said: (host: string, frames: Frames) => void;
}

const LATE = /^\u0001\{"t":"(?:status|status\.ack|acknowledge|reconcile)"/;
const AT_ONCE = /^\u0001\{"t":"(?:kill|launch)"/;
/** A repeated status comes so much later (ms), at most. */
const LATER = 3_000;

/** @param host of whoever uses this transport */
export function repeating(transport: Transport, host: string, options: Repeats): Transport {
  const { clock, chance, weather, trace, heard, said } = options;

  const again = (frames: Frames, deliver: () => void): void => {
    if (weather.repeats === 0 || !chance.happens(weather.repeats)) return;
    const start = Buffer.from(frames[0] ?? []).toString('latin1', 0, 32);
    if (AT_ONCE.test(start)) deliver();
    else if (LATE.test(start)) clock.after(LATER * chance.next(), deliver);
  };

  return {
    listen: (options) => {
      const { handlers } = options;
      const message = (peer: string, frames: Frames): void => {
        trace.message(peer.slice(0, 4), host, frames);
        handlers.message(peer, frames);
        again(frames, () => handlers.message(peer, frames));
      };
      return transport.listen({ ...options, handlers: { ...handlers, message } });
    },
    dial: (options) => {
      const { handlers } = options;
      const message = (frames: Frames): void => {
        trace.message('master', host, frames);
        heard(host, frames);
        handlers.message(frames);
        again(frames, () => handlers.message(frames));
      };
      const dialer = transport.dial({ ...options, handlers: { ...handlers, message } });
      return {
        get id() {
          return dialer.id;
        },
        send(frames) {
          said(host, frames);
          return dialer.send(frames);
        },
        redial: (...to) => dialer.redial(...to),
        close: () => dialer.close(),
      };
    },
  };
}
