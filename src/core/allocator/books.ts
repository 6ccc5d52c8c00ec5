/**
 * All that the allocator knows: agents, frameworks with their clients, roles, and the sums over them that an allocation
 * needs at hand (shares, consumption, headroom, which agents are worth another look). Every sum is kept current by the
 * change itself, so that an allocation costs what has changed, not what there is.
 */
import type { Claim, Quota, RoleTerms } from '../allocator.ts';
import type { Quantities } from '../quantities.ts';
import type { Resources } from '../resources.ts';
import type { AgentId, FrameworkId } from '../task.ts';
import { AgentBook } from './agent-book.ts';
import { AgentFilters, FilterTables } from './agent-filters.ts';
import { BitRows } from './bit-rows.ts';
import { Client, type FrameworkBook, type RoleBook } from './client.ts';
import { Columns } from './columns.ts';
import { Ends } from './ends.ts';
import { type Amounts, addScalars, addTo, isPlain, type Parcel } from './parcel.ts';
import { RoleTree } from './role-tree.ts';
import type { Sorter } from './sorter.ts';
import { usableOf } from './usable.ts';

export interface Sorters {
  roles(): Sorter<RoleBook>;
  frameworks(): Sorter<Client>;
}

export class Books {
  readonly columns = new Columns();
  readonly tree = new RoleTree(this.columns);
  readonly agents = new Map<AgentId, AgentBook>();
  readonly frameworks = new Map<FrameworkId, FrameworkBook>();
  readonly roles = new Map<string, RoleBook>();
  readonly roleOrder: Sorter<RoleBook>;
  /** Free plain amounts of all active agents that no claim keeps, by column; while there are guarantees to be met of it. */
  available: number[] = [];
  /** How many clients want offers, and how many of all have a minimum of their own. */
  wanting = 0;
  /** In the one row: the clients that want offers, by index. */
  readonly wantingBits = new BitRows();
  ownMinimums = 0;
  /** When filters end, by agent. */
  readonly ends = new Ends<AgentBook>();
  /** The last allocation kept something back for a limit or for headroom: more room anywhere concerns all agents. */
  hasWithheld = false;

  readonly #sorters: Sorters;
  readonly #clients: (Client | undefined)[] = [];
  readonly #vacantClients: number[] = [];
  readonly #vacantAgents: number[] = [];
  readonly #totals: number[] = [];
  #totalsChanged = false;
  readonly #filterTables = new FilterTables();
  #dirty: AgentBook[] = [];
  #allDirty = false;
  #byId: AgentBook[] | undefined;

  constructor(sorters: Sorters) {
    this.#sorters = sorters;
    this.roleOrder = sorters.roles();
  }

  // ── agents ─────────────────────────────────────────────────────────────────────────────────────────────────────

  agent(id: AgentId): AgentBook {
    const known = this.agents.get(id);
    if (known) return known;
    const agent = new AgentBook(id, this.#vacantAgents.pop() ?? this.agents.size, this.columns);
    this.agents.set(id, agent);
    this.#byId = undefined;
    return agent;
  }

  /** In the order of their ids. */
  agentsInOrder(): readonly AgentBook[] {
    this.#byId ??= [...this.agents.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    return this.#byId;
  }

  setTotal(agent: AgentBook, total: Resources): void {
    this.#countTotal(agent, -1);
    agent.setTotal(total);
    this.#countTotal(agent, 1);
    this.touch(agent);
    this.moreRoom();
  }

  setActive(agent: AgentBook, active: boolean): void {
    this.#countFree(agent, -1);
    agent.active = active;
    this.#countFree(agent, 1);
    this.touch(agent);
    this.moreRoom();
  }

  setClaims(agent: AgentBook, claims: readonly Claim[]): void {
    this.#countFree(agent, -1);
    agent.claims = claims;
    agent.kept = this.sumOfNeeds(claims);
    this.#countFree(agent, 1);
    this.touch(agent);
    this.moreRoom();
  }

  sumOfNeeds(claims: readonly Claim[]): Amounts {
    const sums: number[] = [];
    for (const { needs } of claims)
      for (const [name, amount] of Object.entries(needs)) addTo(sums, this.columns.of(name), amount);
    return sums;
  }

  removeAgent(agent: AgentBook): void {
    for (const client of [...agent.holdings.keys()]) this.takeBack(agent, client);
    this.#countTotal(agent, -1);
    this.clearFilters(agent);
    this.agents.delete(agent.id);
    this.#vacantAgents.push(agent.index);
    this.#byId = undefined;
    this.forgetFits(agent);
    this.moreRoom();
  }

  /** Its attributes are others now. */
  forgetFits(agent: AgentBook): void {
    for (const client of this.#clients) client?.fits.delete(agent);
    this.touch(agent);
  }

  // ── frameworks ─────────────────────────────────────────────────────────────────────────────────────────────────

  framework(id: FrameworkId): FrameworkBook {
    const known = this.frameworks.get(id);
    if (known) return known;
    const framework: FrameworkBook = { id, isKnown: false, active: true, clients: new Map() };
    this.frameworks.set(id, framework);
    return framework;
  }

  /** @param index of a client that there is */
  clientAt(index: number): Client {
    return this.#clients[index]!;
  }

  clients(): Client[] {
    return this.#clients.filter((client) => client !== undefined);
  }

  client(framework: FrameworkBook, path: string): Client {
    const known = framework.clients.get(path);
    if (known) return known;
    const role = this.role(path);
    const index = this.#vacantClients.pop() ?? this.#clients.length;
    const client = new Client(framework, role, index, (self) => role.frameworks.add(framework.id, self));
    this.#clients[index] = client;
    framework.clients.set(path, client);
    role.clients += 1;
    return client;
  }

  role(path: string): RoleBook {
    const known = this.roles.get(path);
    if (known) return known;
    const frameworks = this.#sorters.frameworks();
    frameworks.setTotals(this.#totals);
    const role = { path, node: this.tree.node(path), frameworks, clients: 0, wanting: 0 } as {
      -readonly [K in keyof RoleBook]: RoleBook[K];
    };
    role.place = this.roleOrder.add(path, role);
    this.roles.set(path, role);
    return role;
  }

  /** After anything that `wants` depends on; forgets a client that is out of the role and holds nothing. */
  settle(client: Client): void {
    const { role } = client;
    if (client.wants !== client.wasWanting) {
      const change = client.wants ? 1 : -1;
      client.wasWanting = client.wants;
      this.wanting += change;
      role.wanting += change;
      if (client.wants) this.wantingBits.set(0, client.index);
      else this.wantingBits.clear(0, client.index);
      role.frameworks.setActive(client.place, client.wants);
      this.roleOrder.setActive(role.place, role.wanting > 0);
    }
    if (client.isMember || client.holds > 0) return;
    role.frameworks.remove(client.place);
    this.#clients[client.index] = undefined;
    this.#vacantClients.push(client.index);
    client.framework.clients.delete(role.path);
    role.clients -= 1;
    if (role.clients > 0) return;
    this.roleOrder.remove(role.place);
    this.roles.delete(role.path);
  }

  setTerms(client: Client, terms: RoleTerms): void {
    this.ownMinimums += Number(terms.minimum !== undefined) - Number(client.terms.minimum !== undefined);
    client.terms = terms;
    client.minimum = terms.minimum?.map((alternative) => this.amountsOf(alternative));
    client.fits.clear();
  }

  amountsOf(quantities: Quantities): Amounts {
    const amounts: number[] = [];
    for (const [name, amount] of Object.entries(quantities)) addTo(amounts, this.columns.of(name), amount);
    return amounts;
  }

  setQuota(path: string, quota: Quota | undefined): void {
    const { hasGuarantees } = this.tree;
    this.tree.setQuota(path, quota);
    if (this.tree.hasGuarantees !== hasGuarantees) {
      this.available = [];
      for (const agent of this.agents.values()) this.#countFree(agent, 1);
    }
    this.touchAll();
  }

  /** What no unmet guarantee needs. */
  surplus(column: number): number {
    if (!this.tree.hasGuarantees) return Number.POSITIVE_INFINITY;
    return Math.max(0, (this.available[column] ?? 0) - (this.tree.required[column] ?? 0));
  }

  // ── who holds what ─────────────────────────────────────────────────────────────────────────────────────────────

  /** @returns what counts in the client's share, to be told to `count` when the order may change */
  give(agent: AgentBook, client: Client, parcel: Parcel): Amounts {
    this.#countFree(agent, -1);
    const isNew = !agent.holdings.has(client);
    const fresh = agent.give(client, parcel);
    this.#countFree(agent, 1);
    if (isNew) client.holds += 1;
    this.tree.consume(client.role.node, plainOf(fresh, this.columns), 1);
    return this.#shareOf(fresh);
  }

  count(client: Client, share: Amounts): void {
    client.role.frameworks.allocated(client.place, share);
    this.roleOrder.allocated(client.role.place, share);
  }

  /** What counts of an offer that is just made. @param share all of it */
  countOfOffer(agent: AgentBook, client: Client, parcel: Parcel, share: Amounts): Amounts {
    if (client.wishes.length === 0 || parcel.special.length > 0) return share;
    const usable = usableOf(client.wishes, share);
    if (!usable) return share;
    const before = agent.uncounted.get(client) ?? [];
    agent.uncounted.set(
      client,
      share.map((amount, c) => amount - usable[c]! + (before[c] ?? 0)),
    );
    return usable;
  }

  countInFull(agent: AgentBook, client: Client): void {
    const uncounted = agent.uncounted.get(client);
    if (!uncounted) return;
    agent.uncounted.delete(client);
    // Nothing is given: how often something was does not change.
    const less = uncounted.map((amount) => -amount);
    client.role.frameworks.unallocated(client.place, less);
    this.roleOrder.unallocated(client.role.place, less);
  }

  /** No more than it holds. @param parcel absent: all of it */
  takeBack(agent: AgentBook, client: Client, parcel?: Parcel): void {
    this.#countFree(agent, -1);
    const back = parcel ? agent.takeBack(client, parcel) : agent.takeAll(client);
    this.#countFree(agent, 1);
    if (!back) return;
    // Something of an offer was given back without a word.
    const left = agent.holdings.get(client)?.plain ?? [];
    if (agent.uncounted.get(client)?.some((amount, c) => amount > (left[c] ?? 0)))
      this.countInFull(agent, client);
    this.tree.consume(client.role.node, plainOf(back, this.columns), -1);
    const share = this.#shareOf(back);
    client.role.frameworks.unallocated(client.place, share);
    this.roleOrder.unallocated(client.role.place, share);
    if (!agent.holdings.has(client)) client.holds -= 1;
    this.touch(agent);
    this.moreRoom();
    this.settle(client);
  }

  /** The amounts are the same under another name: shares do not change, consumption may. */
  convert(agent: AgentBook, client: Client, from: Parcel, to: Parcel): void {
    this.countInFull(agent, client);
    this.#countTotal(agent, -1);
    agent.convert(client, from, to);
    this.#countTotal(agent, 1);
    this.tree.consume(client.role.node, plainOf(from, this.columns), -1);
    this.tree.consume(client.role.node, plainOf(to, this.columns), 1);
    this.touch(agent);
    this.moreRoom();
  }

  /** Shares are of these totals; before an order is asked for. */
  settleTotals(): void {
    if (!this.#totalsChanged) return;
    this.#totalsChanged = false;
    this.roleOrder.setTotals(this.#totals);
    for (const role of this.roles.values()) role.frameworks.setTotals(this.#totals);
  }

  // ── filters ────────────────────────────────────────────────────────────────────────────────────────────────────

  refuse(agent: AgentBook, client: Client, parcel: Parcel, until: number): void {
    client.hasRefused = true;
    agent.filters ??= new AgentFilters(this.#filterTables, agent.index);
    const { plain, special } = parcel;
    agent.filters.add(client.index, { plain, ports: agent.portsFreeCount, special }, until);
    this.ends.set(agent, agent.filters.firstEnd);
  }

  dropFilters(client: Client): void {
    if (!client.hasRefused) return;
    client.hasRefused = false;
    for (const agent of this.agents.values()) {
      if (!agent.filters?.drop(client.index)) continue;
      this.ends.set(agent, agent.filters.firstEnd);
      this.touch(agent);
    }
  }

  clearFilters(agent: AgentBook): void {
    agent.filters?.clear();
    this.ends.set(agent, Number.POSITIVE_INFINITY);
    this.touch(agent);
  }

  expireFilters(now: number): void {
    for (let agent = this.ends.first(now); agent; agent = this.ends.first(now)) {
      agent.filters?.expire(now);
      this.ends.set(agent, agent.filters?.firstEnd ?? Number.POSITIVE_INFINITY);
      this.touch(agent);
    }
  }

  // ── what is worth another look ─────────────────────────────────────────────────────────────────────────────────

  touch(agent: AgentBook): void {
    if (agent.dirty) return;
    agent.dirty = true;
    this.#dirty.push(agent);
  }

  touchAll(): void {
    this.#allDirty = true;
  }

  /** Something came free, or a quota changed: what was withheld elsewhere may be offered now. */
  moreRoom(): void {
    if (this.hasWithheld) this.#allDirty = true;
  }

  /** The agents to look at, in the order of their ids; they are clean now. */
  takeDirty(only: ReadonlySet<AgentBook> | undefined): AgentBook[] {
    if (this.#allDirty) {
      this.#allDirty = false;
      this.hasWithheld = false;
      for (const agent of this.agents.values()) this.touch(agent);
    }
    const isTaken = (agent: AgentBook): boolean => agent.dirty && (!only || only.has(agent));
    const few = this.#dirty.length < this.agents.size / 8;
    const taken = few
      ? this.#dirty
          .filter((agent) => isTaken(agent) && this.agents.get(agent.id) === agent)
          .sort((a, b) => (a.id < b.id ? -1 : 1))
      : this.agentsInOrder().filter(isTaken);
    for (const agent of taken) agent.dirty = false;
    this.#dirty = only ? this.#dirty.filter(({ dirty }) => dirty) : [];
    return taken;
  }

  // ── sums ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #countFree({ active, free, kept }: AgentBook, sign: 1 | -1): void {
    if (!active || !this.tree.hasGuarantees) return;
    for (let c = 0; c < free.length; c++)
      addTo(this.available, c, sign * Math.max(0, free[c]! - (kept[c] ?? 0)));
  }

  #countTotal(agent: AgentBook, sign: 1 | -1): void {
    this.#countFree(agent, sign);
    for (let c = 0; c < agent.amounts.length; c++) addTo(this.#totals, c, sign * agent.amounts[c]!);
    for (const r of agent.special)
      if ('scalar' in r && r.role !== '*')
        this.tree.consume(this.tree.node(r.role), this.amountsOf({ [r.name]: r.scalar }), sign);
    this.#totalsChanged = true;
  }

  /** What of it counts in shares. */
  #shareOf({ plain, special }: Parcel): Amounts {
    if (special.length === 0) return plain;
    const sums = [...plain];
    addScalars(sums, special, this.columns);
    return sums;
  }
}

/** What quota counts of these. */
export function plainOf({ plain, special }: Parcel, columns: Columns): Amounts {
  const own = special.filter(isPlain);
  if (own.length === 0) return plain;
  const sums = [...plain];
  addScalars(sums, own, columns);
  return sums;
}
