/**
 * What the engine is to have no longer: containers of tasks that are over, with their networks, and those that nobody
 * knows. What it would not clear away when it was told to, it is told again until it does.
 */
import { TenderError } from '../../core/errors.ts';
import type { TaskId, TaskSpec } from '../../core/task.ts';
import type { Sandboxes } from '../sandboxes.ts';
import {
  containerName,
  hasTerminal,
  isOurContainer,
  LABEL,
  type Mark,
  markFilters,
  removeContainer,
} from './container.ts';
import { type Engine, engineCause, isUnreachable, statusOf } from './engine.ts';
import { saveLogs } from './logs.ts';
import type { MachineNetworks } from './networks.ts';

interface ClearingOptions {
  readonly engine: () => Promise<Engine>;
  readonly mark: Mark;
  readonly networks: MachineNetworks;
  readonly sandboxes: Sandboxes;
  readonly trouble: (error: unknown) => void;
}

export class Clearing {
  readonly #options: ClearingOptions;
  readonly #left = new Map<TaskId, TaskSpec>();
  /** Which tasks were known when there was no engine to ask for others: what is not theirs is still to be stopped. */
  #unswept: ((task: TaskId) => boolean) | undefined;
  #isBusy = false;

  constructor(options: ClearingOptions) {
    this.#options = options;
  }

  /** Something is still to be cleared away. */
  get isDue(): boolean {
    return this.#left.size > 0 || this.#unswept !== undefined;
  }

  /** Nothing of it stays but its output; unless it is another's: a name is not a mark. What fails is done later. */
  async clear(spec: TaskSpec): Promise<void> {
    const { mark, networks } = this.#options;
    try {
      const engine = await this.#options.engine();
      if (await isOurContainer(engine, mark, spec.id)) {
        await this.#keepOutput(engine, spec);
        await removeContainer(engine, containerName(spec.id));
      }
      await networks.leave(engine, spec);
      this.#left.delete(spec.id);
    } catch (error) {
      const isKnown = this.#left.has(spec.id);
      this.#left.set(spec.id, spec);
      if (!isKnown) this.#say(error, (cause) => new TenderError('docker.kept', { task: spec.id, cause }));
    }
  }

  /** Where that is impossible the container goes all the same: on a full disk it is the first that has to. */
  async #keepOutput(engine: Engine, spec: TaskSpec): Promise<void> {
    const { sandboxes, trouble } = this.#options;
    try {
      await saveLogs(engine, containerName(spec.id), sandboxes.of(spec.id), hasTerminal(spec));
    } catch (error) {
      if (isUnreachable(error)) throw error;
      if (statusOf(error) === 404) return;
      const isSaid = error instanceof TenderError;
      trouble(isSaid ? error : new TenderError('log.lost', { task: spec.id, cause: engineCause(error) }));
    }
  }

  /** The engine answers: it is told what it has not done yet. */
  async again(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      if (this.#unswept) await this.sweep(this.#unswept);
      for (const spec of [...this.#left.values()]) {
        await this.clear(spec);
        if (!this.#left.has(spec.id)) this.#options.sandboxes.end(spec.id);
      }
    } finally {
      this.#isBusy = false;
    }
  }

  /** @returns the tasks whose containers were removed: nobody knows them */
  async sweep(isKnown: (task: TaskId) => boolean): Promise<TaskId[]> {
    const { mark, networks } = this.#options;
    const swept: TaskId[] = [];
    try {
      const engine = await this.#options.engine();
      const list = await engine.listContainers({ all: true, filters: { label: markFilters(mark) } });
      for (const { Id, Labels } of list) {
        const task = Labels[LABEL.task] as TaskId | undefined;
        if (task === undefined || isKnown(task)) continue;
        await removeContainer(engine, Id);
        this.#left.delete(task);
        swept.push(task);
      }
      await networks.sweep(engine);
      this.#unswept = undefined;
    } catch (error) {
      const isFirst = this.#unswept === undefined;
      this.#unswept = isKnown;
      if (isFirst) this.#say(error, (cause) => new TenderError('docker.failed', { cause }));
    }
    return swept;
  }

  /** That the engine is away is told elsewhere, and is no refusal. */
  #say(error: unknown, saying: (cause: string) => TenderError): void {
    if (!isUnreachable(error)) this.#options.trouble(saying(engineCause(error)));
  }
}
