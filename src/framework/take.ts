/** What one instance takes of a site: its ports, its volume, and of the rest what is reserved before what is not. */
import type { Random } from '../core/clock.ts';
import { quantitiesOf } from '../core/quantities.ts';
import {
  add,
  canonical,
  countRanges,
  cutRanges,
  joinRanges,
  NOTHING,
  type Range,
  type Resource,
  type Resources,
  rangesOf,
  shrink,
  subtract,
} from '../core/resources.ts';
import type { Spot } from './filters.ts';
import { furnish, giveUp, type Home, moveIn, nearness, openAt, partsOfHome } from './home.ts';
import type { AcceptOperation } from './operations.ts';
import type { Wanted } from './wanted.ts';

export interface Share {
  readonly hostPorts: Readonly<Record<string, number>>;
  /** The demand, the ports and the volume, and which of it is reserved. */
  readonly resources: Resources;
  /** In the same accept, before the launch: what makes its home, or gives it up. */
  readonly before: readonly AcceptOperation[];
  /** What is left of the site. */
  readonly free: Resources;
  readonly kept: Resources;
}

/** Ports for any use are taken from here on, where there are some: lower ones are for jobs that name theirs. */
const DYNAMIC = 31_000;

/** @param spot where it fits */
export function take(wanted: Wanted, spot: Spot, random: Random): Share {
  const { home, act = 'launch' } = wanted;
  if (!home || act === 'visit') return takeOpen(wanted, spot, random);
  if (act === 'release') return { ...NO_SHARE, before: giveUp(home, spot), ...withoutHome(spot, home) };
  return takeHome(wanted, home, spot, random);
}

const NO_SHARE = { hostPorts: {}, resources: NOTHING, before: [] } as const;

function takeOpen({ demand, ports, home }: Wanted, spot: Spot, random: Random): Share {
  const open = openAt(home, spot);
  const hostPorts = portsOf(ports, open, random);
  const resources = taken(open, demand, Object.values(hostPorts));
  return { hostPorts, resources, before: [], ...withoutThese(spot, resources) };
}

/** All of its home, on the way in or to be there later. */
function takeHome({ demand, ports }: Wanted, home: Home, spot: Spot, random: Random): Share {
  const moving = moveIn(home, spot)!;
  const open = subtract(openAt(home, spot), moving.takes);
  const hostPorts = portsOf(ports, open, random);
  const resources = taken(open, demand, Object.values(hostPorts));
  const spare = taken(subtract(open, resources), home.spare ?? NOTHING, []);
  const left = withoutThese(spot, [resources, spare, moving.takes].reduce(add));
  return {
    hostPorts,
    ...furnish(home, spot, { taken: resources, spare, moving }),
    ...withoutHome({ ...spot, ...left }, home),
  };
}

type Left = Pick<Share, 'free' | 'kept'>;

const withoutThese = ({ free, kept }: Spot, resources: Resources): Left => ({
  free: subtract(free, resources),
  kept: subtract(kept, resources),
});

const withoutHome = ({ free, kept }: Left, home: Home): Left => ({
  free,
  kept: subtract(kept, partsOfHome(kept, home)),
});

/** Any free port by chance: one that a foreign program has taken is not tried again and again. */
function portsOf(wanted: Wanted['ports'], free: Resources, random: Random): Record<string, number> {
  const hostPorts: Record<string, number> = {};
  const entries = Object.entries(wanted);
  if (entries.length === 0) return hostPorts;
  let open = rangesOf(free, 'ports');
  const takePort = (name: string, port: number): void => {
    hostPorts[name] = port;
    open = cutRanges(open, [[port, port]]);
  };
  for (const [name, port] of entries) if (port !== undefined) takePort(name, port);
  for (const [name, port] of entries) if (port === undefined) takePort(name, anyOf(open, random));
  return hostPorts;
}

/** What is reserved goes first: others cannot use it; and before that what nobody else may use at all. */
function taken(free: Resources, demand: Resources, ports: readonly number[]): Resources {
  const reservedFirst = [...free].sort((a, b) => nearness(a) - nearness(b));
  const numbers = joinRanges(ports.map((port): Range => [port, port]));
  return canonical([
    ...shrink(reservedFirst, quantitiesOf(demand)).filter((entry) => 'scalar' in entry),
    ...free.flatMap((entry) =>
      entry.name === 'ports' && 'ranges' in entry
        ? { ...entry, ranges: cutRanges(entry.ranges, cutRanges(entry.ranges, numbers)) }
        : [],
    ),
    ...itemsOf(reservedFirst, demand),
  ]);
}

/** Each item of the demanded sets once. */
function itemsOf(free: Resources, demand: Resources): Resource[] {
  return demand.flatMap((wanted): Resource[] => {
    if (!('set' in wanted)) return [];
    let missing = wanted.set;
    return free.flatMap((entry): Resource[] => {
      if (entry.name !== wanted.name || !('set' in entry)) return [];
      const found = missing.filter((item) => entry.set.includes(item));
      missing = missing.filter((item) => !found.includes(item));
      return [{ ...entry, set: found }];
    });
  });
}

function anyOf(all: readonly Range[], random: Random): number {
  const usual = all.flatMap(([from, to]): Range[] => (to < DYNAMIC ? [] : [[Math.max(from, DYNAMIC), to]]));
  const ranges = usual.length > 0 ? usual : all;
  let skip = Math.floor(random() * countRanges(ranges));
  for (const [from, to] of ranges) {
    if (skip <= to - from) return from + skip;
    skip -= to - from + 1;
  }
  throw new RangeError('no port is free'); // the filters have counted them
}
