/**
 * What an agent must remember across its own death: the tasks it accepted and the updates not acknowledged yet. The
 * only file that knows the layout in the store. Each write is durable before the agent acts on it.
 */
import type { FrameworkId, TaskId, TaskSpec, TaskStatus } from '../core/task.ts';
import type { Store } from '../store/store.ts';

export interface TaskRecord {
  readonly spec: TaskSpec;
  readonly framework: FrameworkId;
  readonly role: string;
  readonly launchedAt: number;
  /** Its newest status. */
  readonly latest: TaskStatus;
}

export interface Update {
  readonly uuid: string;
  readonly status: TaskStatus;
}

export interface Remembered extends TaskRecord {
  readonly updates: readonly Update[];
}

interface UpdateRecord extends Update {
  readonly order: number;
}

export class Checkpoint {
  readonly #store: Store;
  #order = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  load(): Remembered[] {
    const tasks = new Map<TaskId, { record: TaskRecord; updates: UpdateRecord[] }>();
    const updates: UpdateRecord[] = [];
    for (const { space, value } of this.#store.load()) {
      if (space === 'task') {
        const record = JSON.parse(value) as TaskRecord;
        tasks.set(record.spec.id, { record, updates: [] });
      } else if (space === 'update') updates.push(JSON.parse(value) as UpdateRecord);
    }
    for (const update of updates.sort((a, b) => a.order - b.order)) {
      this.#order = Math.max(this.#order, update.order);
      tasks.get(update.status.task)?.updates.push(update);
    }
    return [...tasks.values()].map(({ record, updates: list }) => ({ ...record, updates: list }));
  }

  /** The newest master that was obeyed. Older ones are not, also by the next process. */
  get epoch(): number {
    const entry = this.#store.load().find(({ space, key }) => space === 'master' && key === 'epoch');
    return entry ? Number(entry.value) : 0;
  }

  obeys(epoch: number): Promise<void> {
    return this.#store.commit([{ space: 'master', key: 'epoch', value: String(epoch) }]);
  }

  accept(record: TaskRecord): Promise<void> {
    return this.#store.commit([{ space: 'task', key: record.spec.id, value: JSON.stringify(record) }]);
  }

  /** A new status: of the task itself and as an update to deliver, both or neither. */
  update(record: TaskRecord, { uuid, status }: Update): Promise<void> {
    this.#order += 1;
    const value: UpdateRecord = { uuid, status, order: this.#order };
    return this.#store.commit([
      { space: 'task', key: record.spec.id, value: JSON.stringify(record) },
      { space: 'update', key: uuid, value: JSON.stringify(value) },
    ]);
  }

  acknowledged(uuid: string): Promise<void> {
    return this.#store.commit([{ space: 'update', key: uuid, value: null }]);
  }

  /** The end of a task is acknowledged. */
  forget(task: TaskId, uuid: string): Promise<void> {
    return this.#store.commit([
      { space: 'update', key: uuid, value: null },
      { space: 'task', key: task, value: null },
    ]);
  }
}
