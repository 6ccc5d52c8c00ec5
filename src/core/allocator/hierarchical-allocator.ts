/**
 * The allocator: Mesos' hierarchical one (see ../allocator.ts for how it differs), in a form whose cost follows what
 * has changed. This file turns the words of the interface into changes of the books; an allocation is run.ts, what one
 * client may have of one agent portion.ts, the reasons explain.ts.
 */
import type {
  Allocation,
  Allocator,
  Claim,
  Consumption,
  Demand,
  Need,
  Quota,
  Refusal,
  RoleTerms,
  Share,
} from '../allocator.ts';
import type { Random } from '../clock.ts';
import type { Quantities } from '../quantities.ts';
import type { Resources } from '../resources.ts';
import type { AgentId, FrameworkId } from '../task.ts';
import type { AgentBook } from './agent-book.ts';
import { Books } from './books.ts';
import type { Client, FrameworkBook, RoleBook } from './client.ts';
import type { Matches } from './constraints.ts';
import { DrfSorter } from './drf-sorter.ts';
import { explain, type Scope } from './explain.ts';
import { needsOf } from './needs.ts';
import { type Parcel, unpack } from './parcel.ts';
import { RandomSorter } from './random-sorter.ts';
import { Run } from './run.ts';
import { wishesOf } from './usable.ts';

export interface AllocatorOptions {
  /** Shuffles the agents before each stage. Absent: they are visited in the order of their ids. */
  readonly random?: Random | undefined;
  /** @default nothing matches */
  readonly matches?: Matches | undefined;
  /** Who comes first: the one with the least share, or whoever is drawn, by weight. The latter needs `random`. @default 'drf' */
  readonly sorter?: 'drf' | 'random' | undefined;
}

export class HierarchicalAllocator implements Allocator {
  readonly #books: Books;
  readonly #run: Run;
  readonly #matches: Matches;

  constructor({ random, matches = () => false, sorter = 'drf' }: AllocatorOptions = {}) {
    const drawn = sorter === 'random' ? (random ?? (() => 0)) : undefined;
    this.#books = new Books({
      roles: () => (drawn ? new RandomSorter<RoleBook>(drawn) : new DrfSorter<RoleBook>()),
      frameworks: () =>
        drawn ? new RandomSorter<Client>(drawn, { flat: true }) : new DrfSorter<Client>({ flat: true }),
    });
    this.#matches = matches;
    this.#run = new Run(this.#books, random, matches);
  }

  setAgent(id: AgentId, total: Resources, attributes: Readonly<Record<string, string>> = {}): void {
    const agent = this.#books.agent(id);
    this.#books.setTotal(agent, total);
    if (sameAttributes(agent.attributes, attributes)) return;
    agent.attributes = attributes;
    this.#books.forgetFits(agent);
    this.#books.clearFilters(agent);
  }

  activateAgent(id: AgentId, active: boolean): void {
    const agent = this.#books.agents.get(id);
    if (agent && agent.active !== active) this.#books.setActive(agent, active);
  }

  removeAgent(id: AgentId): void {
    const agent = this.#books.agents.get(id);
    if (agent) this.#books.removeAgent(agent);
  }

  setFramework(
    id: FrameworkId,
    roles: readonly string[],
    terms: Readonly<Record<string, RoleTerms>> = {},
  ): void {
    const framework = this.#books.framework(id);
    framework.isKnown = true;
    for (const client of [...framework.clients.values()])
      if (!roles.includes(client.role.path)) this.#leave(client);
    for (const role of roles) this.#enter(this.#books.client(framework, role), terms[role] ?? {});
  }

  activateFramework(id: FrameworkId, active: boolean): void {
    const framework = this.#books.frameworks.get(id);
    if (!framework?.isKnown) return;
    framework.active = active;
    for (const client of framework.clients.values()) {
      this.#books.dropFilters(client);
      this.#books.settle(client);
    }
    if (active) this.#books.touchAll();
  }

  removeFramework(id: FrameworkId): void {
    const framework = this.#books.frameworks.get(id);
    if (!framework) return;
    framework.isKnown = false;
    framework.active = true;
    for (const client of [...framework.clients.values()]) this.#leave(client);
  }

  setDemands(id: FrameworkId, role: string, demands: readonly Demand[]): void {
    const client = this.#client(id, role);
    if (!client?.isMember) return;
    client.demands = demands;
    client.wishes = wishesOf(demands, this.#books.columns);
  }

  setWeight(role: string, weight: number): void {
    this.#books.roleOrder.setWeight(role, weight);
  }

  setQuota(role: string, quota: Quota | undefined): void {
    this.#books.setQuota(role, quota);
  }

  consumption(): readonly Consumption[] {
    const { tree, columns } = this.#books;
    const found: Consumption[] = [];
    for (const { path, quota, consumed } of tree.all()) {
      if (!quota) continue;
      const named: [string, number][] = columns.order.map((c) => [columns.names[c]!, consumed[c] ?? 0]);
      const some = Object.fromEntries(named.filter(([, amount]) => amount > 0)) as Quantities;
      found.push({ role: path, consumed: some, ...quota });
    }
    return found.sort((a, b) => (a.role < b.role ? -1 : 1));
  }

  use({ framework: id, role, agent: agentId, resources }: Share): void {
    const agent = this.#books.agents.get(agentId);
    if (!agent || resources.length === 0) return;
    const framework = this.#books.framework(id);
    const known = framework.clients.get(role);
    const client = known ?? this.#books.client(framework, role);
    // A stranger so far, or in another role: what it holds counts, and it is offered nothing.
    if (!known) client.isMember = false;
    this.#books.count(client, this.#books.give(agent, client, this.#parcel(resources)));
    this.#books.settle(client);
    // It may have met a guarantee without taking what is free: of an agent that is over-allocated.
    this.#books.moreRoom();
  }

  answered(framework: FrameworkId, role: string, id: AgentId): void {
    const [agent, client] = this.#holder({ framework, role, agent: id });
    if (agent && client) this.#books.countInFull(agent, client);
  }

  recover(share: Share): void {
    const [agent, client] = this.#holder(share);
    if (agent && client) this.#books.takeBack(agent, client, agent.parcelOf(share.resources));
  }

  decline(share: Share, until: number): void {
    const [agent, client] = this.#holder(share);
    if (!agent || !client) return;
    const parcel = agent.parcelOf(share.resources);
    this.#books.takeBack(agent, client, parcel);
    if (client.isMember) this.#books.refuse(agent, client, parcel, until);
  }

  convert(share: Share, to: Resources): void {
    const [agent, client] = this.#holder(share);
    const from = this.#parcel(share.resources);
    if (agent && client && agent.isHeld(client, from))
      this.#books.convert(agent, client, from, this.#parcel(to));
  }

  suppress(id: FrameworkId, roles?: readonly string[]): void {
    for (const client of this.#members(id, roles)) {
      client.suppressed = true;
      this.#books.settle(client);
    }
  }

  revive(id: FrameworkId, roles?: readonly string[]): void {
    for (const client of this.#members(id, roles)) {
      this.#books.dropFilters(client);
      if (!client.suppressed) continue;
      client.suppressed = false;
      this.#books.settle(client);
      this.#books.touchAll();
    }
  }

  claim(claim: Claim): void {
    const agent = this.#books.agents.get(claim.agent);
    if (!agent || !this.#client(claim.framework, claim.role)?.isMember) return;
    const others = agent.claims.filter((one) => !isSameClient(one, claim));
    this.#books.setClaims(agent, [...others, claim]);
  }

  unclaim(framework: FrameworkId, role: string, id: AgentId): void {
    const agent = this.#books.agents.get(id);
    const others = agent?.claims.filter((one) => !isSameClient(one, { framework, role }));
    if (agent && others && others.length < agent.claims.length) this.#books.setClaims(agent, others);
  }

  needs(role: string): readonly Need[] {
    return needsOf(this.#books, this.#matches, role);
  }

  beyondGuarantee(role: string): Quantities {
    const { tree, columns } = this.#books;
    const beyond: Record<string, number> = {};
    columns.names.forEach((name, column) => {
      const amount = tree.beyondGuarantee(tree.node(role), column);
      if (amount !== Number.POSITIVE_INFINITY) beyond[name] = amount;
    });
    return beyond;
  }

  allocate(now: number, agents?: readonly AgentId[]): Allocation {
    const books = this.#books;
    books.expireFilters(now);
    const only = agents && new Set(agents.flatMap((id) => books.agents.get(id) ?? []));
    const offers = this.#run.allocate(only);
    return { offers, nextFilterEnd: books.ends.next };
  }

  order(): readonly string[] {
    this.#books.settleTotals();
    const roles: string[] = [];
    this.#books.roleOrder.visit(({ path }) => {
      roles.push(path);
      return false;
    });
    return roles;
  }

  explain(now: number, of: Scope = {}): readonly Refusal[] {
    this.#books.expireFilters(now);
    return explain(this.#books, this.#matches, of);
  }

  #enter(client: Client, terms: RoleTerms): void {
    const wanted = client.wasWanting;
    client.isMember = true;
    if (!sameTerms(client.terms, terms)) {
      this.#books.dropFilters(client);
      this.#books.setTerms(client, terms);
      this.#books.touchAll();
    }
    this.#books.settle(client);
    if (client.wants && !wanted) this.#books.touchAll();
  }

  /** What it holds in this role stays counted until it comes back. */
  #leave(client: Client): void {
    client.isMember = false;
    client.suppressed = false;
    client.demands = [];
    client.wishes = [];
    this.#books.dropFilters(client);
    this.#books.setTerms(client, {});
    for (const agent of this.#books.agents.values())
      if (agent.claims.length > 0) this.unclaim(client.framework.id, client.role.path, agent.id);
    this.#books.settle(client);
  }

  #client(id: FrameworkId, role: string): Client | undefined {
    return this.#books.frameworks.get(id)?.clients.get(role);
  }

  #members(id: FrameworkId, roles: readonly string[] | undefined): Client[] {
    const framework: FrameworkBook | undefined = this.#books.frameworks.get(id);
    return [...(framework?.clients.values() ?? [])].filter(
      ({ isMember, role: { path } }) => isMember && (!roles || roles.includes(path)),
    );
  }

  #holder({ framework, role, agent }: Omit<Share, 'resources'>): [AgentBook | undefined, Client | undefined] {
    return [this.#books.agents.get(agent), this.#client(framework, role)];
  }

  #parcel(resources: Resources): Parcel {
    return unpack(resources, this.#books.columns);
  }
}

const isSameClient = (a: Pick<Claim, 'framework' | 'role'>, b: Pick<Claim, 'framework' | 'role'>): boolean =>
  a.framework === b.framework && a.role === b.role;

function sameAttributes(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

/** They come from outside as JSON, in one order of fields or another: a difference that is none costs only a few filters. */
const sameTerms = (a: RoleTerms, b: RoleTerms): boolean => JSON.stringify(a) === JSON.stringify(b);
