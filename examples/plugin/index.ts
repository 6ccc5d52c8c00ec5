/**
 * once: runs a job to its end, one time. A whole framework in one file, to start your own from: what it must not
 * forget is written before it acts, offers are asked for only while something waits, and a new scheduler goes on
 * where an old one died. docs/plugins.md explains it.
 */
import {
  type AgentId,
  checkJob,
  defineFramework,
  type FrameworkContext,
  isTerminal,
  type Json,
  jobFields,
  launch,
  parseOrExplain,
  place,
  type Scheduler,
  type TaskId,
  type TaskState,
  TenderError,
  taskOf,
  type Update,
  wantedOf,
  z,
} from 'tender/framework';

/** All of its jobs are in the role of its name. */
const { role: _, ...fields } = jobFields;
const schema = z.strictObject({ ...fields, kind: z.literal('once') }).superRefine(checkJob);
type Spec = z.output<typeof schema>;

/** One job, as it is kept. */
interface Job {
  readonly spec: Spec;
  /** The task that was launched for it, and where; absent while it waits for a place. */
  readonly launched?: { readonly task: TaskId; readonly agent: AgentId };
  readonly state: TaskState | 'WAITING';
  readonly message: string;
}

/** What did not fit is not looked at again for so long, unless more of it becomes free (ms). */
const REFUSE = 5_000;
/** A machine may need a while to come back and answer (ms). */
const ASK_AGAIN = 5_000;
/** These ends say nothing about the program: it is launched again. */
const NOT_RUN: readonly TaskState[] = ['DROPPED', 'GONE', 'GONE_BY_OPERATOR', 'UNKNOWN'];

class OnceScheduler implements Scheduler {
  readonly #context: FrameworkContext;
  /** Launched by a scheduler before us, or before the line broke; nothing heard of them since. */
  readonly #unheard = new Map<TaskId, AgentId>();

  constructor(context: FrameworkContext) {
    this.#context = context;
  }

  async subscribed(): Promise<void> {
    for (const job of this.#jobs()) {
      this.#publish(job);
      if (job.launched && !isTerminal(job.state as TaskState))
        this.#unheard.set(job.launched.task, job.launched.agent);
    }
    this.#ask();
    await this.offersChanged();
  }

  async offersChanged(): Promise<void> {
    const { offers, agents, random } = this.#context;
    const waiting = this.#jobs().filter(({ state }) => state === 'WAITING');
    const wanted = waiting.map(({ spec }) => wantedOf(spec, spec.name));
    const { groups, unused } = place(wanted, offers.values(), agents, () => 0, random);
    for (const group of groups) {
      const tasks = [];
      for (const { wanted: one, agent, hostPorts, resources } of group.placements) {
        const job = this.#job(one.job);
        const id = `${one.job}-${this.#context.randomId()}` as TaskId;
        // First written, then launched: whoever comes after us knows of this task.
        await this.#keep({ ...job, launched: { task: id, agent }, state: 'STAGING', message: '' });
        tasks.push(taskOf(job.spec, { id, name: `${one.job}.0` }, hostPorts, resources));
      }
      this.#context.accept(group.offers, [launch(tasks)], 0);
    }
    const left = this.#jobs().some(({ state }) => state === 'WAITING');
    this.#context.decline(unused, left ? REFUSE : 0);
    if (!left) this.#context.suppress();
  }

  async update({ status: { task, state, message, reason } }: Update): Promise<void> {
    this.#unheard.delete(task);
    const job = this.#jobs().find(({ launched }) => launched?.task === task);
    if (!job) {
      if (!isTerminal(state)) this.#context.kill(task); // of a job that was stopped
      return;
    }
    if (!NOT_RUN.includes(state)) return this.#keep({ ...job, state, message: message || reason });
    await this.#keep({ spec: job.spec, state: 'WAITING', message: `launched again: ${message || reason}` });
    this.#context.revive();
  }

  async call(verb: string, args: Json): Promise<Json> {
    const { spec, job = '' } = (args ?? {}) as { spec?: Json; job?: string };
    switch (verb) {
      case 'submit': {
        const parsed = parseOrExplain(schema, spec);
        if (this.#context.kv.has(parsed.name)) return { job: parsed.name, version: 1, changed: false };
        await this.#keep({ spec: parsed, state: 'WAITING', message: 'waits for an offer' });
        this.#context.revive();
        return { job: parsed.name, version: 1, changed: true };
      }
      case 'stop': {
        const { launched } = this.#job(job);
        await this.#context.store([[job, null]]);
        if (launched) this.#context.kill(launched.task);
        this.#context.retire(job);
        return { job };
      }
      case 'spec':
        return this.#job(job).spec as unknown as Json;
      default: {
        const { state, message } = this.#job(job);
        return { sentence: `${job} is ${state}: ${message}`, agents: [], help: '' };
      }
    }
  }

  /** Until all have been heard of. */
  #ask(): void {
    if (this.#unheard.size === 0) return;
    this.#context.reconcile([...this.#unheard].map(([task, agent]) => ({ task, agent })));
    this.#context.after(ASK_AGAIN, () => this.#ask());
  }

  #jobs(): Job[] {
    return [...this.#context.kv.values()] as unknown as Job[];
  }

  #job(name: string): Job {
    const job = this.#context.kv.get(name);
    if (!job) throw new TenderError('job.unknown', { name });
    return job as unknown as Job;
  }

  async #keep(job: Job): Promise<void> {
    await this.#context.store([[job.spec.name, job as unknown as Json]]);
    this.#publish(job);
  }

  #publish({ spec, state, message }: Job): void {
    const running = state === 'RUNNING' ? 1 : 0;
    const status = state.toLowerCase();
    const { name, kind } = spec;
    const desired = isTerminal(state as TaskState) ? 0 : 1;
    this.#context.publish({
      name,
      kind,
      desired,
      running,
      healthy: running,
      status,
      message,
      version: 1,
      columns: {},
    });
  }
}

export default defineFramework({
  name: 'once',
  kinds: ['once'],
  verbs: {
    submit: 'runs a job to its end, once',
    stop: 'ends it and forgets it',
    spec: 'the spec with all defaults filled in',
    why: 'says how far it is',
  },
  create: (context) => new OnceScheduler(context),
});
