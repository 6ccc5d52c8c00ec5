/**
 * Where the next instances go, on the offers that are held: filters that check and explain, then a score. Pure. All
 * that stands in the way on an agent is kept, with the shortfall, so that `why` can say what would help.
 */
import type { Random } from '../core/clock.ts';
import type { Offer } from '../core/cluster.ts';
import {
  add,
  countRanges,
  NOTHING,
  type Range,
  type Resources,
  rangesOf,
  resourcesOf,
  scalar,
  subtract,
  UNRESERVED,
} from '../core/resources.ts';
import { formatMilli } from '../core/resources-text.ts';
import type { AgentId, OfferId, Run } from '../core/task.ts';
import type { AgentView } from '../wire/messages.ts';

export interface Wanted {
  /** Of all instances of this placement; unique. */
  readonly key: string;
  readonly job: string;
  readonly executor: Run['kind'];
  /** Scalars of one instance. */
  readonly demand: Resources;
  /** Named ports: a fixed host port, or any. */
  readonly ports: Readonly<Record<string, number | undefined>>;
}

export interface Placement {
  readonly wanted: Wanted;
  readonly agent: AgentId;
  readonly hostPorts: Readonly<Record<string, number>>;
}

/** What stands in the way on one agent. */
export interface Refused {
  readonly agent: AgentId;
  readonly reasons: readonly string[];
}

export interface Placements {
  /** By agent: the offers that are used up together, and what goes there. */
  readonly groups: readonly {
    readonly offers: readonly OfferId[];
    readonly placements: readonly Placement[];
  }[];
  readonly unplaced: readonly { readonly wanted: Wanted; readonly refused: readonly Refused[] }[];
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
  const unplaced: Placements['unplaced'][number][] = [];
  for (const one of wanted) {
    const refused: Refused[] = [];
    const fitting = sites.filter((site) => {
      const reasons = obstacles(one, site);
      if (reasons.length > 0) refused.push({ agent: site.agent, reasons });
      return reasons.length === 0;
    });
    const load = (site: Site): number =>
      running(one.job, site.agent) +
      site.placements.filter(({ wanted: other }) => other.job === one.job).length;
    const [best] = fitting.sort(
      (a, b) =>
        load(a) - load(b) || scalar(b.free, 'cpus') - scalar(a.free, 'cpus') || (a.agent < b.agent ? -1 : 1),
    );
    if (best) put(one, best, random);
    else unplaced.push({ wanted: one, refused: [...refused, ...withoutOffer(sites, agents)] });
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
    site.free = add(site.free, resources);
    sites.set(key, site);
  }
  return [...sites.values()];
}

const SCALARS = ['cpus', 'mem', 'disk'] as const;
const NOUN = { cpus: 'cpus', mem: 'of memory', disk: 'of disk' } as const;

/** Thousandths of cpus or of MiB as people say them. */
function amount(name: (typeof SCALARS)[number], milli: number): string {
  if (name === 'cpus') return formatMilli(milli);
  const mib = milli / 1000;
  return mib < 1024 ? `${Math.round(mib)} MiB` : `${Math.round(mib / 102.4) / 10} GiB`;
}

/** Everything that keeps one instance off this site. */
function obstacles({ executor, demand, ports }: Wanted, { view, free }: Site): string[] {
  const reasons: string[] = [];
  const facts = view?.executors.find(({ kind }) => kind === executor);
  if (!facts?.available) reasons.push(`no ${executor} there: ${facts?.detail ?? 'unknown to this agent'}`);
  const unreserved = free.filter(({ role }) => role === UNRESERVED);
  for (const name of SCALARS) {
    const [has, wants] = [scalar(unreserved, name), scalar(demand, name)];
    if (wants > has)
      reasons.push(
        `${amount(name, wants - has)} ${NOUN[name]} too few (wants ${amount(name, wants)}, ${amount(name, has)} free)`,
      );
  }
  const open = rangesOf(free, 'ports');
  const ever = rangesOf(view?.total ?? free, 'ports');
  const fixed = Object.values(ports).filter((port) => port !== undefined);
  for (const port of fixed) {
    if (!isIn(ever, port)) reasons.push(`port ${port} is none that it offers`);
    else if (!isIn(open, port)) reasons.push(`port ${port} is in use`);
  }
  const dynamic = Object.keys(ports).length - fixed.length;
  if (dynamic > countRanges(open) - fixed.length) reasons.push(`too few free ports (wants ${dynamic})`);
  return reasons;
}

const isIn = (ranges: readonly Range[], port: number): boolean =>
  ranges.some(([from, to]) => from <= port && port <= to);

function withoutOffer(sites: readonly Site[], agents: ReadonlyMap<AgentId, AgentView>): Refused[] {
  const offered = new Set(sites.map(({ agent }) => agent));
  return [...agents.values()]
    .filter(({ id, state }) => !offered.has(id) && state !== 'gone')
    .map(({ id, state }) => ({
      agent: id,
      reasons: [
        state === 'ready'
          ? 'nothing of it is on offer: it is in use, or offered to others'
          : `it is ${state}`,
      ],
    }));
}

/** Ports for any use are taken from here on, where there are some: lower ones are for jobs that name theirs. */
const DYNAMIC = 31_000;

/** Any free port by chance: one that a foreign program has taken is not tried again and again. */
function put(wanted: Wanted, site: Site, random: Random): void {
  const hostPorts: Record<string, number> = {};
  const take = (name: string, port: number): void => {
    hostPorts[name] = port;
    site.free = subtract(site.free, resourcesOf({}, { ports: [[port, port]] }));
  };
  const entries = Object.entries(wanted.ports);
  for (const [name, port] of entries) if (port !== undefined) take(name, port);
  for (const [name, port] of entries)
    if (port === undefined) take(name, anyOf(rangesOf(site.free, 'ports'), random));
  site.free = subtract(site.free, wanted.demand);
  site.placements.push({ wanted, agent: site.agent, hostPorts });
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
