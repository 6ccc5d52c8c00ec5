/**
 * A weighted lottery: each visit draws a new order, in which a client comes first with the chance that its
 * weight is of the sum; then the second of those who are left, and so on. On a tree a node's chance is
 * divided among its children with an active client in them. What is held makes no difference.
 *
 * The first few are drawn one by one, by weight among all; one that has come already is passed over, which
 * leaves the chances of the others as they should be. Mostly that is enough. Whoever is left then races: who
 * weighs w arrives after an exponential time of rate w, and the order of arrivals is the same shuffle
 * (Efraimidis and Spirakis, 2006).
 */
import type { Random } from '../clock.ts';
import { Heap } from '../heap.ts';
import { type Client, ClientTree, type TreeNode } from './client-tree.ts';
import type { Sorter, SorterClient, SorterOptions } from './sorter.ts';

interface Runner<T> {
  readonly client: Client<T>;
  /** When it arrives. */
  readonly at: number;
}

/** The active clients, and to each the sum of the chances up to its own. */
interface Odds<T> {
  readonly clients: readonly Client<T>[];
  readonly sums: readonly number[];
}

/** So many are drawn before the rest races. */
const DRAWS = 64;

export class RandomSorter<T> implements Sorter<T> {
  readonly #tree: ClientTree<T>;
  readonly #random: Random;
  /** Undefined: who takes part, or with which weight, has changed. */
  #odds: Odds<T> | undefined;

  constructor(random: Random, options?: SorterOptions) {
    this.#random = random;
    this.#tree = new ClientTree(options);
  }

  add(path: string, data: T): Client<T> {
    this.#odds = undefined;
    return this.#tree.add(path, data);
  }

  remove(client: Client<T>): void {
    this.#odds = undefined;
    this.#tree.remove(client);
  }

  setActive(client: Client<T>, active: boolean): void {
    this.#odds = undefined;
    this.#tree.setActive(client, active);
  }

  setWeight(path: string, weight: number): void {
    this.#odds = undefined;
    this.#tree.setWeight(path, weight);
  }

  setTotals(): void {}

  allocated(client: Client<T>): void {
    client.count += 1;
  }

  unallocated(): void {}

  visit(visit: (client: SorterClient<T>) => boolean): void {
    this.#odds ??= oddsOf(this.#tree);
    const { clients, sums } = this.#odds;
    const come = new Set<number>();
    // Of a few clients, drawing would mostly find the same ones again.
    const draws = clients.length > DRAWS ? DRAWS : 0;
    for (let draw = 0; draw < draws; draw++) {
      const one = indexIn(sums, this.#random() * sums.at(-1)!);
      if (come.has(one)) continue;
      come.add(one);
      if (visit(clients[one]!)) return;
    }
    this.#race({ clients, sums }, come, visit);
  }

  #race({ clients, sums }: Odds<T>, come: ReadonlySet<number>, visit: (client: Client<T>) => boolean): void {
    const runners: Runner<T>[] = [];
    for (const [i, client] of clients.entries()) {
      const chance = sums[i]! - (sums[i - 1] ?? 0);
      if (!come.has(i)) runners.push({ client, at: -Math.log1p(-this.#random()) / chance });
    }
    const race = new Heap((a, b) => a.at < b.at, runners);
    for (let next = race.pop(); next && !visit(next.client); next = race.pop());
  }
}

function oddsOf<T>(tree: ClientTree<T>): Odds<T> {
  const clients: Client<T>[] = [];
  const sums: number[] = [];
  /** Every active client below the node has the part of `chance` that is its own. */
  const share = ({ contenders }: TreeNode<T>, chance: number): void => {
    let sum = 0;
    for (let rank = 0; rank < contenders.length; rank++) sum += contenders.at(rank).weight;
    for (let rank = 0; rank < contenders.length; rank++) {
      const child = contenders.at(rank);
      const part = (chance * child.weight) / sum;
      if (child.client) {
        clients.push(child.client);
        sums.push((sums.at(-1) ?? 0) + part);
      } else share(child, part);
    }
  };
  share(tree.root, 1);
  return { clients, sums };
}

/** The first whose sum is over the number. */
function indexIn(sums: readonly number[], number: number): number {
  let from = 0;
  let to = sums.length - 1;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (sums[middle]! <= number) from = middle + 1;
    else to = middle;
  }
  return from;
}
