/**
 * Where the next instances go, on the offers that are held: filters that check and explain, then a score. Pure. All
 * that stands in the way on an agent is kept, with the shortfall, so that `why` can say what would help.
 */
import type { Random } from '../core/clock.ts';
import type { Offer } from '../core/cluster.ts';
import type { Blocked } from '../core/obstacles.ts';
import { quantitiesOf } from '../core/quantities.ts';
import {
  add,
  canonical,
  countRanges,
  cutRanges,
  joinRanges,
  NOTHING,
  type Range,
  type Resources,
  rangesOf,
  scalar,
  shrink,
  subtract,
  UNRESERVED,
} from '../core/resources.ts';
import type { AgentId, OfferId, Run } from '../core/task.ts';
import type { AgentView } from '../wire/messages.ts';
import { isForAnyUse, misfits, withoutOffer } from './fit.ts';

export interface Wanted {
  /** Of all instances of this placement; unique. */
  readonly key: string;
  readonly job: string;
  readonly executor: Run['kind'];
  /** Scalars of one instance. */
  readonly demand: Resources;
  /** Named ports: a fixed host port, or any. */
  readonly ports: Readonly<Record<string, number | undefined>>;
  /** 0 to 100. @default that of the role */
  readonly priority?: number | undefined;
}

export interface Placement {
  readonly wanted: Wanted;
  readonly agent: AgentId;
  readonly hostPorts: Readonly<Record<string, number>>;
  /** What it takes of the offers: the demand and the ports, and which of it is reserved. */
  readonly resources: Resources;
}

export interface Placements {
  /** By agent: the offers that are used up together, and what goes there. */
  readonly groups: readonly {
    readonly offers: readonly OfferId[];
    readonly placements: readonly Placement[];
  }[];
  readonly unplaced: readonly { readonly wanted: Wanted; readonly refused: readonly Blocked[] }[];
  /** Offers that nothing was placed on. */
  readonly unused: readonly OfferId[];
}

interface Site {
  readonly agent: AgentId;
  readonly view: AgentView | undefined;
  readonly offers: OfferId[];
  free: Resources;
  readonly placements: Placement[];
}

/**
 * @param running instances of each job per agent, so that they are spread: `running(job, agent)`
 */
export function place(
  wanted: readonly Wanted[],
  offers: Iterable<Offer>,
  agents: ReadonlyMap<AgentId, AgentView>,
  running: (job: string, agent: AgentId) => number,
  random: Random,
): Placements {
  const sites = sitesOf(offers, agents);
  const offered = new Set(sites.map(({ agent }) => agent));
  const unplaced: Placements['unplaced'][number][] = [];
  for (const one of wanted) {
    const refused: Blocked[] = [];
    const fitting = sites.filter(({ agent, view, free }) => {
      const by = misfits(one, view, free);
      if (by.length > 0) refused.push({ agent, by });
      return by.length === 0;
    });
    const load = (site: Site): number =>
      running(one.job, site.agent) +
      site.placements.filter(({ wanted: other }) => other.job === one.job).length;
    const [best] = fitting.sort(
      (a, b) =>
        load(a) - load(b) || scalar(b.free, 'cpus') - scalar(a.free, 'cpus') || (a.agent < b.agent ? -1 : 1),
    );
    if (best) put(one, best, random);
    else unplaced.push({ wanted: one, refused: [...refused, ...withoutOffer(offered, agents)] });
  }
  return {
    groups: sites
      .filter((site) => site.placements.length > 0)
      .map(({ offers: ids, placements }) => ({ offers: ids, placements })),
    unplaced,
    unused: sites.filter((site) => site.placements.length === 0).flatMap((site) => site.offers),
  };
}

function sitesOf(offers: Iterable<Offer>, agents: ReadonlyMap<AgentId, AgentView>): Site[] {
  const sites = new Map<string, Site>();
  for (const { id, agent, role, resources } of offers) {
    const key = `${agent} ${role}`; // offers of several roles cannot be taken together
    const site = sites.get(key) ?? {
      agent,
      view: agents.get(agent),
      offers: [],
      free: NOTHING,
      placements: [],
    };
    site.offers.push(id);
    site.free = add(site.free, resources.filter(isForAnyUse));
    sites.set(key, site);
  }
  return [...sites.values()];
}

/** Ports for any use are taken from here on, where there are some: lower ones are for jobs that name theirs. */
const DYNAMIC = 31_000;

/** Any free port by chance: one that a foreign program has taken is not tried again and again. */
function put(wanted: Wanted, site: Site, random: Random): void {
  const hostPorts: Record<string, number> = {};
  let open = rangesOf(site.free, 'ports');
  const take = (name: string, port: number): void => {
    hostPorts[name] = port;
    open = cutRanges(open, [[port, port]]);
  };
  const entries = Object.entries(wanted.ports);
  for (const [name, port] of entries) if (port !== undefined) take(name, port);
  for (const [name, port] of entries) if (port === undefined) take(name, anyOf(open, random));
  const resources = taken(site.free, wanted.demand, Object.values(hostPorts));
  site.free = subtract(site.free, resources);
  site.placements.push({ wanted, agent: site.agent, hostPorts, resources });
}

/** What is reserved goes first: others cannot use it. */
function taken(free: Resources, demand: Resources, ports: readonly number[]): Resources {
  const numbers = joinRanges(ports.map((port): Range => [port, port]));
  const reservedFirst = [...free].sort(
    (a, b) => Number(a.role === UNRESERVED) - Number(b.role === UNRESERVED),
  );
  return canonical([
    ...shrink(reservedFirst, quantitiesOf(demand)).filter((entry) => 'scalar' in entry),
    ...free.flatMap((entry) =>
      entry.name === 'ports' && 'ranges' in entry
        ? { ...entry, ranges: cutRanges(entry.ranges, cutRanges(entry.ranges, numbers)) }
        : [],
    ),
  ]);
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
