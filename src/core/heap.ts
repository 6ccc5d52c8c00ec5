/** The first of many things in an order of the caller's, at hand: a binary heap. */
export class Heap<T> {
  readonly #isBefore: (a: T, b: T) => boolean;
  readonly #items: T[];

  /** @param items are the heap's own from now on; put in order at the cost of their number, not of a sort */
  constructor(isBefore: (a: T, b: T) => boolean, items: T[] = []) {
    this.#isBefore = isBefore;
    this.#items = items;
    for (let at = (items.length >> 1) - 1; at >= 0; at--) this.#sink(at, items[at]!);
  }

  get first(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(item, items[parent]!)) break;
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = item;
  }

  pop(): T | undefined {
    const first = this.#items[0];
    const last = this.#items.pop();
    if (last !== undefined && this.#items.length > 0) this.#sink(0, last);
    return first;
  }

  /** Puts the item there, or below. */
  #sink(from: number, item: T): void {
    const items = this.#items;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && this.#isBefore(items[child + 1]!, items[child]!)) child++;
      if (!this.#isBefore(items[child]!, item)) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = item;
  }
}
