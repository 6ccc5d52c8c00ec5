/**
 * The masters of a cluster as one of its members knows them, and which of them it tries next. It goes from one to the
 * next at once, and to whom a standby names as the leader; but to none twice before it has waited. Those that did not
 * answer are tried last: the best place to wait for a new leader is with a standby, which hears of it first.
 */
export class Masters {
  #all: readonly string[];
  #current: string;
  /** Since the last wait. */
  readonly #tried = new Set<string>();
  /** They did not answer when they were last tried. */
  readonly #silent = new Set<string>();
  /** As its user knows them. */
  #told: string;

  /** @param addresses at least one; the first is tried first */
  constructor(addresses: readonly [string, ...string[]]) {
    this.#all = [...new Set(addresses)];
    this.#current = addresses[0];
    this.#told = this.#all.join(' ');
  }

  get current(): string {
    return this.#current;
  }

  /** The last leader first. */
  get all(): readonly string[] {
    return this.#all;
  }

  /** Whether none of them answered. */
  get areSilent(): boolean {
    return this.#all.every((one) => this.#silent.has(one));
  }

  /** The current one does not answer: turns to another. @returns as `next` does */
  nextOfSilent(): boolean {
    this.#silent.add(this.#current);
    return this.#turn();
  }

  /**
   * The current one is no good: turns to another.
   * @param leader who it says leads; itself: it will in a moment
   * @returns false: all were tried; wait before you begin anew
   */
  next(leader?: string): boolean {
    this.#silent.delete(this.#current);
    return this.#turn(leader);
  }

  #turn(leader?: string): boolean {
    this.#tried.add(this.#current);
    const after = this.#all.indexOf(this.#current) + 1;
    const inTurn = [...this.#all.slice(after), ...this.#all.slice(0, after)];
    const isSilent = (one: string): boolean => this.#silent.has(one);
    const order = [...inTurn.filter((one) => !isSilent(one)), ...inTurn.filter(isSilent)];
    const fresh =
      leader === this.#current
        ? undefined
        : [...(leader === undefined ? [] : [leader]), ...order].find((one) => !this.#tried.has(one));
    this.#current = fresh ?? leader ?? order[0] ?? this.#current;
    if (fresh === undefined) this.#tried.clear();
    return fresh !== undefined;
  }

  /** The current one leads, and names all of them. @returns whether they, or who leads, are not as last told */
  learn(named: readonly string[]): boolean {
    this.#all = [...new Set([this.#current, ...named])];
    this.#tried.clear();
    this.#silent.clear();
    const before = this.#told;
    this.#told = this.#all.join(' ');
    return before !== this.#told;
  }
}
