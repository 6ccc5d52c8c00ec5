/**
 * Which column of an amount is which resource name. Names are interned once, as they first appear, and never given up:
 * a cluster knows a handful. Amounts are arrays of thousandths by column; a shorter one means 0 of the later names.
 */
export class Columns {
  readonly #byName = new Map<string, number>();
  readonly names: string[] = [];
  /** All columns, in the order of their names. */
  order: readonly number[] = [];
  #zeros: readonly number[] = [];

  of(name: string): number {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const column = this.names.length;
    this.names.push(name);
    this.#byName.set(name, column);
    this.#zeros = [...this.#zeros, 0];
    this.order = this.names.map((_, at) => at).sort((a, b) => (this.names[a]! < this.names[b]! ? -1 : 1));
    return column;
  }

  /** Undefined: nobody ever had or wanted any of it. */
  find(name: string): number | undefined {
    return this.#byName.get(name);
  }

  get count(): number {
    return this.names.length;
  }

  /** Nothing of any. */
  zeros(): number[] {
    return this.#zeros.slice();
  }
}
