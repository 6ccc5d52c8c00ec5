/**
 * The checks of running tasks, done here on the agent: whether a task is healthy, and whether it is ready. What changes
 * is reported. One that fails its health checks too often in a row is ended; one that is not ready goes on without
 * traffic. While a task starts (until a check succeeds for the first time, or the grace time is over) it is looked at
 * often, and failures do not count.
 */
import type { Clock, Timer } from '../core/clock.ts';
import type { HealthCheck, TaskId, TaskSpec, TaskStatus } from '../core/task.ts';
import { problemOf, type RunInTask } from './check.ts';

/** What a check decides about. */
type Verdict = 'healthy' | 'ready';

export interface HealthHandlers {
  /** @param message what is wrong with the task, all checks considered; empty when nothing is */
  changed(task: TaskId, verdict: Pick<TaskStatus, Verdict>, message: string): void;
  /** It failed its health checks too often. */
  failed(task: TaskId, message: string): void;
}

interface Watch {
  readonly spec: TaskSpec;
  readonly verdict: Verdict;
  readonly check: HealthCheck;
  readonly startedAt: number;
  /** Undefined while it starts. */
  good: boolean | undefined;
  /** As it was reported; empty when all is well. */
  problem: string;
  failures: number;
  timer: Timer | undefined;
}

/** Between two looks at one that starts (ms), or its interval if that is shorter. */
const STARTING = 250;

export class Health {
  readonly #clock: Clock;
  readonly #run: RunInTask;
  readonly #handlers: HealthHandlers;
  /** One or two of each task; what is wrong with its health is said first. */
  readonly #watches = new Map<TaskId, readonly Watch[]>();

  constructor(clock: Clock, run: RunInTask, handlers: HealthHandlers) {
    this.#clock = clock;
    this.#run = run;
    this.#handlers = handlers;
  }

  /** From the moment the task runs; a second call for the same task does nothing. */
  watch(spec: TaskSpec, startedAt: number): void {
    const { id, health, readiness } = spec;
    if ((!health && !readiness) || this.#watches.has(id)) return;
    const watchOf = (verdict: Verdict, check: HealthCheck | undefined): Watch[] =>
      check
        ? [{ spec, verdict, check, startedAt, good: undefined, problem: '', failures: 0, timer: undefined }]
        : [];
    const watches = [...watchOf('healthy', health), ...watchOf('ready', readiness)];
    this.#watches.set(id, watches);
    for (const watch of watches) this.#schedule(watch);
  }

  stop(task: TaskId): void {
    for (const { timer } of this.#watches.get(task) ?? []) timer?.cancel();
    this.#watches.delete(task);
  }

  close(): void {
    for (const task of [...this.#watches.keys()]) this.stop(task);
  }

  #isOn(watch: Watch): boolean {
    return this.#watches.get(watch.spec.id)?.includes(watch) === true;
  }

  #schedule(watch: Watch): void {
    const { interval } = watch.check;
    const wait = watch.good === undefined ? Math.min(interval, STARTING) : interval;
    watch.timer = this.#clock.after(wait, () => void this.#round(watch));
  }

  async #round(watch: Watch): Promise<void> {
    const means = { clock: this.#clock, run: this.#run };
    const problem = await problemOf(watch.spec, watch.check, means).catch((error: unknown) => String(error));
    if (!this.#isOn(watch)) return;
    if (problem === undefined) this.#succeeded(watch);
    else if (watch.verdict === 'healthy') this.#unhealthy(watch, problem);
    else this.#unready(watch, problem);
    if (this.#isOn(watch)) this.#schedule(watch);
  }

  #succeeded(watch: Watch): void {
    watch.failures = 0;
    if (watch.good !== true) this.#tell(watch, true, '');
  }

  #isStarting({ good, startedAt, check }: Watch): boolean {
    return good === undefined && this.#clock.now() - startedAt < check.grace;
  }

  /** Said at the first failure that counts, and ended after so many. */
  #unhealthy(watch: Watch, problem: string): void {
    if (this.#isStarting(watch)) return;
    watch.failures += 1;
    if (watch.good !== false) this.#tell(watch, false, problem);
    if (watch.failures < watch.check.failures) return;
    this.stop(watch.spec.id);
    this.#handlers.failed(watch.spec.id, `${watch.failures} health checks failed in a row: ${problem}`);
  }

  /** One that was ready stays so until so many failures; of one that is not, another reason is news. */
  #unready(watch: Watch, problem: string): void {
    watch.failures += 1;
    const wasReady = watch.good === true;
    if (wasReady && watch.failures < watch.check.failures) return;
    const good = this.#isStarting(watch) ? undefined : false;
    if (wasReady || watch.problem !== problem) this.#tell(watch, good, problem);
    watch.good = good;
  }

  #tell(watch: Watch, good: boolean | undefined, problem: string): void {
    watch.good = good;
    watch.problem = problem;
    const { id } = watch.spec;
    const message = this.#watches.get(id)?.find((one) => one.problem !== '')?.problem ?? '';
    this.#handlers.changed(id, { [watch.verdict]: good === true }, message);
  }
}
