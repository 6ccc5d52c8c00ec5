/**
 * What the frameworks of the simulation have in common: jobs of numbered instances that are written down before anybody is
 * told of them, each instance before it is launched, and none counts as ended before its end is certain. What they
 * make of that, each of them says itself (`work`).
 */
import {
  type AgentId,
  type FrameworkContext,
  isLive,
  isTerminal,
  type Json,
  parseOrExplain,
  type Scheduler,
  type TaskId,
  TenderError,
  type Update,
  type z,
} from 'tender/framework';

export interface Job<S> {
  readonly spec: S;
  readonly stopping: boolean;
}

/** Durable before its task is launched. */
export interface Launched {
  readonly task: TaskId;
  readonly agent: AgentId;
}

/** Answers that are missing after a (re)connection are asked for again (ms). */
const ASK_AGAIN = 10_000;
/** What ended by itself is started again after so long (ms). */
const PAUSE = 2_000;

export abstract class CarefulScheduler<
  S extends { readonly name: string; readonly count: number },
  I extends Launched,
> implements Scheduler
{
  protected readonly context: FrameworkContext;
  protected readonly jobs = new Map<string, Job<S>>();
  protected readonly instances = new Map<TaskId, I>();
  protected pausedUntil = 0;
  readonly #schema: z.ZodType<S>;
  readonly #unheard = new Set<TaskId>();
  /** Told to end by this scheduler. */
  readonly #ending = new Set<TaskId>();
  #suppressed = false;
  #asking: { cancel(): void } | undefined;
  #wake: { cancel(): void } | undefined;

  constructor(context: FrameworkContext, schema: z.ZodType<S>) {
    this.context = context;
    this.#schema = schema;
  }

  /** Does what is to be done now, as far as that can be done. */
  protected abstract work(): Promise<void>;

  /** What else it has written down is to be remembered as it was. */
  protected restored(): void {}

  /** Nothing of this instance is left. */
  protected abstract ended(instance: I, how: Update['status']['state']): void;

  async subscribed(): Promise<void> {
    for (const known of [this.jobs, this.instances, this.#unheard, this.#ending]) known.clear();
    this.#suppressed = false;
    for (const [key, value] of this.context.kv) {
      if (key.startsWith('job/')) this.jobs.set(key.slice(4), value as unknown as Job<S>);
      else if (key.startsWith('instance/')) this.instances.set(key.slice(9) as TaskId, value as unknown as I);
    }
    this.restored();
    for (const task of this.instances.keys()) this.#unheard.add(task);
    this.context.reconcile([]);
    this.#ask();
    await this.work();
  }

  offersChanged(): Promise<void> {
    return this.work();
  }

  async update({ status }: Update): Promise<void> {
    const { task, state } = status;
    this.#unheard.delete(task);
    const known = this.instances.get(task);
    if (!known) {
      if (isLive(state)) this.context.kill(task);
      return;
    }
    if (!isTerminal(state)) {
      // It goes on: what it was told may have been lost.
      if (isLive(state) && state !== 'KILLING') this.#ending.delete(task);
      return this.work();
    }
    await this.context.store([[`instance/${task}`, null]]);
    this.instances.delete(task);
    this.#ending.delete(task);
    this.pausedUntil = this.context.now() + PAUSE;
    this.ended(known, state);
    await this.work();
  }

  async call(verb: string, args: Json): Promise<Json> {
    const { spec, job = '', count } = (args ?? {}) as { spec?: Json; job?: string; count?: number };
    if (verb === 'submit') {
      const wanted = parseOrExplain(this.#schema, spec ?? null);
      await this.context.claim(wanted.name);
      await this.#put({ spec: wanted, stopping: false });
      return { job: wanted.name, version: 1, changed: true };
    }
    const known = this.jobs.get(job);
    if (!known) throw new TenderError('job.unknown', { name: job });
    if (verb === 'scale') await this.#put({ spec: { ...known.spec, count: count ?? 0 }, stopping: false });
    else await this.#put({ ...known, stopping: true });
    return { job };
  }

  async #put(job: Job<S>): Promise<void> {
    await this.context.store([[`job/${job.spec.name}`, job as unknown as Json]]);
    this.jobs.set(job.spec.name, job);
    await this.work();
  }

  /** Of a job that was stopped nothing is left. */
  protected async forget(name: string): Promise<void> {
    await this.context.store([[`job/${name}`, null]]);
    this.jobs.delete(name);
    this.context.retire(name);
  }

  protected get isPaused(): boolean {
    return this.pausedUntil > this.context.now();
  }

  /** @param ms undefined: not by itself */
  protected wakeAfter(ms: number | undefined): void {
    this.#wake?.cancel();
    if (ms !== undefined) this.#wake = this.context.after(ms, () => this.work());
  }

  protected rest(): void {
    this.context.decline([...this.context.offers.keys()], 0);
    if (this.#suppressed) return;
    this.#suppressed = true;
    this.context.suppress();
  }

  /** There is something to place. */
  protected wantOffers(): void {
    if (!this.#suppressed) return;
    this.#suppressed = false;
    this.context.revive();
  }

  protected kill(task: TaskId): void {
    if (this.#ending.has(task)) return;
    this.#ending.add(task);
    this.context.kill(task);
  }

  #ask(): void {
    this.#asking?.cancel();
    const unheard = [...this.instances.values()].filter(({ task }) => this.#unheard.has(task));
    if (unheard.length === 0) return;
    this.context.reconcile(unheard.map(({ task, agent }) => ({ task, agent })));
    this.#asking = this.context.after(ASK_AGAIN, () => this.#ask());
  }
}
