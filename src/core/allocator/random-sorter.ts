/**
 * A weighted lottery: each visit draws a new order, in which a client comes first with the chance that its
 * weight is of the sum; then the second of those who are left, and so on. On a tree a node's chance is
 * divided among its children with an active client in them. What is held makes no difference.
 *
 * Drawn as a race: who weighs w arrives after an exponential time of rate w, and the order of arrivals is
 * the shuffle (Efraimidis and Spirakis, 2006).
 */
import type { Random } from '../clock.ts';
import { type Client, ClientTree, type TreeNode } from './client-tree.ts';
import { Heap } from './heap.ts';
import type { Sorter, SorterClient, SorterOptions } from './sorter.ts';

interface Runner<T> {
  readonly client: Client<T>;
  /** When it arrives. */
  readonly at: number;
}

export class RandomSorter<T> implements Sorter<T> {
  readonly #tree: ClientTree<T>;
  readonly #random: Random;

  constructor(random: Random, options?: SorterOptions) {
    this.#random = random;
    this.#tree = new ClientTree(options);
  }

  add(path: string, data: T): Client<T> {
    return this.#tree.add(path, data);
  }

  remove(client: Client<T>): void {
    this.#tree.remove(client);
  }

  setActive(client: Client<T>, active: boolean): void {
    this.#tree.setActive(client, active);
  }

  setWeight(path: string, weight: number): void {
    this.#tree.setWeight(path, weight);
  }

  setTotals(): void {}

  allocated(client: Client<T>): void {
    client.count += 1;
  }

  unallocated(): void {}

  visit(visit: (client: SorterClient<T>) => boolean): void {
    const runners: Runner<T>[] = [];
    this.#start(this.#tree.root, 1, runners);
    // Mostly the first few are enough: the rest need not be put in order.
    const race = new Heap(runners);
    for (let next = race.pop(); next && !visit(next.client); next = race.pop());
  }

  /** Every active client below the node starts, at the part of `rate` that is its own. */
  #start(node: TreeNode<T>, rate: number, runners: Runner<T>[]): void {
    const { contenders } = node;
    let sum = 0;
    for (let rank = 0; rank < contenders.length; rank++) sum += contenders.at(rank).weight;
    for (let rank = 0; rank < contenders.length; rank++) {
      const child = contenders.at(rank);
      const part = (rate * child.weight) / sum;
      if (child.client) runners.push({ client: child.client, at: -Math.log1p(-this.#random()) / part });
      else this.#start(child, part, runners);
    }
  }
}
