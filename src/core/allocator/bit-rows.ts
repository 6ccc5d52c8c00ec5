/**
 * Sets of small numbers, a bit each, one set to a row, all in one array of words: what is asked for every client of
 * every agent must not be looked for all over the memory. Rows and words are added as they are needed.
 */

/** What `onlyOf` finds when there is none, or more than one. */
export const NONE = -1;
export const SEVERAL = -2;

export class BitRows {
  /** Words in a row. */
  #width = 4;
  #words = new Uint32Array(4 * 16);

  has(row: number, n: number): boolean {
    const word = n >>> 5;
    if (word >= this.#width) return false;
    return ((this.#words[row * this.#width + word] ?? 0) & (1 << (n & 31))) !== 0;
  }

  set(row: number, n: number): void {
    const word = n >>> 5;
    if (word >= this.#width) this.#widen(word + 1);
    const at = row * this.#width + word;
    if (at >= this.#words.length) this.#lengthen(at + 1);
    this.#words[at]! |= 1 << (n & 31);
  }

  clear(row: number, n: number): void {
    const word = n >>> 5;
    const at = row * this.#width + word;
    if (word < this.#width && at < this.#words.length) this.#words[at]! &= ~(1 << (n & 31));
  }

  clearRow(row: number): void {
    this.#words.fill(0, row * this.#width, (row + 1) * this.#width);
  }

  /** The number that is in the first row of `all` and not in this row, if it is the only one; else NONE or SEVERAL. */
  onlyOf(all: BitRows, row: number): number {
    let found = NONE;
    for (let word = 0; word < all.#width; word++) {
      const here = word < this.#width ? (this.#words[row * this.#width + word] ?? 0) : 0;
      const others = all.#words[word]! & ~here;
      if (others === 0) continue;
      if (found !== NONE || (others & (others - 1)) !== 0) return SEVERAL;
      found = word * 32 + 31 - Math.clz32(others);
    }
    return found;
  }

  #widen(least: number): void {
    const width = Math.max(least, 2 * this.#width);
    const rows = this.#words.length / this.#width;
    const words = new Uint32Array(rows * width);
    for (let row = 0; row < rows; row++)
      words.set(this.#words.subarray(row * this.#width, (row + 1) * this.#width), row * width);
    this.#words = words;
    this.#width = width;
  }

  /** By whole rows. */
  #lengthen(least: number): void {
    const rows = Math.max(Math.ceil(least / this.#width), (2 * this.#words.length) / this.#width);
    const words = new Uint32Array(rows * this.#width);
    words.set(this.#words);
    this.#words = words;
  }
}
