/**
 * Where the next instances go, on the offers that are held: filters that check and explain (filters.ts), then the best
 * of what is left (candidates.ts). Pure, and the same whatever the order of the offers. All that stands in the way on an
 * agent is kept, with the shortfall, so that `why` can say what would help.
 */
import type { Random } from '../core/clock.ts';
import type { Offer } from '../core/cluster.ts';
import { isLimit } from '../core/constraint.ts';
import type { Blocked } from '../core/obstacles.ts';
import { add, NOTHING, type Resources } from '../core/resources.ts';
import type { AgentId, OfferId } from '../core/task.ts';
import type { AgentView } from '../wire/messages/framework.ts';
import { type Amounts, amountsOf } from './amounts.ts';
import { Candidates, compareSites } from './candidates.ts';
import { fits, misfits, type Spot } from './filters.ts';
import { groundOf, spotOf, withoutOffer } from './fit.ts';
import { type Needs, needsOf, shapeOf } from './needs.ts';
import type { AcceptOperation } from './operations.ts';
import { take } from './take.ts';
import { type Running, Tally } from './tally.ts';
import type { Wanted } from './wanted.ts';

export type { Wanted } from './wanted.ts';

export interface Placement {
  readonly wanted: Wanted;
  readonly agent: AgentId;
  readonly hostPorts: Readonly<Record<string, number>>;
  /** What the task takes of the offers: the demand, the ports and its volume, and which of it is reserved. */
  readonly resources: Resources;
  /** In the same accept, before the launch: what makes its home, or gives it up. */
  readonly before: readonly AcceptOperation[];
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

interface Site extends Spot {
  readonly offers: readonly OfferId[];
  free: Resources;
  amounts: Amounts;
  kept: Resources;
  readonly placements: Placement[];
}

/** Whether instances of this version of the job have failed there too often lately: then it goes there last. */
export type IsFaulty = (wanted: Wanted, agent: AgentId) => boolean;

/**
 * @param wanted the most important first
 * @param running instances of each job per agent: `runningOf(instances)`
 */
export function place(
  wanted: readonly Wanted[],
  offers: Iterable<Offer>,
  agents: ReadonlyMap<AgentId, AgentView>,
  running: Running,
  random: Random,
  isFaulty: IsFaulty = () => false,
): Placements {
  const placing = new Placing(sitesOf(offers, agents), wanted, agents, running, isFaulty);
  const unplaced: Placements['unplaced'][number][] = [];
  for (const one of wanted) {
    const refused = placing.put(one, random);
    if (refused) unplaced.push({ wanted: one, refused });
  }
  const { sites } = placing;
  return {
    groups: sites
      .filter((site) => site.placements.length > 0)
      .map(({ offers: ids, placements }) => ({ offers: ids, placements })),
    unplaced,
    unused: sites.filter((site) => site.placements.length === 0).flatMap((site) => site.offers),
  };
}

/** So many are kept: most often all instances of a job come one after the other. */
const QUEUES = 100;

/** Those that need and prefer the same; of one job, or of several that have no other instance anywhere. */
interface Queue {
  readonly needs: Needs;
  readonly tally: Tally;
  /** Nothing is to be counted. */
  readonly isAlone: boolean;
  readonly candidates: Candidates<Site>;
  /** So many of the changes are known to the candidates. */
  seen: number;
}

class Placing {
  readonly sites: readonly Site[];
  readonly #agents: ReadonlyMap<AgentId, AgentView>;
  readonly #running: Running;
  readonly #isFaulty: IsFaulty;
  readonly #sitesOn: ReadonlyMap<AgentId, readonly Site[]>;
  /** By job: instances to be placed. */
  readonly #waiting = new Map<string, number>();
  readonly #tallies = new Map<string, Tally>();
  /** The one used longest ago comes first. */
  readonly #queues = new Map<string, Queue>();
  /** By shape: what fits nowhere, and why. */
  readonly #refused = new Map<string, readonly Blocked[]>();
  /** Agents that something was placed on, one after the other. */
  readonly #changes: AgentId[] = [];
  #withoutOffer: readonly Blocked[] | undefined;

  constructor(
    sites: readonly Site[],
    wanted: readonly Wanted[],
    agents: ReadonlyMap<AgentId, AgentView>,
    running: Running,
    isFaulty: IsFaulty,
  ) {
    this.sites = sites;
    this.#agents = agents;
    this.#running = running;
    this.#isFaulty = isFaulty;
    this.#sitesOn = Map.groupBy(sites, ({ agent }) => agent);
    for (const { job } of wanted) this.#waiting.set(job, (this.#waiting.get(job) ?? 0) + 1);
  }

  /** @returns what stood in the way on every agent; undefined: it has a place */
  put(wanted: Wanted, random: Random): readonly Blocked[] | undefined {
    const shape = shapeOf(wanted);
    const refused = this.#refused.get(shape);
    if (refused) return refused;
    const queue = this.#queueOf(wanted, shape);
    const site = this.#preferred(wanted, queue) ?? queue.candidates.best(wanted.avoid);
    if (!site) return this.#refuse(shape, queue);
    const { free, kept, ...share } = take(wanted, site, random);
    site.free = free;
    site.amounts = amountsOf(free);
    site.kept = kept;
    site.placements.push({ wanted, agent: site.agent, ...share });
    if (!queue.isAlone) queue.tally.add(site.agent);
    this.#changes.push(site.agent);
    return undefined;
  }

  #queueOf(wanted: Wanted, shape: string): Queue {
    const { job, version, affinity, spread, placement } = wanted;
    const whose = this.#isAlone(wanted) ? [] : [job, version];
    const key = JSON.stringify([whose, shape, affinity, spread, placement]);
    const queue = this.#queues.get(key) ?? this.#newQueue(wanted, whose.length === 0);
    this.#queues.delete(key);
    this.#queues.set(key, queue);
    const [oldest] = this.#queues.keys();
    if (this.#queues.size > QUEUES && oldest !== undefined) this.#queues.delete(oldest);
    for (; queue.seen < this.#changes.length; queue.seen++)
      for (const site of this.#sitesOn.get(this.#changes[queue.seen]!) ?? []) queue.candidates.changed(site);
    return queue;
  }

  /** Nothing but what it needs counts: the same agent is the best for whatever job needs the same. */
  #isAlone(wanted: Wanted): boolean {
    const { job, spread = [], constraints = [] } = wanted;
    if (this.#waiting.get(job) !== 1 || spread.length > 0 || constraints.some(isLimit)) return false;
    for (const agent of this.#sitesOn.keys())
      if (this.#running(job, agent) > 0 || this.#isFaulty(wanted, agent)) return false;
    return true;
  }

  #newQueue(wanted: Wanted, isAlone: boolean): Queue {
    const { job, spread = [] } = wanted;
    const needs = needsOf(wanted);
    const tally = this.#tallies.get(job) ?? new Tally(job, this.#running, this.#agents);
    if (!isAlone) this.#tallies.set(job, tally);
    const total = spread.length > 0 ? tally.total + (this.#waiting.get(job) ?? 0) : 0;
    const isFaulty = (agent: AgentId): boolean => this.#isFaulty(wanted, agent);
    const candidates = new Candidates(needs, this.#sitesFor(needs), tally, total, isFaulty);
    return { needs, tally, isAlone, candidates, seen: this.#changes.length };
  }

  #sitesFor({ on }: Needs): readonly Site[] {
    return on === undefined ? this.sites : (this.#sitesOn.get(on) ?? []);
  }

  #preferred({ prefer }: Wanted, { needs, tally }: Queue): Site | undefined {
    if (prefer === undefined || (needs.on ?? prefer) !== prefer) return undefined;
    return this.#sitesOn.get(prefer)?.find((site) => fits(needs, site, tally));
  }

  #refuse(shape: string, { needs, tally }: Queue): readonly Blocked[] {
    this.#withoutOffer ??= withoutOffer(new Set(this.#sitesOn.keys()), this.#agents);
    const others = this.#withoutOffer.filter(({ agent }) => (needs.on ?? agent) === agent);
    const judged = this.#sitesFor(needs).map((site) => ({
      agent: site.agent,
      by: misfits(needs, site, tally),
    }));
    const refused = [...judged, ...others];
    this.#refused.set(shape, refused);
    return refused;
  }
}

function sitesOf(offers: Iterable<Offer>, agents: ReadonlyMap<AgentId, AgentView>): Site[] {
  // Offers of several roles cannot be taken together.
  const together = Map.groupBy(offers, ({ agent, role }) => `${agent} ${role}`);
  const sites = [...together.values()].map((some): Site => {
    const { agent, role } = some[0]!;
    const resources = some.reduce((all, offer) => add(all, offer.resources), NOTHING);
    const ids = some.map(({ id }) => id).sort();
    return { ...spotOf(agent, role, agents.get(agent), groundOf(resources)), offers: ids, placements: [] };
  });
  return sites.sort(compareSites);
}
