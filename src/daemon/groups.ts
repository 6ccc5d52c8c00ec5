/** Ids by what they have in common (the tasks of an agent, the offers of a framework), so that nobody looks through all. */
const NONE: ReadonlySet<never> = new Set();

export class Groups<K, Id> {
  readonly #groups = new Map<K, Set<Id>>();

  /** In the order in which they were added. To be copied where it may change meanwhile. */
  of(key: K): ReadonlySet<Id> {
    return this.#groups.get(key) ?? NONE;
  }

  add(key: K, id: Id): void {
    const group = this.#groups.get(key);
    if (group) group.add(id);
    else this.#groups.set(key, new Set([id]));
  }

  remove(key: K, id: Id): void {
    const group = this.#groups.get(key);
    if (group?.delete(id) && group.size === 0) this.#groups.delete(key);
  }
}
