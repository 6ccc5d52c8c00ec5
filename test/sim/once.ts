/**
 * A framework whose instances claim to be unique: it starts another one only when the one before has certainly ended, and
 * waits for an agent that is away however long that takes. What the shipped service may do (replace what is unreachable)
 * it may not, so it shows whether the cluster ever runs one thing twice.
 */
import {
  type AgentId,
  checkJob,
  defineFramework,
  demandOf,
  type FrameworkContext,
  isLive,
  isTerminal,
  type Json,
  jobFields,
  launch,
  parseOrExplain,
  place,
  runOf,
  type Scheduler,
  type TaskId,
  TenderError,
  taskOf,
  type Update,
  type Wanted,
  z,
} from 'tender/framework';

const schema = z
  .strictObject({ ...jobFields, kind: z.literal('once'), count: z.number().int().min(0).default(1) })
  .superRefine(checkJob);
type Spec = z.output<typeof schema>;

interface Job {
  readonly spec: Spec;
  readonly stopping: boolean;
}

type Slot = Wanted & { readonly index: number; readonly spec: Spec };

/** Durable before its task is launched. */
interface Instance {
  readonly task: TaskId;
  readonly job: string;
  readonly index: number;
  readonly agent: AgentId;
}

/** Answers that are missing after a (re)connection are asked for again (ms). */
const ASK_AGAIN = 10_000;
/** What ended by itself is started again after so long (ms). */
const PAUSE = 2_000;
const REFUSE = 5_000;

class OnceScheduler implements Scheduler {
  readonly #context: FrameworkContext;
  readonly #jobs = new Map<string, Job>();
  readonly #instances = new Map<TaskId, Instance>();
  readonly #unheard = new Set<TaskId>();
  /** Told to end by this scheduler. */
  readonly #ending = new Set<TaskId>();
  #suppressed = false;
  #pausedUntil = 0;
  #asking: { cancel(): void } | undefined;
  #wake: { cancel(): void } | undefined;

  constructor(context: FrameworkContext) {
    this.#context = context;
  }

  async subscribed(): Promise<void> {
    this.#jobs.clear();
    this.#instances.clear();
    this.#ending.clear();
    this.#suppressed = false;
    for (const [key, value] of this.#context.kv) {
      if (key.startsWith('job/')) this.#jobs.set(key.slice(4), value as unknown as Job);
      else this.#instances.set(key.slice(9) as TaskId, value as unknown as Instance);
    }
    this.#unheard.clear();
    for (const task of this.#instances.keys()) this.#unheard.add(task);
    this.#context.reconcile([]);
    this.#ask();
    await this.#work();
  }

  offersChanged(): Promise<void> {
    return this.#work();
  }

  async update({ status }: Update): Promise<void> {
    const { task, state } = status;
    this.#unheard.delete(task);
    if (!this.#instances.has(task)) {
      if (isLive(state)) this.#context.kill(task);
      return;
    }
    if (!isTerminal(state)) {
      // It goes on: what it was told may have been lost.
      if (isLive(state) && state !== 'KILLING') this.#ending.delete(task);
      return this.#work();
    }
    await this.#context.store([[`instance/${task}`, null]]);
    this.#instances.delete(task);
    this.#ending.delete(task);
    this.#pausedUntil = this.#context.now() + PAUSE;
    this.#wake?.cancel();
    this.#wake = this.#context.after(PAUSE, () => this.#work());
    await this.#work();
  }

  async call(verb: string, args: Json): Promise<Json> {
    const { spec, job = '', count } = (args ?? {}) as { spec?: Json; job?: string; count?: number };
    if (verb === 'submit') {
      const wanted = parseOrExplain(schema, spec ?? null);
      await this.#context.claim(wanted.name);
      await this.#put({ spec: wanted, stopping: false });
      return { job: wanted.name, version: 1, changed: true };
    }
    const known = this.#jobs.get(job);
    if (!known) throw new TenderError('job.unknown', { name: job });
    if (verb === 'scale') await this.#put({ spec: { ...known.spec, count: count ?? 0 }, stopping: false });
    else await this.#put({ ...known, stopping: true });
    return { job };
  }

  async #put(job: Job): Promise<void> {
    await this.#context.store([[`job/${job.spec.name}`, job as unknown as Json]]);
    this.#jobs.set(job.spec.name, job);
    await this.#work();
  }

  async #work(): Promise<void> {
    const missing: Slot[] = [];
    for (const job of [...this.#jobs.values()]) {
      const { name, count } = job.spec;
      const own = [...this.#instances.values()].filter((instance) => instance.job === name);
      if (job.stopping && own.length === 0) {
        await this.#context.store([[`job/${name}`, null]]);
        this.#jobs.delete(name);
        this.#context.retire(name);
        continue;
      }
      const wanted = job.stopping ? 0 : count;
      for (const { index, task } of own) if (index >= wanted) this.#kill(task);
      const taken = new Set(own.map(({ index }) => index));
      for (let index = 0; index < wanted; index++)
        if (!taken.has(index)) missing.push(this.#wanted(job.spec, index));
      const running = own.length;
      const columns = {};
      this.#context.publish({
        name,
        kind: 'once',
        desired: count,
        running,
        healthy: running,
        status: job.stopping ? 'stopping' : running < count ? 'starting' : 'running',
        message: '',
        version: 1,
        columns,
      });
    }
    const paused = this.#pausedUntil > this.#context.now();
    if (missing.length === 0 || paused) return this.#rest();
    if (this.#suppressed) {
      this.#suppressed = false;
      this.#context.revive();
    }
    await this.#place(missing);
  }

  #wanted(spec: Spec, index: number): Slot {
    const ports = Object.fromEntries(Object.entries(spec.ports).map(([name, { host }]) => [name, host]));
    const executor = runOf(spec).kind;
    return {
      key: `${spec.name}.${index}`,
      job: spec.name,
      index,
      executor,
      demand: demandOf(spec),
      ports,
      spec,
    };
  }

  async #place(missing: readonly Slot[]): Promise<void> {
    const { offers, agents } = this.#context;
    const running = (job: string, agent: AgentId): number =>
      [...this.#instances.values()].filter((one) => one.job === job && one.agent === agent).length;
    const { groups, unused } = place(missing, offers.values(), agents, running, () => this.#context.random());
    for (const { offers: used, placements } of groups) {
      const chosen = placements.map(({ wanted, agent, hostPorts, resources }) => {
        const { spec, job, index } = wanted as Slot;
        const name = `${job}.${index}`;
        const task = `${name}-${this.#context.randomId()}` as TaskId;
        return {
          instance: { task, job, index, agent },
          spec: taskOf(spec, { id: task, name }, hostPorts, resources),
        };
      });
      await this.#context.store(
        chosen.map(({ instance }) => [`instance/${instance.task}`, instance as unknown as Json] as const),
      );
      for (const { instance } of chosen) this.#instances.set(instance.task, instance);
      this.#context.accept(used, [launch(chosen.map(({ spec }) => spec))], 0);
    }
    this.#context.decline(unused, REFUSE);
  }

  #rest(): void {
    this.#context.decline([...this.#context.offers.keys()], 0);
    if (this.#suppressed) return;
    this.#suppressed = true;
    this.#context.suppress();
  }

  #kill(task: TaskId): void {
    if (this.#ending.has(task)) return;
    this.#ending.add(task);
    this.#context.kill(task);
  }

  #ask(): void {
    this.#asking?.cancel();
    const unheard = [...this.#instances.values()].filter(({ task }) => this.#unheard.has(task));
    if (unheard.length === 0) return;
    this.#context.reconcile(unheard.map(({ task, agent }) => ({ task, agent })));
    this.#asking = this.#context.after(ASK_AGAIN, () => this.#ask());
  }
}

export default defineFramework({
  name: 'once',
  kinds: ['once'],
  verbs: {
    submit: 'runs a job of unique instances, or changes it',
    scale: 'changes the number of instances',
    stop: 'stops all instances and forgets the job',
  },
  create: (context) => new OnceScheduler(context),
});
