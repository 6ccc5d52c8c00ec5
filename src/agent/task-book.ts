/**
 * The tasks of one agent, each with its newest status and its updates on their way. A status is durable before it is
 * shown or sent; where the disk refuses, it is kept in memory and delivered all the same. States only go forward.
 */
import type { Clock } from '../core/clock.ts';
import type { FrameworkId, TaskId, TaskSpec, TaskStatus } from '../core/task.ts';
import { isTerminal, mayBecome } from '../core/task-state.ts';
import type { HeldTask } from '../wire/messages/agent.ts';
import type { Checkpoint, Remembered, TaskRecord, Update } from './checkpoint.ts';
import { StatusStream } from './status-stream.ts';

interface Entry {
  record: TaskRecord;
  readonly stream: StatusStream;
  /** Statuses are written one after the other. */
  writing: Promise<void>;
}

export interface TaskBookOptions {
  readonly clock: Clock;
  readonly checkpoint: Checkpoint;
  readonly uuid: () => string;
  /** False: not connected. */
  readonly send: (record: TaskRecord, update: Update) => boolean;
  /** The end of a task is acknowledged: nothing of it is needed any more. */
  readonly closed: (spec: TaskSpec) => void;
  readonly trouble: (error: unknown) => void;
}

export class TaskBook {
  readonly #options: TaskBookOptions;
  readonly #entries = new Map<TaskId, Entry>();

  constructor(options: TaskBookOptions) {
    this.#options = options;
  }

  restore(remembered: readonly Remembered[]): void {
    for (const { updates, ...record } of remembered) this.#add(record, updates);
  }

  /**
   * All of them or none. Durable when it resolves: only then may they be started. Where the disk refuses, they are in the
   * book for this process, to be ended.
   * @throws TenderError `state.write`
   */
  async accept(specs: readonly TaskSpec[], framework: FrameworkId, role: string): Promise<void> {
    const { clock, checkpoint } = this.#options;
    const at = clock.now();
    const records = specs.map((spec): TaskRecord => {
      const latest: TaskStatus = { task: spec.id, state: 'STAGING', reason: 'launched', message: '', at };
      return { spec, framework, role, launchedAt: at, latest };
    });
    for (const record of records) this.#add(record, []);
    await checkpoint.accept(records);
  }

  has(task: TaskId): boolean {
    return this.#entries.has(task);
  }

  get(task: TaskId): TaskRecord | undefined {
    return this.#entries.get(task)?.record;
  }

  all(): TaskRecord[] {
    return [...this.#entries.values()].map(({ record }) => record);
  }

  /** The tasks as the master is told on registration. */
  held(): HeldTask[] {
    return this.all().map(({ latest, ...record }) => ({ ...record, status: latest }));
  }

  /** @returns false for a status that a task in its state cannot have: a late one, ignored */
  report(status: TaskStatus): boolean {
    const entry = this.#entries.get(status.task);
    if (!entry || !mayBecome(entry.record.latest.state, status.state)) return false;
    const { latest, since = latest.at } = entry.record;
    const record = {
      ...entry.record,
      latest: status,
      since: latest.state === status.state ? since : status.at,
    };
    entry.record = record;
    const update = { uuid: this.#options.uuid(), status };
    entry.writing = entry.writing
      .then(() => this.#options.checkpoint.update(record, update))
      .catch((error: unknown) => this.#options.trouble(error))
      .then(() => entry.stream.push(update));
    return true;
  }

  acknowledge(task: TaskId, uuid: string): void {
    const entry = this.#entries.get(task);
    const head = entry?.stream.acknowledge(uuid);
    if (!entry || !head) return;
    const { checkpoint, closed, trouble } = this.#options;
    if (!isTerminal(head.status.state)) return void checkpoint.acknowledged(uuid).catch(trouble);
    entry.stream.pause();
    this.#entries.delete(task);
    // Also where the disk refuses: a new agent would deliver that end once more, and no more than that.
    void checkpoint
      .forget(task, uuid)
      .catch(trouble)
      .then(() => closed(entry.record.spec));
  }

  /** Connected: all heads go out again. */
  resume(): void {
    for (const { stream } of this.#entries.values()) stream.resume();
  }

  pause(): void {
    for (const { stream } of this.#entries.values()) stream.pause();
  }

  #add(record: TaskRecord, updates: readonly Update[]): void {
    const id = record.spec.id;
    const send = (update: Update): boolean => {
      const entry = this.#entries.get(id);
      return entry !== undefined && this.#options.send(entry.record, update);
    };
    const stream = new StatusStream(this.#options.clock, send, updates);
    this.#entries.set(id, { record, stream, writing: Promise.resolve() });
  }
}
