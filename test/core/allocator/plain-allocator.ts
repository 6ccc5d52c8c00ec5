/**
 * The slow, obvious allocator. It is the definition in code: every figure is counted anew from lists whenever
 * it is asked for, in the order in which the definition names it, and nothing is there for speed. The
 * allocator that runs in the master is held against it, history by history.
 */
import { isDeepStrictEqual } from 'node:util';
import type {
  Allocation,
  Allocator,
  Claim,
  Consumption,
  Demand,
  Gate,
  Need,
  Quota,
  Refusal,
  RoleTerms,
  Share,
} from '../../../src/core/allocator.ts';
import type { Random } from '../../../src/core/clock.ts';
import { type Quantities, quantitiesOf } from '../../../src/core/quantities.ts';
import { add, contains, NOTHING, type Resources, subtract } from '../../../src/core/resources.ts';
import type { AgentId, FrameworkId } from '../../../src/core/task.ts';
import {
  type Client,
  claimsOn,
  countPorts,
  freeOn,
  isActive,
  isOutdone,
  isPlainAmount,
  isWanting,
  type PlainAgent,
  PlainBooks,
  same,
  unusableOf,
} from './plain-books.ts';
import { gatesOf } from './plain-explain.ts';
import { beyondGuarantee, needsOf } from './plain-needs.ts';
import {
  claimedOffer,
  filtersOf,
  fits,
  guaranteedOffer,
  isAllocatable,
  type Matches,
  openOffer,
} from './plain-offer.ts';
import { consumed, consumedNames } from './plain-quota.ts';
import { clientsInOrder, placesIn, placesOf, rolesInOrder } from './plain-sorter.ts';

export interface PlainOptions {
  /** Shuffles the agents. Absent: they are visited in the order of their ids. */
  readonly random?: Random;
  /** Whether the whole text is as the pattern says. */
  readonly matches?: Matches;
}

type OfferOf = (books: PlainBooks, client: Client, agent: PlainAgent, made: Resources) => Resources;

export class PlainAllocator implements Allocator {
  readonly #books = new PlainBooks();
  readonly #random: Random | undefined;
  readonly #matches: Matches;

  constructor({ random, matches = () => false }: PlainOptions = {}) {
    this.#random = random;
    this.#matches = matches;
  }

  setAgent(id: AgentId, total: Resources, attributes: Readonly<Record<string, string>> = {}): void {
    const known = this.#agent(id);
    if (!known) {
      this.#books.agents.push({ id, total, attributes, active: true });
      return;
    }
    if (!isDeepStrictEqual(known.attributes, attributes)) this.#dropFilters(({ agent }) => agent === id);
    Object.assign(known, { total, attributes });
  }

  activateAgent(id: AgentId, active: boolean): void {
    const known = this.#agent(id);
    if (known) known.active = active;
  }

  removeAgent(id: AgentId): void {
    const books = this.#books;
    books.agents = books.agents.filter((agent) => agent.id !== id);
    books.held = books.held.filter(({ agent }) => agent !== id);
    books.uncounted = books.uncounted.filter(({ agent }) => agent !== id);
    books.claims = books.claims.filter(({ agent }) => agent !== id);
    this.#dropFilters(({ agent }) => agent === id);
    this.#forget();
  }

  setFramework(
    framework: FrameworkId,
    roles: readonly string[],
    terms: Readonly<Record<string, RoleTerms>> = {},
  ): void {
    const books = this.#books;
    if (!books.frameworks.some(({ id }) => id === framework))
      books.frameworks.push({ id: framework, active: true });
    for (const client of this.#clientsOf(framework)) if (!roles.includes(client.role)) this.#leave(client);
    this.#forget();
    for (const role of new Set(roles)) {
      const known = this.#client(framework, role);
      const said = terms[role] ?? {};
      if (!known) books.clients.push({ framework, role, terms: said, suppressed: false, demands: [] });
      else if (!isDeepStrictEqual(known.terms, said)) {
        known.terms = said;
        this.#dropFilters((filter) => same(filter, known));
      }
    }
  }

  activateFramework(framework: FrameworkId, active: boolean): void {
    const known = this.#books.frameworks.find(({ id }) => id === framework);
    if (known) known.active = active;
    this.#dropFilters((filter) => filter.framework === framework);
  }

  removeFramework(framework: FrameworkId): void {
    for (const client of this.#clientsOf(framework)) this.#leave(client);
    this.#books.frameworks = this.#books.frameworks.filter(({ id }) => id !== framework);
    this.#forget();
  }

  setDemands(framework: FrameworkId, role: string, demands: readonly Demand[]): void {
    const client = this.#client(framework, role);
    if (client) client.demands = demands;
  }

  setWeight(role: string, weight: number): void {
    this.#books.weights = [...this.#books.weights.filter((one) => one.role !== role), { role, weight }];
  }

  setQuota(role: string, quota: Quota | undefined): void {
    const others = this.#books.quotas.filter((one) => one.role !== role);
    this.#books.quotas = quota ? [...others, { role, quota }] : others;
  }

  consumption(): readonly Consumption[] {
    return this.#books.quotas
      .map(({ role, quota }) => ({
        role,
        consumed: Object.fromEntries(
          consumedNames(this.#books, role).map((name) => [name, consumed(this.#books, role, name)]),
        ),
        guarantee: quota.guarantee,
        limit: quota.limit,
      }))
      .sort((a, b) => (a.role < b.role ? -1 : 1));
  }

  use(share: Share): void {
    if (!this.#agent(share.agent)) return;
    this.#books.held.push(share);
    this.#books.given.push(...placesOf(share));
  }

  answered(framework: FrameworkId, role: string, agent: AgentId): void {
    this.#countInFull({ framework, role, agent });
  }

  recover(share: Share): void {
    this.#take(share);
    this.#forget();
  }

  decline(share: Share, until: number): void {
    this.recover(share);
    const { framework, role, resources: refused } = share;
    const agent = this.#agent(share.agent);
    if (!agent || !this.#client(framework, role)) return;
    const ports = countPorts(freeOn(this.#books, agent));
    const filter = { framework, role, agent: agent.id, refused, ports, until };
    this.#dropFilters((old) => isOutdone(old, filter));
    this.#books.filters.push(filter);
  }

  /** Of what is not held, nothing can be converted. */
  convert(share: Share, to: Resources): void {
    const agent = this.#agent(share.agent);
    if (!agent || !contains(this.#heldBy(share), share.resources)) return;
    this.#countInFull(share);
    this.#take(share);
    this.#books.held.push({ ...share, resources: to });
    agent.total = add(subtract(agent.total, share.resources), to);
  }

  suppress(framework: FrameworkId, roles?: readonly string[]): void {
    for (const client of this.#clientsOf(framework, roles)) client.suppressed = true;
  }

  revive(framework: FrameworkId, roles?: readonly string[]): void {
    for (const client of this.#clientsOf(framework, roles)) {
      client.suppressed = false;
      this.#dropFilters((filter) => same(filter, client));
    }
  }

  /** In the place of an earlier one, it is the latest. */
  claim(claim: Claim): void {
    if (!this.#agent(claim.agent) || !this.#client(claim.framework, claim.role)) return;
    this.unclaim(claim.framework, claim.role, claim.agent);
    this.#books.claims.push(claim);
  }

  unclaim(framework: FrameworkId, role: string, agent: AgentId): void {
    this.#books.claims = this.#books.claims.filter(
      (claim) => !(same(claim, { framework, role }) && claim.agent === agent),
    );
  }

  needs(role: string): readonly Need[] {
    return needsOf(this.#books, role, this.#matches);
  }

  beyondGuarantee(role: string): Quantities {
    return beyondGuarantee(this.#books, role);
  }

  allocate(now: number, only?: readonly AgentId[]): Allocation {
    const books = this.#books;
    this.#dropFilters(({ until }) => until <= now);
    const offers: Share[] = [];

    for (const agent of this.#visited(only))
      for (const claim of claimsOn(books, agent)) {
        const client = this.#client(claim.framework, claim.role);
        if (!client || !isWanting(books, client) || !fits(client.terms.constraints, agent, this.#matches))
          continue;
        const offer = claimedOffer(books, client, agent, claim);
        if (!isAllocatable(client, offer)) continue;
        this.#offer(offers, client, agent, offer);
        this.unclaim(claim.framework, claim.role, claim.agent);
      }
    this.#serve(offers, this.#visited(only), guaranteedOffer);
    this.#serve(offers, this.#visited(only), openOffer);

    const ends = books.filters.map(({ until }) => until);
    return { offers, nextFilterEnd: ends.length === 0 ? undefined : Math.min(...ends) };
  }

  order(): readonly string[] {
    return rolesInOrder(this.#books);
  }

  explain(
    now: number,
    of: { readonly framework?: FrameworkId | undefined; readonly role?: string | undefined } = {},
  ): readonly Refusal[] {
    const books = this.#books;
    return books.clients
      .filter(
        ({ framework, role }) => framework === (of.framework ?? framework) && role === (of.role ?? role),
      )
      .flatMap((client): Refusal[] => {
        const { framework, role } = client;
        const everywhere: Gate[] = [];
        if (!isActive(books, framework)) everywhere.push({ kind: 'disconnected' });
        if (client.suppressed) everywhere.push({ kind: 'suppressed' });
        if (everywhere.length > 0) return [{ framework, role, gates: everywhere }];
        return books.agents
          .map((agent) => ({
            framework,
            role,
            agent: agent.id,
            gates: gatesOf(books, client, agent, now, this.#matches),
          }))
          .filter(({ gates }) => gates.length > 0);
      });
  }

  /** One stage: agent by agent; who comes first on an agent is decided when it is begun. */
  #serve(offers: Share[], agents: readonly PlainAgent[], offerOf: OfferOf): void {
    const books = this.#books;
    for (const agent of agents) {
      const clients = rolesInOrder(books).flatMap((role) => clientsInOrder(books, role));
      for (const client of clients) {
        if (!fits(client.terms.constraints, agent, this.#matches)) continue;
        const made = offers.find((offer) => same(offer, client) && offer.agent === agent.id);
        const offer = offerOf(books, client, agent, made?.resources ?? NOTHING);
        if (!isAllocatable(client, offer)) continue;
        if (filtersOf(books, client, agent, offer).length > 0) continue;
        this.#offer(offers, client, agent, offer);
      }
    }
  }

  /** What several stages give to one client on one agent is one offer. */
  #offer(offers: Share[], client: Client, agent: PlainAgent, resources: Resources): void {
    const { framework, role } = client;
    const share: Share = { framework, role, agent: agent.id, resources };
    this.#books.held.push(share);
    const unusable = unusableOf(client, resources);
    if (unusable) {
      const before = this.#uncountedOf(share);
      const names = Object.keys({ ...before, ...unusable });
      const amounts = Object.fromEntries(
        names.map((name) => [name, (before[name] ?? 0) + (unusable[name] ?? 0)]),
      );
      this.#countInFull(share);
      this.#books.uncounted.push({ framework, role, agent: agent.id, amounts });
    }
    const index = offers.findIndex((offer) => same(offer, share) && offer.agent === agent.id);
    const earlier = offers[index];
    if (earlier) offers[index] = { ...earlier, resources: add(earlier.resources, resources) };
    else offers.push(share);
    this.#books.given.push(...placesOf(share));
  }

  #visited(only: readonly AgentId[] | undefined): PlainAgent[] {
    const agents = this.#books.agents
      .filter(({ id, active }) => active && (only === undefined || only.includes(id)))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const random = this.#random;
    if (!random) return agents;
    for (let last = agents.length - 1; last > 0; last--) {
      const other = Math.floor(random() * (last + 1));
      [agents[last], agents[other]] = [agents[other] as PlainAgent, agents[last] as PlainAgent];
    }
    return agents;
  }

  /** Gives back what is held of this. */
  #take(share: Share): void {
    let back = share.resources;
    this.#books.held = this.#books.held
      .map((held) => {
        if (!same(held, share) || held.agent !== share.agent) return held;
        const rest = subtract(held.resources, back);
        back = subtract(back, held.resources);
        return { ...held, resources: rest };
      })
      .filter(({ resources }) => resources.length > 0);
    // Something of an offer was given back without a word.
    const left = quantitiesOf(this.#heldBy(share).filter(isPlainAmount));
    const uncounted = this.#uncountedOf(share);
    if (Object.keys(uncounted).some((name) => (uncounted[name] as number) > (left[name] ?? 0)))
      this.#countInFull(share);
  }

  #uncountedOf(where: Omit<Share, 'resources'>): Quantities {
    const isThere = (one: Omit<Share, 'resources'>): boolean => same(one, where) && one.agent === where.agent;
    return this.#books.uncounted.find(isThere)?.amounts ?? {};
  }

  #countInFull(where: Omit<Share, 'resources'>): void {
    this.#books.uncounted = this.#books.uncounted.filter(
      (one) => !(same(one, where) && one.agent === where.agent),
    );
  }

  #heldBy(share: Share): Resources {
    return this.#books.held
      .filter((held) => same(held, share) && held.agent === share.agent)
      .reduce<Resources>((sum, { resources }) => add(sum, resources), NOTHING);
  }

  #leave(client: Client): void {
    const books = this.#books;
    books.clients = books.clients.filter((other) => other !== client);
    books.claims = books.claims.filter((claim) => !same(claim, client));
    this.#dropFilters((filter) => same(filter, client));
  }

  /** Who neither is in a role nor holds anything in it any more begins anew, should it come again. */
  #forget(): void {
    const places = placesIn(this.#books);
    this.#books.given = this.#books.given.filter((place) => places.includes(place));
  }

  #dropFilters(isOver: (filter: PlainBooks['filters'][number]) => boolean): void {
    this.#books.filters = this.#books.filters.filter((filter) => !isOver(filter));
  }

  #agent(id: AgentId): PlainAgent | undefined {
    return this.#books.agents.find((agent) => agent.id === id);
  }

  #client(framework: FrameworkId, role: string): Client | undefined {
    return this.#books.clients.find((client) => same(client, { framework, role }));
  }

  /** @param roles all, if absent */
  #clientsOf(framework: FrameworkId, roles?: readonly string[]): readonly Client[] {
    return this.#books.clients.filter(
      (client) => client.framework === framework && (roles === undefined || roles.includes(client.role)),
    );
  }
}
