/**
 * Consumption and quota of every role, as a tree. A node's consumption is that of its whole subtree: its reservations
 * on all agents, and what its clients hold of the plain resources. From guarantees and consumption follows how much
 * must be kept free (`required`), kept current with every change along the path to the root:
 *
 *   required(node) = max(what its own guarantee lacks, the sum of its children's required)
 *
 * so that a child's guarantee is part of its parent's, and counts once.
 */
import type { Quota } from '../allocator.ts';
import type { Quantities } from '../quantities.ts';
import type { Columns } from './columns.ts';
import { LEAST } from './least.ts';
import { type Amounts, addTo } from './parcel.ts';

export class RoleNode {
  readonly path: string;
  readonly parent: RoleNode | undefined;
  readonly consumed: number[] = [];
  quota: Quota | undefined;
  guarantee: Amounts = [];
  /** By column; absent or infinite: unlimited. */
  limit: Amounts = [];
  readonly required: number[] = [];
  readonly childrenRequired: number[] = [];
  /** Its own limit leaves less than the least offer: nothing plain can be offered to it or below. */
  isFull = false;

  constructor(path: string, parent: RoleNode | undefined) {
    this.path = path;
    this.parent = parent;
  }
}

export class RoleTree {
  readonly #columns: Columns;
  readonly #nodes = new Map<string, RoleNode>();
  /** What must stay free for all unmet guarantees, by column. */
  readonly required: number[] = [];
  /** Of all names together: only to be compared with itself. */
  requiredSum = 0;
  #guarantees = 0;
  #limits = 0;

  constructor(columns: Columns) {
    this.#columns = columns;
  }

  get hasGuarantees(): boolean {
    return this.#guarantees > 0;
  }

  get hasQuota(): boolean {
    return this.#guarantees + this.#limits > 0;
  }

  node(path: string): RoleNode {
    const known = this.#nodes.get(path);
    if (known) return known;
    const end = path.lastIndexOf('/');
    const node = new RoleNode(path, end > 0 ? this.node(path.slice(0, end)) : undefined);
    this.#nodes.set(path, node);
    return node;
  }

  all(): Iterable<RoleNode> {
    return this.#nodes.values();
  }

  setQuota(path: string, quota: Quota | undefined): void {
    const node = this.node(path);
    this.#guarantees += Number(isAny(quota?.guarantee)) - Number(isAny(node.quota?.guarantee));
    this.#limits += Number(isAny(quota?.limit)) - Number(isAny(node.quota?.limit));
    node.quota = quota;
    node.guarantee = this.#byColumn(quota?.guarantee ?? {}, 0);
    node.limit = this.#byColumn(quota?.limit ?? {}, Number.POSITIVE_INFINITY);
    this.#refreshFull(node);
    for (let c = 0; c < this.#columns.count; c++) this.#settle(node, c);
  }

  /** Whether it, or one above it, is at its limit. Of those with a minimum of their own this says nothing. */
  isFull(node: RoleNode): boolean {
    for (let at: RoleNode | undefined = node; at; at = at.parent) if (at.isFull) return true;
    return false;
  }

  /** @param amounts by column; negative ones are given back */
  consume(node: RoleNode, amounts: Amounts, sign: 1 | -1): void {
    for (let c = 0; c < amounts.length; c++) {
      const amount = amounts[c]!;
      if (amount === 0) continue;
      for (let at: RoleNode | undefined = node; at; at = at.parent) addTo(at.consumed, c, sign * amount);
      if (this.#guarantees > 0) this.#settle(node, c);
    }
    if (this.#limits > 0) for (let at: RoleNode | undefined = node; at; at = at.parent) this.#refreshFull(at);
  }

  /** How much more the role may take: the least that any limit on its path leaves. */
  room(node: RoleNode, column: number): number {
    let room = Number.POSITIVE_INFINITY;
    if (this.#limits === 0) return room;
    for (let at: RoleNode | undefined = node; at; at = at.parent)
      room = Math.min(room, (at.limit[column] ?? Number.POSITIVE_INFINITY) - (at.consumed[column] ?? 0));
    return Math.max(0, room);
  }

  /**
   * How much the role can still claim as guaranteed: of what is required for it or for an ancestor, all but what is
   * required for others there: those below it, and its neighbours on the way up.
   */
  guaranteed(node: RoleNode, column: number): number {
    let others = node.childrenRequired[column] ?? 0;
    let most = (node.required[column] ?? 0) - others;
    for (let child = node, at = node.parent; at; child = at, at = at.parent) {
      others += (at.childrenRequired[column] ?? 0) - (child.required[column] ?? 0);
      most = Math.max(most, (at.required[column] ?? 0) - others);
    }
    return Math.min(Math.max(0, most), this.room(node, column));
  }

  /** Whether anything of it is guaranteed to the role, or to one above it. */
  hasGuaranteeOf(node: RoleNode, column: number): boolean {
    return (
      (node.guarantee[column] ?? 0) > 0 ||
      (node.parent !== undefined && this.hasGuaranteeOf(node.parent, column))
    );
  }

  /** How much the role holds beyond its own guarantee: infinite, if it has none. */
  beyondGuarantee({ guarantee, consumed }: RoleNode, column: number): number {
    const promised = guarantee[column] ?? 0;
    return promised > 0 ? Math.max(0, (consumed[column] ?? 0) - promised) : Number.POSITIVE_INFINITY;
  }

  /** The limit on the path that leaves the least. */
  tightestLimit(
    node: RoleNode,
    column: number,
  ): { readonly role: string; readonly limit: number; readonly consumed: number } | undefined {
    let tightest: { role: string; limit: number; consumed: number } | undefined;
    for (let at: RoleNode | undefined = node; at; at = at.parent) {
      const limit = at.limit[column] ?? Number.POSITIVE_INFINITY;
      const consumed = at.consumed[column] ?? 0;
      if (limit === Number.POSITIVE_INFINITY) continue;
      if (!tightest || limit - consumed < tightest.limit - tightest.consumed)
        tightest = { role: at.path, limit, consumed };
    }
    return tightest;
  }

  /** Roles whose own guarantee of it is not met. */
  lacking(column: number): string[] {
    return [...this.#nodes.values()]
      .filter(({ guarantee, consumed }) => (guarantee[column] ?? 0) > (consumed[column] ?? 0))
      .map(({ path }) => path)
      .sort();
  }

  /** Whether any of it is left that the role could claim. */
  canClaim(node: RoleNode): boolean {
    for (let c = 0; c < this.required.length; c++)
      if (this.required[c]! > 0 && this.guaranteed(node, c) > 0) return true;
    return false;
  }

  #refreshFull(node: RoleNode): void {
    node.isFull = Object.entries(LEAST).every(([name, least]) => {
      const column = this.#columns.find(name) ?? -1;
      return (node.limit[column] ?? Number.POSITIVE_INFINITY) - (node.consumed[column] ?? 0) < least;
    });
  }

  /** Brings `required` up to date from the node to the root. */
  #settle(node: RoleNode, column: number): void {
    for (let at: RoleNode | undefined = node; at; at = at.parent) {
      const lacks = (at.guarantee[column] ?? 0) - (at.consumed[column] ?? 0);
      const required = Math.max(0, lacks, at.childrenRequired[column] ?? 0);
      const change = required - (at.required[column] ?? 0);
      if (change === 0) continue; // an ancestor may still have changed: its own consumption did
      addTo(at.required, column, change);
      addTo(at.parent?.childrenRequired ?? this.required, column, change);
      if (!at.parent) this.requiredSum += change;
    }
  }

  #byColumn(quantities: Quantities, otherwise: number): Amounts {
    const amounts: number[] = [];
    for (const [name, amount] of Object.entries(quantities)) {
      const column = this.#columns.of(name);
      while (amounts.length <= column) amounts.push(otherwise);
      amounts[column] = amount;
    }
    return amounts;
  }
}

const isAny = (quantities: Quantities | undefined): boolean =>
  quantities !== undefined && Object.keys(quantities).length > 0;
