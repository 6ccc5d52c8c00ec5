/**
 * The round trip of heartbeats, as it is worth telling: the middle one of the last few, and another figure only once that
 * is far from the one told before. A single slow answer, or one that wavers by a millisecond, is no news.
 */
const KEPT = 5;
/** So many times as long or as short is another figure. */
const FAR = 2;

export class Latency {
  #last: number[] = [];
  #told: number | undefined;

  /** ms; undefined before the first heartbeat. */
  get ms(): number | undefined {
    return this.#told;
  }

  note(ms: number): void {
    this.#last = [...this.#last, ms].slice(-KEPT);
    const middle = [...this.#last].sort((a, b) => a - b)[Math.floor(this.#last.length / 2)]!;
    const told = this.#told ?? 0;
    if (this.#told === undefined || middle > told * FAR || middle * FAR < told) this.#told = middle;
  }

  forget(): void {
    this.#last = [];
    this.#told = undefined;
  }
}
