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
  UNRESERVED,
} from '../core/resources.ts';
import type { Spot } from './filters.ts';
import { moveIn } from './home.ts';
import type { AcceptOperation } from './operations.ts';
import type { Wanted } from './wanted.ts';

export interface Share {
  readonly hostPorts: Readonly<Record<string, number>>;
  /** The demand, the ports and the volume, and which of it is reserved. */
  readonly resources: Resources;
  /** In the same accept, before the launch: what makes its volume. */
  readonly before: readonly AcceptOperation[];
  /** What is left of the site. */
  readonly free: Resources;
  readonly volumes: Resources;
}

/** Ports for any use are taken from here on, where there are some: lower ones are for jobs that name theirs. */
const DYNAMIC = 31_000;

/** @param spot where it fits */
export function take({ demand, ports, home }: Wanted, spot: Spot, random: Random): Share {
  const moving = home && moveIn(home, spot);
  const { takes = NOTHING, before = [], volume = NOTHING } = moving ?? {};
  const free = subtract(spot.free, takes);
  const hostPorts = portsOf(ports, free, random);
  const resources = taken(free, demand, Object.values(hostPorts));
  return {
    hostPorts,
    resources: add(resources, volume),
    before,
    free: subtract(free, resources),
    volumes: subtract(spot.volumes, takes),
  };
}

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

/** What is reserved goes first: others cannot use it. */
function taken(free: Resources, demand: Resources, ports: readonly number[]): Resources {
  const reservedFirst = [...free].sort(
    (a, b) => Number(a.role === UNRESERVED) - Number(b.role === UNRESERVED),
  );
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
