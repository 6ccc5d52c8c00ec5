/**
 * Weighted dominant resource fairness (Ghodsi et al., NSDI 2011) over a tree: next comes whose share is
 * smallest. The share of a node is the largest part that its subtree holds of any resource of the cluster,
 * divided by its weight; equal shares are told apart by how often something was allocated, then by path.
 * Only siblings are compared, level by level.
 *
 * A level is put in order when it is visited, and then kept so: what is allocated moves one node on each
 * level. Whatever concerns all (totals) or is rare (weights, who takes part) only marks the level, for the
 * next visit.
 */
import { type Client, ClientTree, type TreeNode } from './client-tree.ts';
import type { Amounts } from './parcel.ts';
import type { Sorter, SorterClient, SorterOptions } from './sorter.ts';

export class DrfSorter<T> implements Sorter<T> {
  readonly #tree: ClientTree<T>;
  #totals: Amounts = [];
  /** Changes with the totals: levels that are in order for another edition are not in order. */
  #edition = 1;

  constructor(options?: SorterOptions) {
    this.#tree = new ClientTree(options);
  }

  add(path: string, data: T): Client<T> {
    return this.#tree.add(path, data);
  }

  remove(client: Client<T>): void {
    this.unallocated(client, client.node.allocation.slice());
    this.#tree.remove(client);
  }

  setActive(client: Client<T>, active: boolean): void {
    this.#tree.setActive(client, active);
  }

  setWeight(path: string, weight: number): void {
    this.#tree.setWeight(path, weight);
  }

  setTotals(totals: Amounts): void {
    if (isSame(totals, this.#totals)) return;
    this.#totals = totals.slice();
    this.#edition += 1;
  }

  allocated(client: Client<T>, amounts: Amounts): void {
    client.count += 1;
    this.#change(client.node, (node) => {
      node.count += 1;
      node.add(amounts);
    });
  }

  unallocated(client: Client<T>, amounts: Amounts): void {
    this.#change(client.node, (node) => node.subtract(amounts));
  }

  visit(visit: (client: SorterClient<T>) => boolean): void {
    this.#visitBelow(this.#tree.root, visit);
  }

  /** @returns whether `visit` has seen enough */
  #visitBelow(node: TreeNode<T>, visit: (client: SorterClient<T>) => boolean): boolean {
    this.#putInOrder(node);
    const { contenders } = node;
    for (let rank = 0; rank < contenders.length; rank++) {
      const child = contenders.at(rank);
      if (child.client ? visit(child.client) : this.#visitBelow(child, visit)) return true;
    }
    return false;
  }

  #putInOrder(node: TreeNode<T>): void {
    if (node.orderedFor === this.#edition) return;
    const { contenders } = node;
    for (let rank = 0; rank < contenders.length; rank++) {
      const child = contenders.at(rank);
      child.share = this.#shareOf(child);
    }
    contenders.sort(isBefore);
    node.orderedFor = this.#edition;
  }

  /** Changes a leaf and its ancestors, each of which moves to its new place where its level is in order. */
  #change(leaf: TreeNode<T>, change: (node: TreeNode<T>) => void): void {
    let node = leaf;
    while (node.parent) {
      const { parent } = node;
      if (node.activeCount > 0 && parent.orderedFor === this.#edition) {
        const from = parent.contenders.rankOf(node, isBefore);
        change(node);
        node.share = this.#shareOf(node);
        parent.contenders.settle(from, isBefore);
      } else change(node);
      node = parent;
    }
  }

  #shareOf({ allocation, weight }: TreeNode<T>): number {
    const columns = Math.min(allocation.length, this.#totals.length);
    let dominant = 0;
    for (let column = 0; column < columns; column++) {
      const total = this.#totals[column]!;
      if (total > 0) dominant = Math.max(dominant, allocation[column]! / total);
    }
    return dominant / weight;
  }
}

function isSame(a: Amounts, b: Amounts): boolean {
  const columns = Math.max(a.length, b.length);
  for (let column = 0; column < columns; column++) if ((a[column] ?? 0) !== (b[column] ?? 0)) return false;
  return true;
}

function isBefore<T>(a: TreeNode<T>, b: TreeNode<T>): boolean {
  if (a.share !== b.share) return a.share < b.share;
  if (a.count !== b.count) return a.count < b.count;
  return a.path < b.path;
}
