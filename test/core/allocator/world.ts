/**
 * Plays histories on allocators, all of them at once, and keeps a book of its own of what was given to whom:
 * facts to hold every allocation against, whoever made it.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Allocation, Allocator, Claim, Share } from '../../../src/core/allocator.ts';
import {
  add,
  canonical,
  contains,
  isIndivisible,
  layersOf,
  NOTHING,
  type Resource,
  type Resources,
  reserved,
  subtract,
  UNRESERVED,
  withLayers,
} from '../../../src/core/resources.ts';
import type { AgentId } from '../../../src/core/task.ts';
import type { Step } from './history.ts';
import {
  type Client,
  countPorts,
  type Filter,
  freeOn,
  isOutdone,
  type PlainAgent,
  PlainBooks,
} from './plain-books.ts';

export class World {
  /**
   * Agents, quotas, filters and what is held; frameworks only by their clients; claims that were ever made.
   */
  readonly books = new PlainBooks();
  readonly #allocators: readonly Allocator[];
  readonly #away = new Set<string>();
  now = 0;
  /** What has happened so far, by name. */
  readonly happened = new Map<string, number>();

  constructor(...allocators: readonly Allocator[]) {
    this.#allocators = allocators;
  }

  free(agent: AgentId): Resources {
    const known = this.agent(agent);
    return known ? freeOn(this.books, known) : NOTHING;
  }

  agent(id: AgentId): PlainAgent | undefined {
    return this.books.agents.find((agent) => agent.id === id);
  }

  client(framework: string, role: string): Client | undefined {
    return this.books.clients.find((one) => one.framework === framework && one.role === role);
  }

  wants(framework: string, role: string): boolean {
    const client = this.client(framework, role);
    return client !== undefined && !client.suppressed && !this.#away.has(framework);
  }

  filtersOf(share: Omit<Share, 'resources'>): readonly Filter[] {
    return this.books.filters.filter((filter) => isOf(filter, share) && filter.agent === share.agent);
  }

  /** Does one step. @returns what each allocator answered, if it was an allocation */
  play(step: Step): readonly Allocation[] {
    if (step.op === 'allocate') return this.#allocators.map((one) => one.allocate(this.now, step.agents));
    this.#change(step);
    return [];
  }

  /** Offers that were made count as held. */
  hold(offers: readonly Share[]): void {
    this.books.held.push(...offers);
  }

  #note(what: string): void {
    this.happened.set(what, (this.happened.get(what) ?? 0) + 1);
  }

  #each(change: (allocator: Allocator) => void): void {
    for (const allocator of this.#allocators) change(allocator);
  }

  #change(step: Exclude<Step, { op: 'allocate' }>): void {
    const { books } = this;
    switch (step.op) {
      case 'agent': {
        const { agent: id, total, attributes } = step;
        this.#each((one) => one.setAgent(id, total, attributes));
        const known = books.agents.find((agent) => agent.id === id);
        if (known && !isDeepStrictEqual(known.attributes, attributes))
          this.#forget(({ agent }) => agent === id);
        if (known) Object.assign(known, { total, attributes });
        else books.agents.push({ id, total, attributes, active: true });
        const held = books.held.filter(({ agent }) => agent === id).flatMap(({ resources }) => resources);
        if (held.some((r) => !contains(total, [r]))) this.#note('over-allocated');
        return;
      }
      case 'removeAgent':
        this.#each((one) => one.removeAgent(step.agent));
        books.agents = books.agents.filter(({ id }) => id !== step.agent);
        books.held = books.held.filter(({ agent }) => agent !== step.agent);
        return this.#forget(({ agent }) => agent === step.agent);
      case 'activateAgent':
        this.#each((one) => one.activateAgent(step.agent, step.on));
        for (const agent of books.agents) if (agent.id === step.agent) agent.active = step.on;
        return;
      case 'framework': {
        const { framework, roles, terms } = step;
        this.#each((one) => one.setFramework(framework, roles, terms));
        const before = books.clients.filter((client) => client.framework === framework);
        const after = roles.map((role) => {
          const { suppressed = false } = before.find((client) => client.role === role) ?? {};
          return { framework, role, terms: terms[role] ?? {}, suppressed, demands: [] };
        });
        books.clients = books.clients.filter((client) => !before.includes(client)).concat(after);
        const kept = before.filter(({ role, terms: said }) =>
          after.some((one) => one.role === role && isDeepStrictEqual(one.terms, said)),
        );
        return this.#forget(
          (filter) => filter.framework === framework && !kept.some((one) => isOf(filter, one)),
        );
      }
      case 'activateFramework':
        this.#each((one) => one.activateFramework(step.framework, step.on));
        if (!books.clients.some(({ framework }) => framework === step.framework)) return;
        this.#away[step.on ? 'delete' : 'add'](step.framework);
        return this.#forget(({ framework }) => framework === step.framework);
      case 'removeFramework':
        this.#each((one) => one.removeFramework(step.framework));
        books.clients = books.clients.filter(({ framework }) => framework !== step.framework);
        this.#away.delete(step.framework);
        return this.#forget(({ framework }) => framework === step.framework);
      case 'demands': {
        const client = pick(books.clients, step.client);
        if (!client) return;
        return this.#each((one) => one.setDemands(client.framework, client.role, step.demands));
      }
      case 'answered': {
        const held = pick(books.held, step.which);
        return held && this.#each((one) => one.answered(held.framework, held.role, held.agent));
      }
      case 'weight':
        return this.#each((one) => one.setWeight(step.role, step.weight));
      case 'quota': {
        const { role, quota } = step;
        this.#each((one) => one.setQuota(role, quota));
        books.quotas = books.quotas.filter((one) => one.role !== role).concat(quota ? [{ role, quota }] : []);
        return;
      }
      case 'use': {
        // Amounts may be over-allocated; one port or volume is never in use twice.
        const free = this.free(step.share.agent);
        const resources = step.share.resources.filter((r) => isDivisible(r) || contains(free, [r]));
        if (resources.length === 0) return;
        const share = { ...step.share, resources };
        this.#each((one) => one.use(share));
        if (books.agents.some(({ id }) => id === share.agent)) books.held.push(share);
        return;
      }
      case 'giveBack':
        return this.#giveBack(step);
      case 'convert':
        return this.#convert(step);
      case 'suppress':
      case 'revive': {
        this.#each((one) => one[step.op](step.framework, step.roles));
        const meant = books.clients.filter(
          ({ framework, role }) => framework === step.framework && (step.roles?.includes(role) ?? true),
        );
        for (const client of meant) client.suppressed = step.op === 'suppress';
        if (step.op === 'suppress') return;
        return this.#forget((filter) => meant.some((one) => isOf(filter, one)));
      }
      case 'claim': {
        const client = pick(books.clients, step.client);
        if (!client) return;
        const { framework, role } = client;
        const claim: Claim = { framework, role, agent: step.agent, needs: step.needs };
        books.claims.push(claim);
        return this.#each((one) => one.claim(claim));
      }
      case 'unclaim': {
        const claim = pick(books.claims, step.which);
        if (!claim) return;
        return this.#each((one) => one.unclaim(claim.framework, claim.role, claim.agent));
      }
      case 'advance':
        this.now += step.ms;
        return this.#forget(({ until }) => until <= this.now);
    }
  }

  #giveBack({ which, how, declined }: Extract<Step, { op: 'giveBack' }>): void {
    const held = pick(this.books.held, which);
    if (!held) return;
    const back = { ...held, resources: canonical(held.resources.map((r) => times(r, how))) };
    this.#note(`gave ${how} back`);
    this.#take(back);
    if (declined === undefined) return this.#each((one) => one.recover(back));
    const until = this.now + declined;
    this.#each((one) => one.decline(back, until));
    const { framework, role, agent, resources: refused } = back;
    if (!this.books.clients.some((client) => isOf(client, back)) || declined === 0) return;
    const ports = countPorts(this.free(agent));
    const filter: Filter = { framework, role, agent, refused, ports, until };
    this.#forget((old) => isOutdone(old, filter));
    this.books.filters.push(filter);
  }

  #convert({ which }: Extract<Step, { op: 'convert' }>): void {
    const ways = this.books.held.flatMap((held) =>
      held.resources.flatMap((from) =>
        waysToConvert(from, held.role, which).map((to) => ({ held, from, to })),
      ),
    );
    const way = pick(ways, which);
    if (!way) return;
    const share = { ...way.held, resources: [way.from] };
    this.#note('something converted');
    this.#each((one) => one.convert(share, [way.to]));
    this.#take(share);
    this.books.held.push({ ...share, resources: [way.to] });
    const agent = this.agent(share.agent) as PlainAgent;
    agent.total = add(subtract(agent.total, [way.from]), [way.to]);
  }

  #take(share: Share): void {
    let back = share.resources;
    for (const [index, held] of this.books.held.entries()) {
      if (!isOf(held, share) || held.agent !== share.agent) continue;
      this.books.held[index] = { ...held, resources: subtract(held.resources, back) };
      back = subtract(back, held.resources);
    }
    this.books.held = this.books.held.filter(({ resources }) => resources.length > 0);
  }

  #forget(isOver: (filter: Filter) => boolean): void {
    this.books.filters = this.books.filters.filter((filter) => !isOver(filter));
  }
}

type Who = Pick<Share, 'framework' | 'role'>;

const isOf = (a: Who, b: Who): boolean => a.framework === b.framework && a.role === b.role;

const isDivisible = (r: Resource): boolean => 'scalar' in r && !isIndivisible(r);

/** Of what can be halved, half or twice as much. */
function times(r: Resource, how: 'all' | 'half' | 'twice'): Resource {
  if (!('scalar' in r) || isIndivisible(r) || how === 'all') return r;
  return { ...r, scalar: how === 'half' ? Math.ceil(r.scalar / 2) : r.scalar * 2 };
}

/** Reserved for the role, or a layer less, or a volume. */
function waysToConvert(r: Resource, role: string, which: number): Resource[] {
  if (r.revocable || r.shared || r.disk?.volume) return [];
  const layers = layersOf(r);
  const isRoles = role !== UNRESERVED && (r.role === UNRESERVED || role.startsWith(`${r.role}/`));
  const volume = { ...r, disk: { ...r.disk, volume: { id: `made-${which}` } } };
  return [
    ...(isRoles ? reserved([r], { role, kind: 'dynamic', principal: 'bob' }) : []),
    ...(layers.at(-1)?.kind === 'dynamic' ? [withLayers(r, layers.slice(0, -1))] : []),
    ...(r.name === 'disk' && r.role !== UNRESERVED ? [volume, { ...volume, shared: true as const }] : []),
  ];
}

const pick = <T>(list: readonly T[], which: number): T | undefined => list[which % list.length];
