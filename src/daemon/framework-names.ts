/**
 * Whose a framework's name is: the key's that first took it, for good, until a person removes the framework. Written
 * down before anything is made of the subscription, so that two masters never see two owners.
 */
import type { Clock } from '../core/clock.ts';
import { TenderError } from '../core/errors.ts';
import type { FrameworkId } from '../core/task.ts';
import type { FrameworkRecord, Registry } from './registry.ts';

export class FrameworkNames {
  readonly #registry: Registry;
  readonly #clock: Clock;
  /** Names that are being taken for the first time, by key. */
  readonly #claims = new Map<FrameworkId, string>();

  constructor(registry: Registry, clock: Clock) {
    this.#registry = registry;
    this.#clock = clock;
  }

  /**
   * Resolves when the name is this key's for good, and all that was stored under it shows.
   * @throws TenderError `framework.taken`, `framework.removed`, `state.write`
   */
  async claim({ id, owner, born, facts }: FrameworkRecord): Promise<void> {
    await this.#registry.removalOf(id);
    const record = this.#registry.frameworks.get(id);
    const known = record?.removedAt === undefined ? record : undefined;
    const taken = known?.owner ?? this.#claims.get(id);
    if (taken !== undefined && taken !== owner) throw new TenderError('framework.taken', { name: id });
    if (record && born !== undefined && born !== known?.born)
      throw new TenderError('framework.removed', { name: id });
    const now = { id, owner, born: known?.born ?? this.#clock.now(), facts };
    if (JSON.stringify(known) === JSON.stringify(now)) return this.#registry.settled();
    this.#claims.set(id, owner);
    try {
      await this.#registry.put('framework', id, now).catch((error: unknown) => {
        if (!known) throw error; // the name is its own already: what it stored is here, whatever the disk takes now
      });
    } finally {
      this.#claims.delete(id);
    }
  }
}
