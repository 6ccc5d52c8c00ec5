/**
 * What the frameworks are told of their tasks, as their schedulers hear it: the real plugins, with somebody who listens at
 * the door. And what clients were promised. Both are what people can rely on, so the invariants speak of them.
 */

import type { TaskId, TaskStatus } from '../../src/core/task.ts';
import { isTerminal, mayBecome, type TaskState } from '../../src/core/task-state.ts';
import type { FrameworkDefinition, Scheduler } from '../../src/framework/define.ts';

interface Path {
  readonly state: TaskState;
  /** Of the scheduler that heard it last: a new one has no memory, and may be told again how it came to its end. */
  readonly listener: number;
  /** Once it had one. */
  readonly end: TaskState | undefined;
}

export class Witness {
  readonly #paths = new Map<TaskId, Path>();
  readonly #found: (what: string) => void;
  #listeners = 0;
  updates = 0;

  constructor(found: (what: string) => void) {
    this.#found = found;
  }

  /** The same framework, listened to. */
  of(definition: FrameworkDefinition): FrameworkDefinition {
    return {
      ...definition,
      create: (context) => {
        const scheduler: Scheduler = definition.create(context);
        this.#listeners += 1;
        const listener = this.#listeners;
        const update = scheduler.update.bind(scheduler);
        scheduler.update = async (told) => {
          const { task, state } = told.status;
          this.#hear(definition.name, listener, told.status);
          await update(told); // throws: it will hear of it again
          const end = this.#paths.get(task)?.end ?? (isTerminal(state) ? state : undefined);
          if (state !== 'UNKNOWN') this.#paths.set(task, { state, listener, end });
        };
        return scheduler;
      },
    };
  }

  #hear(framework: string, listener: number, { task, state, reason }: TaskStatus): void {
    this.updates += 1;
    const path = this.#paths.get(task);
    // The master knows nothing of it: no state at all.
    if (!path || state === 'UNKNOWN') return;
    const { state: before, listener: former, end } = path;
    const said = `${framework} hears ${state} (${reason}) of ${task}`;
    if (end !== undefined && isTerminal(state) && state !== end)
      this.#found(`${said}, which had ended as ${end}`);
    else if (former !== listener) return;
    else if (isTerminal(before)) this.#found(`${said}, which had come to its end: ${before}`);
    else if (!mayBecome(before, state)) this.#found(`${said} after ${before}`);
  }
}
