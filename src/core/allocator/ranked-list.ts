/**
 * A list that stays in order while single items change. The order is kept as numbers, not as references:
 * with round robin, the usual case, an item moves from the first place to the last, and that is one memmove
 * of a typed array. (In an array of objects it takes ten times as long with a thousand of them.)
 */

/** Strict, and total: of two items one is before the other. */
export type IsBefore<T> = (a: T, b: T) => boolean;

export class RankedList<T> {
  /** In no order. */
  #items: T[] = [];
  /** Rank → where in `#items`. There may be more of it than items: the rest means nothing. */
  #order = new Uint32Array(0);

  get length(): number {
    return this.#items.length;
  }

  at(rank: number): T {
    return this.#items[this.#order[rank]!]!;
  }

  /** At the end, wherever it belongs. */
  add(item: T): void {
    if (this.length === this.#order.length) {
      const shorter = this.#order;
      this.#order = new Uint32Array(Math.max(4, 2 * this.length));
      this.#order.set(shorter);
    }
    this.#order[this.length] = this.length;
    this.#items.push(item);
  }

  /** The others stay in order. */
  delete(item: T): void {
    const place = this.#items.indexOf(item);
    const rank = this.#order.indexOf(place);
    this.#order.copyWithin(rank, rank + 1, this.length);
    const last = this.#items.pop()!;
    if (last === item) return;
    this.#items[place] = last;
    this.#order[this.#order.indexOf(this.length)] = place;
  }

  sort(isBefore: IsBefore<T>): void {
    const sorted: T[] = [];
    for (let rank = 0; rank < this.length; rank++) sorted.push(this.at(rank));
    sorted.sort((a, b) => (isBefore(a, b) ? -1 : 1));
    this.#items = sorted;
    for (let rank = 0; rank < this.length; rank++) this.#order[rank] = rank;
  }

  /** Where the item is, or belongs, if those from rank `low` to before `high` are in order. */
  rankOf(item: T, isBefore: IsBefore<T>, low = 0, high = this.length): number {
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(this.at(middle), item)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The item of this rank, and no other, may be out of place: it moves to where it belongs. */
  settle(rank: number, isBefore: IsBefore<T>): void {
    const order = this.#order;
    const item = this.at(rank);
    const place = order[rank]!;
    let to = this.rankOf(item, isBefore, 0, rank);
    if (to === rank) to = this.rankOf(item, isBefore, rank + 1) - 1;
    if (to < rank) order.copyWithin(to + 1, to, rank);
    if (to > rank) order.copyWithin(rank, rank + 1, to + 1);
    order[to] = place;
  }
}
