/**
 * What was on its way when a line broke may be lost: a launch, a kill, an update. After each (re)connection the state of
 * every instance is asked for, and again until all have been heard of.
 */
import type { Timer } from '../../core/clock.ts';
import type { TaskId } from '../../core/task.ts';
import type { FrameworkContext } from '../define.ts';
import type { Instance } from './instance.ts';

/** Between two questions (ms); the last one from then on. */
const WAITS = [1_000, 2_000, 5_000, 10_000, 30_000];

export class Asking {
  readonly #context: FrameworkContext;
  readonly #unheard = new Map<TaskId, Instance>();
  #next: Timer | undefined;

  constructor(context: FrameworkContext) {
    this.#context = context;
  }

  /** Anew, of all of these. */
  start(instances: Iterable<Instance>): void {
    this.#unheard.clear();
    for (const instance of instances) this.#unheard.set(instance.task, instance);
    this.#context.reconcile([]);
    this.#ask(0);
  }

  heard(task: TaskId): void {
    this.#unheard.delete(task);
  }

  #ask(round: number): void {
    this.#next?.cancel();
    if (this.#unheard.size === 0) return;
    this.#context.reconcile([...this.#unheard.values()].map(({ task, agent }) => ({ task, agent })));
    this.#next = this.#context.after(WAITS[Math.min(round, WAITS.length - 1)]!, () => this.#ask(round + 1));
  }
}
