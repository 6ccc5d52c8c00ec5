/**
 * Frameworks that are away: their tasks go on until their failover time is over, a week if they have not said
 * otherwise. Then, or when a person says so, a framework is removed with all that is its own: tasks, jobs and what it
 * had stored. What it was before does not come in again; its name is free.
 */
import type { Timer } from '../core/clock.ts';
import type { Framework } from '../core/cluster.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import type { Event } from '../core/events.ts';
import type { FrameworkId } from '../core/task.ts';
import type { Parts } from './parts.ts';

/** A week (ms). */
export const FAILOVER = 7 * 24 * 3_600_000;

export class Failover {
  readonly #parts: Parts;
  readonly #timers = new Map<FrameworkId, Timer>();

  constructor(parts: Parts) {
    this.#parts = parts;
    parts.log.listen(({ event }) => this.#note(event));
  }

  /** The frameworks of a former master's life: away, until they subscribe. */
  recover(): void {
    const { registry, log, clock } = this.#parts;
    for (const { id, facts, removedAt, leftAt = clock.now() } of registry.frameworks.values()) {
      if (!facts || removedAt !== undefined) continue;
      const framework: Framework = { id, state: 'disconnected', suppressed: [], ...facts, since: leftAt };
      log.emit({ type: 'framework.recovered', framework });
      this.#arm(framework);
    }
  }

  /**
   * For good: its tasks are killed, also those on agents that are away, when they return.
   * @throws TenderError `framework.unknown`, `state.write`
   */
  async remove(id: FrameworkId, why: string): Promise<void> {
    const { registry, log, clock, frameworks, tasks, allocator } = this.#parts;
    if (!log.state.frameworks.has(id)) throw new TenderError('framework.unknown', { name: id, hint: '' });
    await registry.removeFramework(id, clock.now());
    this.#cancel(id);
    frameworks.turnOut(id, new TenderError('framework.removed', { name: id }));
    tasks.frameworkRemoved(id, why);
    for (const job of [...log.state.jobs.values()])
      if (job.framework === id) log.emit({ type: 'job.removed', job: job.name });
    allocator.removeFramework(id);
    log.emit({ type: 'framework.removed', framework: id, why });
  }

  close(): void {
    for (const timer of this.#timers.values()) timer.cancel();
  }

  #note(event: Event): void {
    if (event.type === 'framework.subscribed') this.#cancel(event.framework.id);
    if (event.type === 'framework.disconnected') this.#left(event.framework);
  }

  /** So that the time goes on after a restart of the master. */
  #left(id: FrameworkId): void {
    const { registry, log, clock } = this.#parts;
    const record = registry.frameworks.get(id);
    const framework = log.state.frameworks.get(id);
    if (!record || !framework || record.removedAt !== undefined) return;
    this.#arm(framework);
    registry.put('framework', id, { ...record, leftAt: clock.now() }).catch((error: unknown) => {
      log.emit({ type: 'master.warning', message: causeOf(error) });
    });
  }

  #arm({ id, since, failoverMs }: Framework): void {
    const { clock, log } = this.#parts;
    this.#cancel(id);
    const remove = (): void => {
      this.remove(id, 'it did not come back in time').catch((error: unknown) => {
        log.emit({ type: 'master.warning', message: causeOf(error) });
      });
    };
    this.#timers.set(id, clock.after(Math.max(0, since + failoverMs - clock.now()), remove));
  }

  #cancel(id: FrameworkId): void {
    this.#timers.get(id)?.cancel();
    this.#timers.delete(id);
  }
}
