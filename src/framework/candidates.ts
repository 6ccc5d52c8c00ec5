/**
 * The sites where instances that need and prefer the same would fit, the best one at hand. A site is looked at again
 * only after something was placed there: free resources only shrink during a placement, so what does not fit once never
 * does. What an instance on one site changes for others, the balance of a spread, is the same for all sites with the
 * same values, and these are in one list together: lists are compared, sites are not.
 *
 * Order: agents that have not failed with it lately; then by spread; then by affinity, weighed against how many
 * instances are there (or how full it is); then the emptier one (or that with fewer instances); then by id.
 */

import { attributesOf } from '../core/attributes.ts';
import { Heap } from '../core/heap.ts';
import type { AgentId } from '../core/task.ts';
import { fits, isBelowLimits, type Spot } from './filters.ts';
import type { Needs } from './needs.ts';
import { matches } from './patterns.ts';
import {
  type Aim,
  affinityScore,
  aimsOf,
  antiAffinityScore,
  emptinessScore,
  packingScore,
  spreadScore,
} from './scores.ts';
import type { Counts, Tally } from './tally.ts';

interface Candidate<S> {
  readonly site: S;
  readonly list: List<S>;
  readonly score: number;
  /** Between equal scores. */
  readonly tie: number;
  /** There is a newer one of the same site, or it does not fit any more. */
  isOver: boolean;
}

/** Sites with the same values of what is spread over. */
interface List<S> {
  readonly isFaulty: boolean;
  /** One for each aim. */
  readonly values: readonly (string | undefined)[];
  readonly candidates: Heap<Candidate<S>>;
}

export class Candidates<S extends Spot> {
  readonly #needs: Needs;
  readonly #tally: Tally;
  readonly #isFaulty: (agent: AgentId) => boolean;
  readonly #aims: readonly Aim[];
  readonly #counts: readonly Counts[];
  readonly #lists = new Map<string, List<S>>();
  readonly #of = new Map<S, Candidate<S>>();

  /** @param total instances of the job that there shall be */
  constructor(
    needs: Needs,
    sites: Iterable<S>,
    tally: Tally,
    total: number,
    isFaulty: (agent: AgentId) => boolean,
  ) {
    this.#needs = needs;
    this.#tally = tally;
    this.#isFaulty = isFaulty;
    this.#aims = aimsOf(needs.wanted.spread ?? [], total);
    this.#counts = this.#aims.map(({ attribute }) => tally.per(attribute));
    for (const site of sites) this.#enter(site);
  }

  /** @param avoided agents that it goes to only where it fits nowhere else */
  best(avoided: readonly AgentId[] = []): S | undefined {
    const put: Candidate<S>[] = [];
    let best = this.#best();
    while (best && avoided.includes(best.site.agent)) {
      put.push(best.list.candidates.pop()!);
      best = this.#best();
    }
    for (const candidate of put) candidate.list.candidates.push(candidate);
    return (best ?? put[0])?.site;
  }

  /** Something was placed there. */
  changed(site: S): void {
    const before = this.#of.get(site);
    if (!before) return;
    before.isOver = true;
    this.#of.delete(site);
    this.#enter(site);
  }

  #best(): Candidate<S> | undefined {
    let best: { readonly candidate: Candidate<S>; readonly spread: number } | undefined;
    for (const list of this.#lists.values()) {
      const candidate = this.#bestOf(list);
      if (!candidate) continue;
      const spread = spreadScore(this.#aims, list.values, this.#counts);
      if (!best || isBetter(candidate, spread, best.candidate, best.spread)) best = { candidate, spread };
    }
    return best?.candidate;
  }

  #bestOf({ candidates }: List<S>): Candidate<S> | undefined {
    for (let first = candidates.first; first; first = candidates.first) {
      if (!first.isOver && isBelowLimits(this.#needs, first.site, this.#tally)) return first;
      candidates.pop(); // for good: instances only ever become more
    }
    return undefined;
  }

  #enter(site: S): void {
    if (!fits(this.#needs, site, this.#tally)) return;
    const list = this.#listOf(site);
    const candidate = { site, list, ...this.#judge(site), isOver: false };
    this.#of.set(site, candidate);
    list.candidates.push(candidate);
  }

  #judge(site: S): { readonly score: number; readonly tie: number } {
    const { affinity = [], placement } = this.#needs.wanted;
    const wished = affinity.length === 0 ? 0 : affinityScore(affinity, attributesOf(site.view), matches);
    const alone = antiAffinityScore(this.#tally.on(site.agent));
    const [cpus, mem] = [this.#left(site, 'cpus'), this.#left(site, 'mem')];
    return placement === 'pack'
      ? { score: (wished + packingScore(cpus, mem)) / 2, tie: alone }
      : { score: (wished + alone) / 2, tie: emptinessScore(cpus, mem) };
  }

  /** Of all that the agent has, what would be free beside the instance. */
  #left({ amounts, total }: S, name: string): number {
    const all = total.get(name) ?? 0;
    const needed = this.#needs.amounts.get(name) ?? 0;
    return all === 0 ? 0 : Math.max(0, Math.min(1, ((amounts.get(name) ?? 0) - needed) / all));
  }

  #listOf(site: S): List<S> {
    const isFaulty = this.#isFaulty(site.agent);
    const values = this.#aims.map(({ attribute }) => attributesOf(site.view).get(attribute));
    const key = `${isFaulty}${values.length === 0 ? '' : JSON.stringify(values)}`;
    const known = this.#lists.get(key);
    if (known) return known;
    const list = { isFaulty, values, candidates: new Heap<Candidate<S>>(isBefore) };
    this.#lists.set(key, list);
    return list;
  }
}

const isBefore = <S extends Spot>(a: Candidate<S>, b: Candidate<S>): boolean => order(a, b) < 0;

/** Total: of different sites one comes first. */
const order = <S extends Spot>(a: Candidate<S>, b: Candidate<S>): number =>
  b.score - a.score || b.tie - a.tie || compareSites(a.site, b.site);

export const compareSites = (a: Spot, b: Spot): number =>
  a.agent === b.agent ? compare(a.role, b.role) : compare(a.agent, b.agent);

const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

function isBetter<S extends Spot>(
  a: Candidate<S>,
  spreadA: number,
  b: Candidate<S>,
  spreadB: number,
): boolean {
  if (a.list.isFaulty !== b.list.isFaulty) return b.list.isFaulty;
  return (spreadB - spreadA || order(a, b)) < 0;
}
