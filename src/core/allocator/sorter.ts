/**
 * Who is to be offered something first. A sorter knows its clients by path, what they hold and what they
 * weigh, and goes through the active ones in order. The allocator has one for the roles, whose paths form a
 * tree, and one in each role for its frameworks, which are flat. Two rules to choose from: drf-sorter.ts,
 * the fair one, and random-sorter.ts.
 */
import type { Amounts } from './parcel.ts';

export interface SorterOptions {
  /** Paths are single names, whatever they hold. Default: components parted by `/`. */
  readonly flat?: boolean;
}

export interface SorterClient<T> {
  readonly path: string;
  readonly data: T;
  readonly active: boolean;
  /** Times something was allocated. */
  readonly count: number;
}

/** Amounts and totals are copied: the caller may use its arrays again. */
export interface Sorter<T> {
  /**
   * Inactive at first. An ancestor of other clients competes with its descendants as a virtual leaf.
   * @param path that of no other client
   */
  add(path: string, data: T): SorterClient<T>;
  /** Its allocation leaves its ancestors' sums. Added again, it is a new client. */
  remove(client: SorterClient<T>): void;
  /** An inactive client is not visited; what it holds still counts for its ancestors. */
  setActive(client: SorterClient<T>, active: boolean): void;
  /**
   * Also before the path exists, and kept when it goes.
   * @param weight more than 0; 1 is the default
   */
  setWeight(path: string, weight: number): void;
  /** Of the whole cluster: what shares are parts of. */
  setTotals(totals: Amounts): void;
  /** Counts once more, for the client and its ancestors. */
  allocated(client: SorterClient<T>, amounts: Amounts): void;
  /** @param amounts no more than the client holds */
  unallocated(client: SorterClient<T>, amounts: Amounts): void;
  /** Active clients in order, until `visit` returns true. Nothing may change meanwhile, only after it. */
  visit(visit: (client: SorterClient<T>) => boolean): void;
}

/** All active clients in order. */
export function orderOf<T>(sorter: Sorter<T>): SorterClient<T>[] {
  const order: SorterClient<T>[] = [];
  sorter.visit((client) => {
    order.push(client);
    return false;
  });
  return order;
}
