/**
 * What one client would be offered of one agent right now: what is free there for its role, less what claims, limits
 * and headroom keep back. In the usual case, an agent with plain amounts and ports, this is a few minimums of numbers;
 * reserved, revocable and disk resources go through lists.
 */
import {
  canonical,
  joinRanges,
  type Resource,
  type Resources,
  shrink,
  shrinkToLimits,
  subtract,
  UNRESERVED,
  usableBy,
} from '../resources.ts';
import type { AgentBook } from './agent-book.ts';
import type { Books } from './books.ts';
import type { Client } from './client.ts';
import {
  countOf,
  difference,
  type FlatRanges,
  flatten,
  highest,
  intersection,
  lowest,
  NO_PORTS,
  union,
} from './flat-ranges.ts';
import { LEAST } from './least.ts';
import { type Amounts, addScalars, isPlain, NO_PARCEL, type Parcel, pack, unpack } from './parcel.ts';
import type { RoleNode } from './role-tree.ts';

/**
 * `claimed`: for whom something was ended there; `guaranteed`: to meet guarantees; `fair`: everything, to everybody.
 */
export type Stage = 'claimed' | 'guaranteed' | 'fair';

const UNBOUND: Amounts = [];

export class Portions {
  readonly #books: Books;
  readonly #cpus: number;
  readonly #mem: number;
  /** Of the last portion: limits or headroom kept something back. */
  withheld = false;

  constructor(books: Books) {
    this.#books = books;
    this.#cpus = books.columns.of('cpus');
    this.#mem = books.columns.of('mem');
  }

  /**
   * Undefined: nothing that could be offered alone. Filters and constraints are the caller's affair.
   * @param kept amounts of the agent that are not for this client
   * @param ports so many of the ports that are due to it, it has already
   */
  of(agent: AgentBook, client: Client, stage: Stage, kept: Amounts, ports = 0): Parcel | undefined {
    this.withheld = false;
    const parcel = this.#parcel(agent, client, stage, kept);
    if (!parcel || !isSomething(parcel)) return undefined;
    if (agent.portsFreeCount === 0) return parcel;
    const { plain, special } = parcel;
    return { plain, ports: this.#ports(agent, client, ports), special };
  }

  /** All that is free there for the role, within the bounds. */
  usable(agent: AgentBook, client: Client, bounds: Amounts, kept: Amounts): Resources {
    const { columns } = this.#books;
    const plain = this.#plainList(agent, kept);
    const ports = this.#ports(agent, client, 0);
    const special = this.#special(agent, client, 'fair');
    const within = shrinkToLimits(
      plain,
      this.#byName((c) => bounds[c] ?? Number.POSITIVE_INFINITY),
    );
    return canonical([...within, ...special, ...pack({ ...NO_PARCEL, ports }, columns)]);
  }

  /** What the limits on its path leave to the role; absent: all. */
  limits(node: RoleNode): Amounts {
    const { tree, columns } = this.#books;
    return tree.hasQuota ? columns.zeros().map((_, c) => tree.room(node, c)) : UNBOUND;
  }

  /** What of each plain amount the role may be offered at most: what is owed to it is not kept from itself; absent: all. */
  bounds(node: RoleNode): Amounts {
    return this.limits(node).map((room, c) => Math.min(room, this.#unkept(node, c)));
  }

  /** What the guarantees of others leave. */
  #unkept(node: RoleNode, column: number): number {
    return this.#books.tree.guaranteed(node, column) + this.#books.surplus(column);
  }

  /** Whether it is enough for this client. */
  isEnough(client: Client, { plain, special }: Parcel): boolean {
    const sums = special.length === 0 ? plain : this.#sumOf(plain, special);
    const { minimum } = client;
    if (minimum === undefined) return this.#isWorth(sums);
    return (
      minimum.length === 0 || minimum.some((least) => least.every((amount, c) => (sums[c] ?? 0) >= amount))
    );
  }

  /** Whether anything of the agent could be enough for anybody. */
  isWorthOffering({ freePlain, specialFree }: AgentBook): boolean {
    if (this.#books.ownMinimums > 0) return specialFree.length > 0 || freePlain.some((amount) => amount > 0);
    return this.#isWorth(specialFree.length === 0 ? freePlain : this.#sumOf(freePlain, specialFree));
  }

  #isWorth(sums: Amounts): boolean {
    return (sums[this.#cpus] ?? 0) >= LEAST.cpus || (sums[this.#mem] ?? 0) >= LEAST.mem;
  }

  #sumOf(plain: Amounts, special: Resources): Amounts {
    const sums = [...plain];
    addScalars(sums, special, this.#books.columns);
    return sums;
  }

  /** Without ports. Undefined: nothing of it is guaranteed, in that stage. */
  #parcel(agent: AgentBook, client: Client, stage: Stage, kept: Amounts): Parcel | undefined {
    const { node } = client.role;
    if (stage === 'guaranteed' && !this.#isPromised(agent, node, kept)) return undefined;
    const special = agent.specialFree.length > 0 ? this.#special(agent, client, stage) : NO_PARCEL.special;
    return agent.specialFree.some(isPlain)
      ? this.#plainOfDisks(agent, node, stage, kept, special)
      : this.#cut(
          agent.freePlain,
          stage === 'claimed' ? this.limits(node) : this.bounds(node),
          kept,
          special,
        );
  }

  /** Something that is free there is guaranteed to the role, and not given yet. */
  #isPromised({ free }: AgentBook, node: RoleNode, kept: Amounts): boolean {
    return free.some((amount, c) => amount > (kept[c] ?? 0) && this.#books.tree.guaranteed(node, c) > 0);
  }

  /** Reserved for the role (and, but for guarantees, its ancestors), revocable, ranges and sets: all of them, whole. */
  #special({ specialFree }: AgentBook, { role: { path } }: Client, stage: Stage): Resources {
    const usable =
      stage === 'guaranteed'
        ? specialFree.filter(({ role }) => role === UNRESERVED || role === path)
        : usableBy(specialFree, path);
    return usable.filter((entry) => !isPlain(entry));
  }

  #cut(free: Amounts, bounds: Amounts, kept: Amounts, special: Resources): Parcel {
    const plain = free.slice();
    for (let c = 0; c < plain.length; c++) {
      const unkept = Math.max(0, plain[c]! - (kept[c] ?? 0));
      plain[c] = Math.min(unkept, bounds[c] ?? Number.POSITIVE_INFINITY);
      if (plain[c]! < unkept) this.withheld = true;
    }
    return { plain, ports: NO_PORTS, special };
  }

  /** Disks of their own are plain, too, but some can't be split: lists say which of them go. */
  #plainOfDisks(
    agent: AgentBook,
    node: RoleNode,
    stage: Stage,
    kept: Amounts,
    special: Resources,
  ): Parcel | undefined {
    const { columns, tree } = this.#books;
    const free = this.#plainList(agent, kept);
    const promised =
      stage === 'guaranteed'
        ? shrink(
            free,
            this.#byName((c) => tree.guaranteed(node, c)),
          )
        : NO_PARCEL.special;
    if (stage === 'guaranteed' && promised.length === 0) return undefined;
    const given = this.#sumOf([], promised);
    const limits = this.limits(node);
    const bound = (c: number): number => {
      const room = (limits[c] ?? Number.POSITIVE_INFINITY) - (given[c] ?? 0);
      if (stage === 'claimed') return room;
      return Math.min(room, stage === 'fair' ? this.#unkept(node, c) : this.#books.surplus(c));
    };
    const rest = subtract(free, promised);
    const more = shrinkToLimits(rest, this.#byName(bound));
    if (subtract(rest, more).length > 0) this.withheld = true;
    return unpack(canonical([...promised, ...more, ...special]), columns);
  }

  /** All free plain resources, but for what is kept for others. */
  #plainList(agent: AgentBook, kept: Amounts): Resources {
    const ordinary = pack({ ...NO_PARCEL, plain: agent.freePlain }, this.#books.columns);
    const all = canonical([...ordinary, ...agent.specialFree.filter(isPlain)]);
    if (kept.length === 0) return all;
    return shrinkToLimits(
      all,
      this.#byName((c) => Math.max(0, (agent.free[c] ?? 0) - (kept[c] ?? 0))),
    );
  }

  #byName(amount: (column: number) => number): Record<string, number> {
    return Object.fromEntries(this.#books.columns.names.map((name, column) => [name, amount(column)]));
  }

  /** So many as it asked for, or an even part; those that it named, then the highest. */
  #ports(agent: AgentBook, { terms }: Client, has: number): FlatRanges {
    if (!terms.ports) {
      const even = Math.ceil(agent.portsTotalCount / Math.max(1, this.#books.wanting));
      return agent.highestPorts(even - has);
    }
    const count = terms.ports.count - has;
    const named = lowest(intersection(agent.portsFree, flatten(joinRanges(terms.ports.numbers))), count);
    return union(named, highest(difference(agent.portsFree, named), count - countOf(named)));
  }
}

/** Ports and shared volumes go along with something, never alone: more of them would be offered at every turn. */
const isSomething = ({ plain, special }: Parcel): boolean =>
  plain.some((amount) => amount > 0) || special.some((entry: Resource) => entry.shared === undefined);
