/**
 * A straightforward fair allocator: weighted dominant resource fairness over roles, then over the frameworks in a
 * role, one whole agent at a time (what is free of it, ports apart: they are split evenly among those who want
 * offers). Invariant: allocated + free = total per agent, and nothing is ever allocated twice.
 */
import type { Allocation, Allocator, Gate, Refusal, Share } from './allocator.ts';
import {
  add,
  contains,
  countRanges,
  isEmpty,
  NOTHING,
  type Range,
  type Resources,
  rangesOf,
  scalar,
  subtract,
  UNRESERVED,
  usableBy,
} from './resources.ts';
import type { AgentId, FrameworkId } from './task.ts';

/** Less than both is not worth an offer: 0.01 cpus, 32 MiB. */
const MIN_CPUS = 10;
const MIN_MEM = 32_000;

interface AgentBook {
  total: Resources;
  active: boolean;
  /** By framework and role. */
  readonly allocated: Map<string, Resources>;
}

interface FrameworkBook {
  roles: readonly string[];
  active: boolean;
  suppressed: boolean;
  /** How often it was offered something: breaks ties. */
  count: number;
  readonly filters: {
    readonly role: string;
    readonly agent: AgentId;
    readonly refused: Resources;
    readonly until: number;
  }[];
}

interface Candidate {
  readonly framework: FrameworkId;
  readonly role: string;
  readonly book: FrameworkBook;
}

const holder = (framework: FrameworkId, role: string): string => `${framework}\u0000${role}`;

export class FairAllocator implements Allocator {
  readonly #agents = new Map<AgentId, AgentBook>();
  readonly #frameworks = new Map<FrameworkId, FrameworkBook>();
  readonly #weights = new Map<string, number>();

  setAgent(agent: AgentId, total: Resources): void {
    const book = this.#agents.get(agent);
    if (book) book.total = total;
    else this.#agents.set(agent, { total, active: true, allocated: new Map() });
  }

  activateAgent(agent: AgentId, active: boolean): void {
    const book = this.#agents.get(agent);
    if (book) book.active = active;
  }

  removeAgent(agent: AgentId): void {
    this.#agents.delete(agent);
    for (const book of this.#frameworks.values()) this.#dropFilters(book, (filter) => filter.agent === agent);
  }

  setFramework(framework: FrameworkId, roles: readonly string[]): void {
    const book = this.#frameworks.get(framework);
    if (book) book.roles = roles;
    else this.#frameworks.set(framework, { roles, active: true, suppressed: false, count: 0, filters: [] });
  }

  activateFramework(framework: FrameworkId, active: boolean): void {
    const book = this.#frameworks.get(framework);
    if (!book) return;
    book.active = active;
    book.filters.length = 0;
  }

  removeFramework(framework: FrameworkId): void {
    this.#frameworks.delete(framework);
  }

  setWeight(role: string, weight: number): void {
    this.#weights.set(role, weight);
  }

  use({ framework, role, agent, resources }: Share): void {
    const allocated = this.#agents.get(agent)?.allocated;
    const key = holder(framework, role);
    allocated?.set(key, add(allocated.get(key) ?? NOTHING, resources));
  }

  recover({ framework, role, agent, resources }: Share): void {
    const allocated = this.#agents.get(agent)?.allocated;
    const key = holder(framework, role);
    const rest = subtract(allocated?.get(key) ?? NOTHING, resources);
    if (isEmpty(rest)) allocated?.delete(key);
    else allocated?.set(key, rest);
  }

  decline(share: Share, until: number): void {
    this.recover(share);
    const { role, agent, resources: refused } = share;
    this.#frameworks.get(share.framework)?.filters.push({ role, agent, refused, until });
  }

  suppress(framework: FrameworkId): void {
    const book = this.#frameworks.get(framework);
    if (book) book.suppressed = true;
  }

  revive(framework: FrameworkId): void {
    const book = this.#frameworks.get(framework);
    if (!book) return;
    book.suppressed = false;
    book.filters.length = 0;
  }

  allocate(now: number): Allocation {
    const offers: Share[] = [];
    for (const book of this.#frameworks.values()) this.#dropFilters(book, (filter) => filter.until <= now);
    const candidates = this.#candidates();
    if (candidates.length > 0) {
      for (const agent of [...this.#agents.keys()].sort()) {
        // The one who gets it has a larger share for the next agent: look at the order anew each time.
        for (const candidate of this.#byShare(candidates)) {
          const resources = this.#portion(agent, candidate, candidates.length);
          if (this.#gate(agent, candidate, resources)) continue;
          const share = { framework: candidate.framework, role: candidate.role, agent, resources };
          this.use(share);
          candidate.book.count += 1;
          offers.push(share);
        }
      }
    }
    const ends = [...this.#frameworks.values()].flatMap((book) => book.filters.map((filter) => filter.until));
    return { offers, nextFilterEnd: ends.length > 0 ? Math.min(...ends) : undefined };
  }

  explain(): readonly Refusal[] {
    const refusals: Refusal[] = [];
    for (const [framework, book] of this.#frameworks) {
      for (const role of book.roles) {
        if (!book.active) refusals.push({ framework, role, gates: [{ kind: 'disconnected' }] });
        else if (book.suppressed) refusals.push({ framework, role, gates: [{ kind: 'suppressed' }] });
        else {
          const candidate = { framework, role, book };
          for (const agent of this.#agents.keys()) {
            const gate = this.#gate(agent, candidate, usableBy(this.#free(agent), role));
            if (gate) refusals.push({ framework, role, agent, gates: [gate] });
          }
        }
      }
    }
    return refusals;
  }

  // Not in this one.
  setDemands(): void {}
  setQuota(): void {}
  consumption(): readonly [] {
    return [];
  }
  convert(): void {}
  claim(): void {}
  unclaim(): void {}
  order(): readonly string[] {
    return [];
  }

  #candidates(): Candidate[] {
    return [...this.#frameworks]
      .filter(([, book]) => book.active && !book.suppressed)
      .flatMap(([framework, book]) => book.roles.map((role) => ({ framework, role, book })));
  }

  #free(agent: AgentId): Resources {
    const book = this.#agents.get(agent);
    if (!book) return NOTHING;
    let free = book.total;
    for (const taken of book.allocated.values()) free = subtract(free, taken);
    return free;
  }

  /** What is free for the role: all of it, but only an even part of the ports while others want offers too. */
  #portion(agent: AgentId, { role }: Candidate, wanting: number): Resources {
    const free = usableBy(this.#free(agent), role);
    const total = this.#agents.get(agent)?.total ?? NOTHING;
    const most = Math.ceil(countRanges(rangesOf(total, 'ports')) / wanting);
    return free.map((r) =>
      r.name === 'ports' && 'ranges' in r ? { ...r, ranges: firstOf(r.ranges, most) } : r,
    );
  }

  #gate(agent: AgentId, { role, book }: Candidate, resources: Resources): Gate | undefined {
    if (!this.#agents.get(agent)?.active) return { kind: 'inactive' };
    if (scalar(resources, 'cpus') < MIN_CPUS && scalar(resources, 'mem') < MIN_MEM) {
      const others = this.#free(agent).filter((r) => r.role !== UNRESERVED && !resources.includes(r));
      if (others.length > 0) return { kind: 'reserved', roles: [...new Set(others.map((r) => r.role))] };
      return { kind: 'minimum', free: {} };
    }
    const filter = book.filters.find(
      (f) => f.agent === agent && f.role === role && noMoreThan(resources, f.refused),
    );
    return filter && { kind: 'filter', until: filter.until };
  }

  /** Lowest weighted dominant share first: of the role, then of the framework in it; ties by count, then by name. */
  #byShare(candidates: readonly Candidate[]): Candidate[] {
    const total = new Map<string, number>();
    const ofRole = new Map<string, Map<string, number>>();
    const ofHolder = new Map<string, Map<string, number>>();
    for (const agent of this.#agents.values()) {
      tally(total, agent.total);
      for (const [key, resources] of agent.allocated) {
        const role = key.slice(key.indexOf('\u0000') + 1);
        tally(within(ofRole, role), resources);
        tally(within(ofHolder, key), resources);
      }
    }
    const share = (amounts: Map<string, number> | undefined): number =>
      Math.max(0, ...[...(amounts ?? [])].map(([name, amount]) => amount / (total.get(name) || 1)));
    const ranked = candidates.map((candidate) => ({
      candidate,
      role: share(ofRole.get(candidate.role)) / (this.#weights.get(candidate.role) ?? 1),
      own: share(ofHolder.get(holder(candidate.framework, candidate.role))),
    }));
    ranked.sort(
      (a, b) =>
        a.role - b.role ||
        compare(a.candidate.role, b.candidate.role) ||
        a.own - b.own ||
        a.candidate.book.count - b.candidate.book.count ||
        compare(a.candidate.framework, b.candidate.framework),
    );
    return ranked.map(({ candidate }) => candidate);
  }

  #dropFilters(book: FrameworkBook, ended: (filter: FrameworkBook['filters'][number]) => boolean): void {
    for (let i = book.filters.length - 1; i >= 0; i--) if (ended(book.filters[i]!)) book.filters.splice(i, 1);
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function within(map: Map<string, Map<string, number>>, key: string): Map<string, number> {
  const inner = map.get(key) ?? new Map<string, number>();
  map.set(key, inner);
  return inner;
}

function tally(sums: Map<string, number>, resources: Resources): void {
  for (const r of resources) if ('scalar' in r) sums.set(r.name, (sums.get(r.name) ?? 0) + r.scalar);
}

/** Whether each of these was refused in this amount or more. Which ports they are is the split's doing: they are counted. */
const noMoreThan = (resources: Resources, refused: Resources): boolean =>
  resources.every((r) => {
    const other = refused.find(({ name, role }) => name === r.name && role === r.role);
    if (!other) return false;
    if ('ranges' in r && 'ranges' in other) return countRanges(r.ranges) <= countRanges(other.ranges);
    return contains([other], [r]);
  });

/** The first `most` numbers of the ranges. */
function firstOf(ranges: readonly Range[], most: number): Range[] {
  const out: Range[] = [];
  for (const [from, to] of ranges) {
    if (most <= 0) break;
    const end = Math.min(to, from + most - 1);
    out.push([from, end]);
    most -= end - from + 1;
  }
  return out;
}
