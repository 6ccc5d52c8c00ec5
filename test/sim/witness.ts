/**
 * What the frameworks are told of their tasks, as their schedulers hear it: the real plugins, with somebody who listens at
 * the door. And what clients were promised. Both are what people can rely on, so the invariants speak of them.
 */
import type { Json } from '../../src/core/json.ts';
import type { TaskId, TaskStatus } from '../../src/core/task.ts';
import { isTerminal, mayBecome, type TaskState } from '../../src/core/task-state.ts';
import type { FrameworkDefinition, Scheduler, Update } from '../../src/framework/define.ts';

/** Who wants to know more of it: what a framework hears, with what it has written down; and that it has come to terms with it. */
export interface Ear {
  hears(framework: string, status: TaskStatus, kv: ReadonlyMap<string, Json>): void;
  remembers(status: TaskStatus): void;
}

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
  readonly #wasRefused: (task: TaskId) => boolean;
  readonly #ears: readonly Ear[];
  #listeners = 0;
  updates = 0;

  /** @param wasRefused whether the disk of a task's machine ever refused to take note of the task */
  constructor(found: (what: string) => void, wasRefused: (task: TaskId) => boolean, ears: readonly Ear[]) {
    this.#found = found;
    this.#wasRefused = wasRefused;
    this.#ears = ears;
  }

  /** The same framework, listened to. */
  of(definition: FrameworkDefinition): FrameworkDefinition {
    return {
      ...definition,
      create: (context) => {
        const scheduler: Scheduler = definition.create(context);
        this.#listeners += 1;
        const listener = this.#listeners;
        const each = async (list: readonly Update[]): Promise<void> => {
          for (const told of list) await scheduler.update?.(told);
        };
        const tell = scheduler.updates?.bind(scheduler) ?? each;
        scheduler.updates = async (list) => {
          const before = new Map(list.map(({ status: { task } }) => [task, this.#paths.get(task)]));
          for (const { status } of list) {
            this.#hear(definition.name, listener, status);
            for (const ear of this.#ears) ear.hears(definition.name, status, context.kv);
          }
          try {
            await tell(list);
          } catch (error) {
            this.#takeBack(before); // it will hear of it again
            throw error;
          }
          for (const { status } of list) for (const ear of this.#ears) ear.remembers(status);
        };
        return scheduler;
      },
    };
  }

  #takeBack(before: ReadonlyMap<TaskId, Path | undefined>): void {
    for (const [task, path] of before) {
      if (path) this.#paths.set(task, path);
      else this.#paths.delete(task);
    }
  }

  #hear(framework: string, listener: number, { task, state, reason }: TaskStatus): void {
    this.updates += 1;
    // The master knows nothing of it: no state at all.
    if (state === 'UNKNOWN') return;
    const path = this.#paths.get(task);
    this.#paths.set(task, { state, listener, end: path?.end ?? (isTerminal(state) ? state : undefined) });
    if (!path) return;
    const { state: before, listener: former, end } = path;
    const said = `${framework} hears ${state} (${reason}) of ${task}`;
    // Its agent died before it could write down how the task had ended, and the next one has not found it any more.
    if (end !== undefined && reason === 'agent_restarted' && this.#wasRefused(task)) return;
    if (end !== undefined && isTerminal(state) && state !== end)
      this.#found(`${said}, which had ended as ${end}`);
    else if (former !== listener) return;
    else if (isTerminal(before)) this.#found(`${said}, which had come to its end: ${before}`);
    else if (!mayBecome(before, state)) this.#found(`${said} after ${before}`);
  }
}
