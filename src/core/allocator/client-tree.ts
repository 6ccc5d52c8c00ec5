/**
 * The tree under both sorters: a node for each client's path and for each of its ancestors' paths. Clients
 * are leaves. One that is an ancestor, too, has a virtual leaf, a child called `.`, which competes with its
 * descendants at weight 1, while its own weight stays with the inner node. (It stays when they go: alone, it
 * makes no difference.) A node lives as long as a client is in its subtree, and keeps its count so long,
 * whoever comes and goes below it.
 */

import type { Amounts } from './parcel.ts';
import { RankedList } from './ranked-list.ts';
import type { SorterClient, SorterOptions } from './sorter.ts';

export class Client<T> implements SorterClient<T> {
  readonly path: string;
  readonly data: T;
  active = false;
  count = 0;
  /** The leaf that stands for it now. */
  node: TreeNode<T>;

  constructor(path: string, data: T, node: TreeNode<T>) {
    this.path = path;
    this.data = data;
    this.node = node;
  }
}

export class TreeNode<T> {
  readonly path: string;
  /** Undefined: the root. */
  readonly parent: TreeNode<T> | undefined;
  weight: number;
  /** Of a leaf. */
  client: Client<T> | undefined = undefined;
  childCount = 0;
  /** Active clients in the subtree. */
  activeCount = 0;
  /** The children with an active client in their subtree. Their order is the sorter's affair. */
  readonly contenders = new RankedList<TreeNode<T>>();

  /** Held by the subtree. */
  readonly allocation: number[] = [];
  /** Times something was allocated in the subtree, since this node is there. */
  count = 0;
  /** Weighted dominant share, as of when the parent's contenders were put in order. */
  share = 0;
  /** For which edition of the totals the contenders are in order; 0: for none. */
  orderedFor = 0;

  constructor(path: string, parent: TreeNode<T> | undefined, weight: number) {
    this.path = path;
    this.parent = parent;
    this.weight = weight;
  }

  /** A child takes part from now on. */
  admit(child: TreeNode<T>): void {
    this.contenders.add(child);
    this.orderedFor = 0;
  }

  add(amounts: Amounts): void {
    while (this.allocation.length < amounts.length) this.allocation.push(0);
    for (let column = 0; column < amounts.length; column++) this.allocation[column]! += amounts[column]!;
  }

  subtract(amounts: Amounts): void {
    const columns = Math.min(amounts.length, this.allocation.length);
    for (let column = 0; column < columns; column++) this.allocation[column]! -= amounts[column]!;
  }
}

export class ClientTree<T> {
  readonly root = new TreeNode<T>('', undefined, 1);
  readonly #isFlat: boolean;
  /** All but the root and the virtual leaves. */
  readonly #nodes = new Map<string, TreeNode<T>>();
  readonly #weights = new Map<string, number>();

  constructor({ flat = false }: SorterOptions = {}) {
    this.#isFlat = flat;
  }

  add(path: string, data: T): Client<T> {
    const node = this.#reach(path);
    const leaf = node.childCount === 0 ? node : virtualLeafOf(node);
    leaf.client = new Client(path, data, leaf);
    return leaf.client;
  }

  /** What its ancestors hold because of it is for the caller to take away before. */
  remove(client: Client<T>): void {
    this.setActive(client, false);
    let node = this.#detach(client.node);
    while (node !== this.root && node.childCount === 0) node = this.#detach(node);
  }

  setActive(client: Client<T>, active: boolean): void {
    if (client.active === active) return;
    client.active = active;
    let node = client.node;
    while (node.parent) {
      const { parent } = node;
      node.activeCount += active ? 1 : -1;
      if (active && node.activeCount === 1) parent.admit(node);
      if (!active && node.activeCount === 0) parent.contenders.delete(node);
      node = parent;
    }
  }

  setWeight(path: string, weight: number): void {
    this.#weights.set(path, weight);
    const node = this.#nodes.get(path);
    if (!node?.parent || node.weight === weight) return;
    node.weight = weight;
    node.parent.orderedFor = 0;
  }

  /** The node of this path; it and its ancestors are made if they are not there. */
  #reach(path: string): TreeNode<T> {
    const known = this.#nodes.get(path);
    if (known) return known;
    const end = this.#isFlat ? -1 : path.lastIndexOf('/');
    const parent = end < 0 ? this.root : this.#reach(path.slice(0, end));
    if (parent.client) becomeInner(parent, parent.client);
    const node = new TreeNode(path, parent, this.#weights.get(path) ?? 1);
    this.#nodes.set(path, node);
    parent.childCount += 1;
    return node;
  }

  /** @returns its parent */
  #detach(node: TreeNode<T>): TreeNode<T> {
    const parent = node.parent ?? this.root;
    this.#nodes.delete(node.path);
    parent.childCount -= 1;
    return parent;
  }
}

function virtualLeafOf<T>(node: TreeNode<T>): TreeNode<T> {
  node.childCount += 1;
  return new TreeNode(`${node.path}/.`, node, 1);
}

/** The client of a leaf moves to a virtual leaf, with all it holds. */
function becomeInner<T>(node: TreeNode<T>, client: Client<T>): void {
  const leaf = virtualLeafOf(node);
  leaf.client = client;
  leaf.allocation.push(...node.allocation);
  leaf.count = client.count;
  leaf.activeCount = node.activeCount;
  if (client.active) node.admit(leaf);
  client.node = leaf;
  node.client = undefined;
}
