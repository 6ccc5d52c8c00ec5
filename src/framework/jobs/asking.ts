/**
 * What was on its way when a line broke may be lost: a launch, a kill, an update. After each (re)connection the state of
 * every instance is asked for, and again until all have been heard of: ever more rarely, but at once when their machine
 * is back.
 */
import type { Timer } from '../../core/clock.ts';
import type { TaskId } from '../../core/task.ts';
import type { AgentView } from '../../wire/messages/framework.ts';
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

  /** Agents that have changed: those that are there have told what they run. */
  changed(agents: readonly AgentView[]): void {
    if (this.#unheard.size === 0) return;
    const ready = new Set(agents.filter(({ state }) => state === 'ready').map(({ id }) => id));
    this.#askOf([...this.#unheard.values()].filter(({ agent }) => ready.has(agent)));
  }

  #askOf(instances: readonly Instance[]): void {
    if (instances.length > 0) this.#context.reconcile(instances.map(({ task, agent }) => ({ task, agent })));
  }

  #ask(round: number): void {
    this.#next?.cancel();
    if (this.#unheard.size === 0) return;
    this.#askOf([...this.#unheard.values()]);
    this.#next = this.#context.after(WAITS[Math.min(round, WAITS.length - 1)]!, () => this.#ask(round + 1));
  }
}
