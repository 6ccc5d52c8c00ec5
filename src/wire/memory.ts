/**
 * The transport inside one process, for tests and the simulator: no sockets, no keys at work, time and chance as
 * arguments, so that a seed reproduces a run. It behaves like zeromq.ts where its users can tell, and can be broken on
 * purpose. A connection is TCP-like: it delivers in order, or it breaks; it never reorders, repeats or skips.
 */
import type { Clock, Random, Timer } from '../core/clock.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import { checkKeys, checkSize, endpointToListen, parseEndpoint, sizeOf } from './endpoint.ts';
import {
  type Dialer,
  type DialOptions,
  type DownReason,
  type Frames,
  type Listener,
  type ListenOptions,
  MAX_MESSAGE,
  MAX_QUEUED,
  type PeerId,
  type Transport,
} from './transport.ts';

export interface MemoryNetworkOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Milliseconds that one message takes, between the host that dials and the one that listens. @default 0 or 1, by chance */
  readonly delay?: (from: string, to: string) => number;
  /** Milliseconds until a silent host counts as unreachable. @default 5000 */
  readonly patience?: number;
}

/** A host name, an address as bound (`tcp://host:port`), a dialler's id, or a pair of hosts (`pairOf`). */
export type Target = string;

/** Only the connections that one host has dialled to another. */
export const pairOf = (from: string, to: string): Target => `${from}>${to}`;

export interface MemoryNetwork {
  /** @param host where its listeners are found, and where its dialers come from. @default 127.0.0.1 */
  transport(host?: string): Transport;
  /** Connections of the target break, both sides notice, and none comes about until `heal`. */
  cut(target: Target): void;
  /**
   * As if the cable were pulled: nothing arrives, nobody is told, and what is sent waits for `heal`.
   * @param only in this direction; a connection comes about only where both are free
   */
  stall(target: Target, only?: Direction): void;
  /** The chance, per message and direction, that the connection breaks at it. Lasts until `heal`. */
  lossy(target: Target, chance: { readonly toListener?: number; readonly toDialer?: number }): void;
  /** Ends every fault of a target, or of all. */
  heal(target?: Target): void;
}

export type Direction = 'toListener' | 'toDialer';

interface Link {
  readonly id: PeerId;
  /** Everything by which a fault can name it. */
  readonly names: readonly Target[];
  readonly travel: () => number;
  readonly waiting: Record<Direction, Frames[]>;
  readonly deliver: Record<Direction, (frames: Frames) => void>;
  readonly lost: () => void;
  open: boolean;
  /** Its dialler has given it up, which the listener cannot know while nothing arrives. */
  dropped: boolean;
}

interface Bound {
  readonly options: ListenOptions;
  readonly links: Map<PeerId, Link>;
}

interface Fault {
  readonly kind: 'cut' | 'stall' | 'lossy';
  readonly chance: Partial<Record<Direction, number>>;
  /** Absent: in both. */
  readonly only?: Direction | undefined;
}

const FIRST_FREE_PORT = 20_000;

export function memoryNetwork({
  clock,
  random,
  delay,
  patience = 5000,
}: MemoryNetworkOptions): MemoryNetwork {
  const bound = new Map<string, Bound>();
  const links = new Set<Link>();
  const faults = new Map<Target, Fault[]>();
  const travel = delay ?? (() => (random() < 0.5 ? 0 : 1));
  let freePort = FIRST_FREE_PORT;

  const faultOf = (
    names: readonly Target[],
    kind: Fault['kind'],
    direction?: Direction,
  ): Fault | undefined => {
    if (faults.size === 0) return undefined;
    const isMeant = ({ kind: its, only }: Fault): boolean =>
      its === kind && (only === undefined || direction === undefined || only === direction);
    return names.flatMap((name) => faults.get(name) ?? []).find(isMeant);
  };

  const add = (target: Target, fault: Fault): void => {
    const { kind, only } = fault;
    const others = (faults.get(target) ?? []).filter((other) => other.kind !== kind || other.only !== only);
    faults.set(target, [...others, fault]);
  };

  const end = (link: Link): void => {
    link.open = false;
    links.delete(link);
    for (const { links: known } of bound.values()) if (known.get(link.id) === link) known.delete(link.id);
  };

  const breakOff = (link: Link): void => {
    if (!link.open) return;
    end(link);
    clock.after(link.travel(), link.lost);
  };

  /** A timer for each message, but each takes the oldest one: order does not hang on the clock. */
  const carry = (link: Link, direction: Direction): void => {
    clock.after(link.travel(), () => {
      if (!link.open || faultOf(link.names, 'stall', direction) !== undefined) return;
      const frames = link.waiting[direction].shift();
      if (frames !== undefined) link.deliver[direction](frames);
    });
  };

  const transmit = (link: Link, direction: Direction, frames: Frames): boolean => {
    if (!link.open) return true; // Taken over by another with the same id: as with ZeroMQ, nobody tells it.
    const waiting = link.waiting[direction];
    if (waiting.length >= MAX_QUEUED) return false;
    if (random() < (faultOf(link.names, 'lossy')?.chance[direction] ?? 0)) {
      breakOff(link);
      return true;
    }
    waiting.push(frames);
    carry(link, direction);
    return true;
  };

  const listen = async (host: string, options: ListenOptions): Promise<Listener> => {
    checkKeys(options.keys.publicKey, options.keys.secretKey);
    const { host: name, port } = endpointToListen(options.address);
    const address = `tcp://${name === '*' ? host : name}:${port === 0 ? freePort++ : port}`;
    if (bound.has(address)) {
      throw new TenderError('wire.address', { address: options.address, cause: 'Address already in use' });
    }
    const here: Bound = { options, links: new Map() };
    bound.set(address, here);
    return {
      address,
      send(peer, frames) {
        checkSize(frames);
        const link = here.links.get(peer);
        if (link !== undefined && transmit(link, 'toDialer', frames)) return;
        const why = link === undefined ? 'gone' : 'full';
        clock.after(0, () => {
          if (bound.get(address) === here) options.handlers.undelivered(peer, why);
        });
      },
      async close() {
        if (bound.get(address) !== here) return;
        bound.delete(address);
        for (const link of here.links.values()) breakOff(link);
      },
    };
  };

  /** What the listener says to a dialler that has reached it. */
  const knock = (to: Bound, options: DialOptions, from: string): DownReason | undefined => {
    const { admit, handlers, keys } = to.options;
    if (keys.publicKey !== options.serverKey) {
      handlers.refused('', 'it expects another server key');
      return 'wrong_master';
    }
    let why = 'its key is not admitted';
    try {
      if (admit(options.keys.publicKey, from)) return undefined;
    } catch (error) {
      why = `its key could not be checked: ${causeOf(error)}`;
    }
    handlers.refused(from, why);
    return 'refused';
  };

  const dial = (host: string, options: DialOptions): Dialer => {
    checkKeys(options.keys.publicKey, options.keys.secretKey, options.serverKey);
    const id = Array.from({ length: 16 }, () =>
      Math.floor(random() * 256)
        .toString(16)
        .padStart(2, '0'),
    ).join('');
    let address = options.address;
    let server = '';
    let names: readonly Target[] = [];
    const aimAt = (to: string): void => {
      address = to;
      server = parseEndpoint(to)?.host ?? '';
      names = [id, host, to, server, pairOf(host, server)];
    };
    aimAt(address);
    let link: Link | undefined;
    let dialling: Timer | undefined;
    let closed = false;

    const down = (reason: DownReason): void => {
      link = undefined;
      dialling = undefined;
      options.handlers.down(reason);
    };

    /** Why nobody is reached, or whom. */
    const seek = (): DownReason | Bound => {
      const to = bound.get(address);
      if (to === undefined || faultOf(names, 'cut') !== undefined) return 'unreachable';
      return knock(to, options, host) ?? to;
    };

    const arrive = (): void => {
      const to = seek();
      if (typeof to === 'string') {
        down(to);
        return;
      }
      const reached = server;
      const made: Link = {
        id,
        names,
        travel: () => travel(host, reached),
        waiting: { toListener: [], toDialer: [] },
        deliver: {
          toListener: (frames) => {
            if (sizeOf(frames) > (to.options.maxMessage ?? MAX_MESSAGE)) breakOff(made);
            else to.options.handlers.message(id, frames);
          },
          toDialer: (frames) => {
            if (link === made) options.handlers.message(frames);
          },
        },
        lost: () => {
          if (link === made) down('lost');
        },
        open: true,
        dropped: false,
      };
      const former = to.links.get(id);
      if (former !== undefined) end(former);
      to.links.set(id, made);
      links.add(made);
      link = made;
      dialling = undefined;
      options.handlers.up();
    };

    const start = (atMost = patience): void => {
      const silent = faultOf(names, 'stall') !== undefined;
      dialling = clock.after(silent ? atMost : travel(host, server), () =>
        silent ? down('unreachable') : arrive(),
      );
    };

    /** Our side forgets at once; a listener behind a stalled network learns of it when that heals, or by handover. */
    const drop = (): void => {
      dialling?.cancel();
      if (link !== undefined) {
        link.dropped = true;
        if (faultOf(names, 'stall') === undefined) end(link);
      }
      link = undefined;
    };

    start(options.patience);
    return {
      id,
      send(frames) {
        checkSize(frames);
        return link !== undefined && transmit(link, 'toListener', frames);
      },
      redial(elsewhere = address, atMost = patience) {
        if (closed || dialling !== undefined) return;
        drop();
        aimAt(elsewhere);
        start(atMost);
      },
      async close() {
        closed = true;
        drop();
      },
    };
  };

  return {
    transport: (host = '127.0.0.1') => ({
      listen: (options) => listen(host, options),
      dial: (options) => dial(host, options),
    }),
    cut(target) {
      add(target, { kind: 'cut', chance: {} });
      for (const link of [...links]) if (link.names.includes(target)) breakOff(link);
    },
    stall: (target, only) => add(target, { kind: 'stall', chance: {}, only }),
    lossy: (target, chance) => add(target, { kind: 'lossy', chance }),
    heal(target) {
      if (target === undefined) faults.clear();
      else faults.delete(target);
      for (const link of [...links]) {
        if (link.dropped && faultOf(link.names, 'stall') === undefined) end(link);
        for (const direction of ['toListener', 'toDialer'] as const) {
          if (faultOf(link.names, 'stall', direction) !== undefined) continue;
          for (let left = link.waiting[direction].length; left > 0; left--) carry(link, direction);
        }
      }
    },
  };
}
