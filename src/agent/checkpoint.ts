/**
 * What an agent must remember across its own death: the tasks it accepted, the updates not acknowledged yet, and what
 * is set aside. The only file that knows the layout in the store. Each write is durable before the agent acts on it.
 *
 * Where the disk refuses, nothing new is begun (`accept` and `holds` reject, and have changed nothing). What has
 * happened already is another matter: it can't be refused, so it is kept here and written later (`retry`).
 */
import { causeOf } from '../core/errors.ts';
import { NOTHING, type Resources } from '../core/resources.ts';
import type { FrameworkId, TaskId, TaskSpec, TaskStatus } from '../core/task.ts';
import type { Change, Store } from '../store/store.ts';
import type { VolumePlace } from './volumes.ts';

export interface TaskRecord {
  readonly spec: TaskSpec;
  readonly framework: FrameworkId;
  readonly role: string;
  readonly launchedAt: number;
  /** Its newest status. */
  readonly latest: TaskStatus;
  /** When it came into that state (ms since 1970). Absent: with that status. */
  readonly since?: number | undefined;
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
  /** What has happened and is not durable: the newest change of each entry. */
  readonly #unwritten = new Map<string, Change>();
  #isRefused = false;
  /** Why the last write was refused. */
  #refusal: string | undefined;

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

  /** Why nothing can be written now; undefined: the last write was taken. */
  get refusal(): string | undefined {
    return this.#refusal;
  }

  /** The newest master that was obeyed. Older ones are not, also by the next process. */
  get epoch(): number {
    return Number(this.#value('master', 'epoch') ?? 0);
  }

  async obeys(epoch: number): Promise<void> {
    if (epoch === this.epoch) return;
    await this.#note([{ space: 'master', key: 'epoch', value: String(epoch) }]);
  }

  get holdings(): HoldingsRecord {
    const value = this.#value('holdings', 'all');
    return value === undefined ? NOTHING_HELD : (JSON.parse(value) as HoldingsRecord);
  }

  holds(record: HoldingsRecord): Promise<void> {
    return this.#commit([{ space: 'holdings', key: 'all', value: JSON.stringify(record) }]);
  }

  /** All of them or none. */
  accept(records: readonly TaskRecord[]): Promise<void> {
    return this.#commit(
      records.map((record) => ({ space: 'task', key: record.spec.id, value: JSON.stringify(record) })),
    );
  }

  /** A new status: of the task itself and as an update to deliver, both or neither. */
  update(record: TaskRecord, { uuid, status }: Update): Promise<void> {
    this.#order += 1;
    const value: UpdateRecord = { uuid, status, order: this.#order };
    return this.#note([
      { space: 'task', key: record.spec.id, value: JSON.stringify(record) },
      { space: 'update', key: uuid, value: JSON.stringify(value) },
    ]);
  }

  acknowledged(uuid: string): Promise<void> {
    return this.#note([{ space: 'update', key: uuid, value: null }]);
  }

  /** The end of a task is acknowledged. */
  forget(task: TaskId, uuid: string): Promise<void> {
    return this.#note([
      { space: 'update', key: uuid, value: null },
      { space: 'task', key: task, value: null },
    ]);
  }

  /** Writes what the disk has refused, if it has; or what is there anyway, to see. @throws TenderError `state.write` if it still does */
  async retry(): Promise<void> {
    if (this.#isRefused) await this.#note([]);
    else if (this.#refusal !== undefined)
      await this.#commit([{ space: 'master', key: 'epoch', value: String(this.epoch) }]);
  }

  async #commit(changes: readonly Change[]): Promise<void> {
    try {
      await this.#store.commit(changes);
      this.#refusal = undefined;
    } catch (error) {
      this.#refusal = causeOf(error);
      throw error;
    }
  }

  async #note(changes: readonly Change[]): Promise<void> {
    for (const change of changes) this.#unwritten.set(`${change.space}/${change.key}`, change);
    const all = this.#isRefused ? [...this.#unwritten.values()] : changes;
    try {
      await this.#commit(all);
    } catch (error) {
      this.#isRefused = true;
      throw error;
    }
    for (const change of all) {
      const id = `${change.space}/${change.key}`;
      if (this.#unwritten.get(id) === change) this.#unwritten.delete(id);
    }
    if (this.#unwritten.size === 0) this.#isRefused = false;
  }

  #value(space: string, key: string): string | undefined {
    return this.#store.load().find((entry) => entry.space === space && entry.key === key)?.value;
  }
}
