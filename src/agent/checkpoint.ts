/**
 * What an agent must remember across its own death: the tasks it accepted, the updates not acknowledged yet, and what
 * is set aside. The only file that knows the layout in the store. Each write is durable before the agent acts on it.
 */
import { NOTHING, type Resources } from '../core/resources.ts';
import type { FrameworkId, TaskId, TaskSpec, TaskStatus } from '../core/task.ts';
import type { Store } from '../store/store.ts';
import type { VolumePlace } from './volumes.ts';

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

export interface HoldingsRecord {
  /** What operations have made of the machine's resources. */
  readonly held: Resources;
  /** Volumes whose folders are still to be made. */
  readonly coming: readonly VolumePlace[];
  /** Volumes whose folders are still to be removed. */
  readonly leaving: readonly VolumePlace[];
}

const NOTHING_HELD: HoldingsRecord = { held: NOTHING, coming: [], leaving: [] };

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
    return Number(this.#value('master', 'epoch') ?? 0);
  }

  obeys(epoch: number): Promise<void> {
    return this.#store.commit([{ space: 'master', key: 'epoch', value: String(epoch) }]);
  }

  get holdings(): HoldingsRecord {
    const value = this.#value('holdings', 'all');
    return value === undefined ? NOTHING_HELD : (JSON.parse(value) as HoldingsRecord);
  }

  holds(record: HoldingsRecord): Promise<void> {
    return this.#store.commit([{ space: 'holdings', key: 'all', value: JSON.stringify(record) }]);
  }

  /** All of them or none. */
  accept(records: readonly TaskRecord[]): Promise<void> {
    return this.#store.commit(
      records.map((record) => ({ space: 'task', key: record.spec.id, value: JSON.stringify(record) })),
    );
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

  #value(space: string, key: string): string | undefined {
    return this.#store.load().find((entry) => entry.space === space && entry.key === key)?.value;
  }
}
