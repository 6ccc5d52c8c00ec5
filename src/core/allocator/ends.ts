/** When things end, the next one first. A thing has one end; set anew, the old one is passed over. */
import { Heap } from '../heap.ts';

interface End<T> {
  readonly thing: T;
  readonly at: number;
}

export class Ends<T extends object> {
  readonly #ends = new Map<T, number>();
  readonly #heap = new Heap<End<T>>((a, b) => a.at < b.at);

  /** @param at infinite: never */
  set(thing: T, at: number): void {
    if (this.#ends.get(thing) === at) return;
    if (at === Number.POSITIVE_INFINITY) {
      this.#ends.delete(thing);
      return;
    }
    this.#ends.set(thing, at);
    this.#heap.push({ thing, at });
  }

  /** When the next one ends. */
  get next(): number | undefined {
    this.#passOver();
    return this.#heap.first?.at;
  }

  /** One that has ended by `now`; the same again until its end is set anew. */
  first(now: number): T | undefined {
    this.#passOver();
    const { first } = this.#heap;
    return first && first.at <= now ? first.thing : undefined;
  }

  #passOver(): void {
    const isPast = ({ thing, at }: End<T>): boolean => this.#ends.get(thing) !== at;
    for (let { first } = this.#heap; first && isPast(first); { first } = this.#heap) this.#heap.pop();
  }
}
