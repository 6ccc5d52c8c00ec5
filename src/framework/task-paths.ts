/**
 * What a scheduler has handled of each task, so that it hears of a life in order and of an end once. What the master says
 * by itself (answers to questions) can be ahead of the agent's updates, which come in order and until they are
 * acknowledged: a late one says nothing new. Ends are remembered for a long while, as late updates are rare after that.
 */
import type { AgentId, TaskId, TaskStatus } from '../core/task.ts';
import { isTerminal, mayBecome, type TaskState } from '../core/task-state.ts';

/** So many ended tasks are remembered at least, the last ones. */
const MOST = 10_000;

/** What a scheduler is told; the master's own words have no uuid. */
interface Told {
  readonly uuid?: string | undefined;
  readonly status: Pick<TaskStatus, 'task' | 'state'>;
}

/** A launch that the master refuses is no life: another task may live under that id. */
export const isOfALife = ({ uuid, status }: Told): boolean => status.state !== 'ERROR' || uuid !== undefined;

export class TaskPaths {
  readonly #live = new Map<TaskId, { readonly state: TaskState; readonly agent: AgentId | undefined }>();
  #ended = new Set<TaskId>();
  /** Those before them, let go together: to look for the oldest one costs more the more have gone. */
  #endedBefore = new Set<TaskId>();

  hasEnded(task: TaskId): boolean {
    return this.#ended.has(task) || this.#endedBefore.has(task);
  }

  /** What of it is news, each after those before it. UNKNOWN is no state: nobody can say. */
  newsIn<T extends Told>(updates: readonly T[]): Set<T> {
    const ahead = new Map<TaskId, TaskState>();
    return new Set(
      updates.filter((update) => {
        const { task, state } = update.status;
        const before = ahead.get(task) ?? this.#live.get(task)?.state;
        if (this.hasEnded(task) || (before !== undefined && isTerminal(before))) return false;
        if (before !== undefined && state !== 'UNKNOWN' && !mayBecome(before, state)) return false;
        if (state !== 'UNKNOWN' && isOfALife(update)) ahead.set(task, state);
        return true;
      }),
    );
  }

  /** The scheduler has taken it in. */
  handled(task: TaskId, state: TaskState, agent: AgentId | undefined): void {
    if (state === 'UNKNOWN') return;
    if (!isTerminal(state)) return void this.#live.set(task, { state, agent });
    this.#live.delete(task);
    this.#ended.add(task);
    if (this.#ended.size < MOST) return;
    this.#endedBefore = this.#ended;
    this.#ended = new Set();
  }

  /** Tasks on these agents of which the last news was that they are out of reach. */
  outOfReach(agents: ReadonlySet<AgentId>): { task: TaskId; agent: AgentId }[] {
    return [...this.#live].flatMap(([task, { state, agent }]) =>
      state === 'UNREACHABLE' && agent !== undefined && agents.has(agent) ? [{ task, agent }] : [],
    );
  }
}
