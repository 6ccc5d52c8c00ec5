/**
 * One allocation: agent by agent, what is free of it goes to whoever is first in the order of shares and may have it,
 * until nothing is left. First to claims, then to unmet guarantees, then to everybody. The order is that of the moment
 * when an agent is begun: what is given counts from the next agent on.
 */
import type { Share } from '../allocator.ts';
import type { Random } from '../clock.ts';
import { contains, type Resources } from '../resources.ts';
import type { AgentBook } from './agent-book.ts';
import { NONE, SEVERAL } from './bit-rows.ts';
import { type Books, plainOf } from './books.ts';
import type { Client, RoleBook } from './client.ts';
import { fitsConstraints, type Matches } from './constraints.ts';
import { countOf, NO_PORTS } from './flat-ranges.ts';
import { type Amounts, isPlain, type Parcel, plus } from './parcel.ts';
import { Portions, type Stage } from './portion.ts';
import type { SorterClient } from './sorter.ts';

/** What a client was given of an agent in this run, by now. */
interface Draft {
  readonly client: Client;
  parcel: Parcel;
  readonly offer: Share & { resources: Resources };
}

export class Run {
  readonly #books: Books;
  readonly #random: Random | undefined;
  readonly #matches: Matches;
  readonly #portions: Portions;
  #offers: Share[] = [];
  /** Given on the present agent in this stage, and not yet counted in the shares. */
  readonly #uncounted: { readonly client: Client; readonly share: Amounts }[] = [];
  #agent!: AgentBook;
  #stage: Stage = 'fair';
  #kept: Amounts = [];
  #useBits = false;
  /** Nothing is left of the agent for anybody. */
  #isDone = false;
  /** Every role was found at its limit: nothing plain can be given any more in this stage. */
  #allFull = false;
  /** The drafts, in a run of several stages. */
  #byAgent: Map<AgentBook, Draft[]> | undefined;

  constructor(books: Books, random: Random | undefined, matches: Matches) {
    this.#books = books;
    this.#random = random;
    this.#matches = matches;
    this.#portions = new Portions(books);
  }

  /** @param only these agents; undefined: all that something has changed about */
  allocate(only: ReadonlySet<AgentBook> | undefined): Share[] {
    const books = this.#books;
    const agents = books.takeDirty(only).filter(({ active }) => active);
    if (agents.length === 0 || books.wanting === 0) return [];
    books.settleTotals();
    this.#offers = [];
    const hasClaims = agents.some(({ claims }) => claims.length > 0);
    this.#byAgent = books.tree.hasGuarantees || hasClaims ? new Map() : undefined;
    for (const agent of agents) if (agent.claims.length > 0) this.#serveClaims(agent);
    if (books.tree.hasGuarantees) this.#serveAll(agents, 'guaranteed');
    this.#serveAll(agents, 'fair');
    return this.#offers;
  }

  #serveAll(agents: AgentBook[], stage: Stage): void {
    if (this.#random) shuffle(agents, this.#random);
    this.#allFull = false;
    for (const agent of agents) {
      if (stage === 'guaranteed' && this.#books.tree.requiredSum === 0) return;
      if (this.#allFull && agent.specialFree.length === 0) continue;
      if (!this.#portions.isWorthOffering(agent)) continue;
      this.#begin(agent, stage, agent.kept);
      const only = this.#useBits ? agent.filters!.onlyUnblocked(this.#books.wantingBits) : SEVERAL;
      if (only === NONE) continue;
      this.#allFull = stage === 'fair';
      if (only === SEVERAL) this.#books.roleOrder.visit(this.#visitRole);
      else this.#visitAlone(this.#books.clientAt(only));
      this.#end();
    }
  }

  /** In the order in which they were made. Each has what those before it leave, and leaves what it can to those after it. */
  #serveClaims(agent: AgentBook): void {
    for (const claim of agent.claims) {
      const client = this.#books.frameworks.get(claim.framework)?.clients.get(claim.role);
      if (!client?.wants || !this.#fits(agent, client)) continue;
      const needs = this.#books.amountsOf(claim.needs);
      const at = agent.claims.indexOf(claim);
      const earlier = this.#books.sumOfNeeds(agent.claims.slice(0, at));
      const later = this.#books.sumOfNeeds(agent.claims.slice(at + 1));
      const left = (c: number): number => Math.max(0, (agent.free[c] ?? 0) - (earlier[c] ?? 0));
      if (needs.some((need, c) => left(c) < need)) continue;
      const kept = agent.free.map((free, c) => free - Math.max(needs[c] ?? 0, left(c) - (later[c] ?? 0)));
      this.#begin(agent, 'claimed', kept);
      const parcel = this.#portions.of(agent, client, 'claimed', kept);
      const plain = parcel && plainOf(parcel, this.#books.columns);
      const isEnough = parcel && this.#portions.isEnough(client, parcel);
      if (isEnough && needs.every((need, c) => (plain?.[c] ?? 0) >= need)) {
        this.#give(client, parcel);
        const others = agent.claims.filter((other) => other !== claim);
        this.#books.setClaims(agent, others);
      } else this.#books.hasWithheld = true; // by a limit: the room is there
      this.#end();
    }
  }

  #begin(agent: AgentBook, stage: Stage, kept: Amounts): void {
    this.#agent = agent;
    this.#stage = stage;
    this.#kept = kept;
    this.#useBits = agent.filters !== undefined && agent.specialFree.length === 0;
    if (this.#useBits) agent.filters!.raiseTo(agent.freePlain, agent.portsFreeCount);
  }

  #end(): void {
    for (const { client, share } of this.#uncounted) this.#books.count(client, share);
    this.#uncounted.length = 0;
  }

  readonly #visitRole = ({ data: role }: SorterClient<RoleBook>): boolean => {
    if (!this.#mayHaveSome(role)) return false;
    this.#isDone = false;
    role.frameworks.visit(this.#visitClient);
    return this.#isDone;
  };

  /** All others have refused what is free: no order is needed. */
  #visitAlone({ role, place }: Client): void {
    if (this.#mayHaveSome(role)) this.#visitClient(place);
    this.#allFull = false; // of the others' roles nothing is known
  }

  #mayHaveSome(role: RoleBook): boolean {
    if (this.#isFull(role)) return false;
    this.#allFull = false;
    return this.#stage !== 'guaranteed' || this.#books.tree.canClaim(role.node);
  }

  /** At its limit; but what is reserved for it may still be offered to it. */
  #isFull({ node }: RoleBook): boolean {
    const { tree, ownMinimums } = this.#books;
    if (ownMinimums > 0 || this.#agent.specialFree.length > 0 || !tree.isFull(node)) return false;
    this.#books.hasWithheld = true;
    return true;
  }

  /** @returns whether nothing is left for others */
  readonly #visitClient = ({ data: client }: SorterClient<Client>): boolean => {
    const agent = this.#agent;
    if (this.#useBits && agent.filters!.blocks(client.index)) return false;
    if (!this.#fits(agent, client)) return false;
    const made = this.#draftOf(client)?.parcel;
    const whole = this.#portions.of(agent, client, this.#stage, this.#kept, countOf(made?.ports ?? NO_PORTS));
    if (this.#portions.withheld) this.#noteWithheld(agent);
    const parcel = whole && withoutRepeats(whole, made);
    if (!parcel || !this.#portions.isEnough(client, parcel)) return false;
    if (isFiltered(agent, client, parcel)) return false;
    this.#give(client, parcel);
    this.#isDone = !this.#portions.isWorthOffering(agent);
    return this.#isDone;
  };

  /** Of disks that can't be split, what did not fit now may fit when the next run cuts otherwise. */
  #noteWithheld(agent: AgentBook): void {
    this.#books.hasWithheld = true;
    if (agent.specialFree.some(isPlain)) this.#books.touch(agent);
  }

  #fits(agent: AgentBook, client: Client): boolean {
    return fitsConstraints(agent, client, this.#matches);
  }

  /** What several stages give to one client on one agent is one offer. */
  #give(client: Client, portion: Parcel): void {
    const agent = this.#agent;
    const parcel = agent.shared(portion);
    const { tree } = this.#books;
    const required = tree.requiredSum;
    const share = this.#books.give(agent, client, parcel);
    this.#uncounted.push({ client, share: this.#books.countOfOffer(agent, client, parcel, share) });
    // What was given beside guarantees met one all the same: what is kept for it elsewhere is free now.
    if (this.#stage === 'fair' && tree.requiredSum < required) this.#books.moreRoom();
    const before = this.#draftOf(client);
    if (before) {
      before.parcel = plus(before.parcel, parcel);
      before.offer.resources = agent.listOf(before.parcel);
      return;
    }
    const { framework, role } = client;
    const offer = {
      framework: framework.id,
      role: role.path,
      agent: agent.id,
      resources: agent.listOf(parcel),
    };
    this.#offers.push(offer);
    this.#byAgent?.set(agent, [...(this.#byAgent.get(agent) ?? []), { client, parcel, offer }]);
  }

  /** What an earlier stage of this run gave to the client on this agent. */
  #draftOf(client: Client): Draft | undefined {
    return this.#byAgent?.get(this.#agent)?.find((draft) => draft.client === client);
  }
}

/** A shared volume stays free when it is given, but is in an offer only once. */
function withoutRepeats(parcel: Parcel, made: Parcel | undefined): Parcel {
  if (!made || made.special.length === 0) return parcel;
  return { ...parcel, special: parcel.special.filter((r) => !(r.shared && contains(made.special, [r]))) };
}

export function isFiltered({ filters, portsFreeCount }: AgentBook, client: Client, parcel: Parcel): boolean {
  const ports = parcel.ports.length > 0 ? portsFreeCount : 0;
  return filters?.covers(client.index, parcel.plain, ports, parcel.special) ?? false;
}

function shuffle<T>(list: T[], random: Random): void {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
}
