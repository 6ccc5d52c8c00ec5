/**
 * The scheduler of every framework that is made of kinds of job (kind.ts): whatever happens, it asks the kinds of the jobs
 * that it concerns what to do, writes down what they remember, stops what is too much, and has placed what is missing.
 */
import type { JobBase } from '../../core/job-spec.ts';
import type { Json } from '../../core/json.ts';
import type { TaskId, TaskStatus } from '../../core/task.ts';
import { isLive, isTerminal } from '../../core/task-state.ts';
import type { AgentView } from '../../wire/messages/framework.ts';
import type { FrameworkContext, InverseOffer, Scheduler, Update } from '../define.ts';
import { Asking } from './asking.ts';
import { Book, type End } from './book.ts';
import { Decisions } from './decisions.ts';
import { fills, type Instance, serves } from './instance.ts';
import {
  type Answer,
  type JobKind,
  type JobRecord,
  type Plan,
  type Summary,
  type View,
  waitingIn,
} from './kind.ts';
import { runningIn } from './loads.ts';
import { Needs } from './needs.ts';
import { type Kinds, kindOf, parseJob } from './parse-job.ts';
import { Placer } from './placer.ts';
import { JobVerbs } from './verbs.ts';
import { Waits } from './waits.ts';
import { whyJob } from './why.ts';

export class JobScheduler implements Scheduler {
  readonly #context: FrameworkContext;
  readonly #kinds: Kinds;
  readonly #book: Book;
  readonly #asking: Asking;
  readonly #waits: Waits;
  readonly #needs: Needs;
  readonly #decisions: Decisions;
  readonly #placer: Placer;
  readonly #verbs: JobVerbs;
  /** What was last decided for each job, and is still so. */
  readonly #plans = new Map<string, Plan>();
  /** Something has happened to these since. */
  readonly #touched = new Set<string>();
  readonly #lastEnds = new Map<string, TaskStatus>();
  /** Empty slots whose last instance was ended for the sake of others: what was said of it, by job and index. */
  readonly #madeRoom = new Map<string, Map<number, string>>();
  readonly #published = new Map<string, string>();
  #wake: { cancel(): void } | undefined;

  constructor(context: FrameworkContext, kinds: Kinds) {
    this.#context = context;
    this.#kinds = kinds;
    this.#book = new Book(context, {
      memoryOf: (kind) => this.#kindOf(kind).memory,
      apartOf: (kind) => this.#kindOf(kind).apart,
      keeps: ({ spec, memory }) => this.#kindOf(spec.kind).keeps?.(memory) ?? [],
      parse: (input) => parseJob(kinds, input),
    });
    this.#asking = new Asking(context);
    this.#waits = new Waits(
      context,
      () => runningIn(this.#book, ({ spec }) => this.#kindOf(spec.kind), this.#book.jobs.keys()),
      () => this.#publishAll(),
    );
    this.#needs = new Needs(context, (spec) => this.#kindOf(spec.kind).follows?.(spec) ?? []);
    this.#decisions = new Decisions(context);
    const shared = { context, book: this.#book, roleOf: (spec: JobBase) => spec.role ?? context.name };
    this.#placer = new Placer({
      ...shared,
      waits: this.#waits,
      kindOf: ({ spec }) => this.#kindOf(spec.kind),
      viewOf: (job) => this.#viewOf(job),
    });
    this.#verbs = new JobVerbs({
      ...shared,
      kinds,
      viewOf: (job) => this.#viewOf(job),
      waitsFor: (spec) => this.#needs.of(spec),
      why: (job, one) => this.#why(job, one),
      changed: (job) => this.#jobChanged(job),
    });
  }

  async subscribed(): Promise<void> {
    this.#published.clear();
    this.#plans.clear();
    this.#placer.forget();
    this.#needs.forget();
    await this.#book.load();
    this.#asking.start(this.#book.all());
    this.#touchAll('a new connection to the master');
    await this.#work();
  }

  agentsChanged(agents: readonly AgentView[]): Promise<void> {
    this.#asking.changed(agents);
    this.#placer.reconsider();
    this.#touchAll('agents have changed');
    return this.#work();
  }

  jobsChanged(): Promise<void> {
    for (const { spec } of this.#book.jobs.values())
      if (this.#needs.of(spec).length > 0) this.#touch(spec.name, 'a job that it waits for has changed');
    return this.#work();
  }

  offersChanged(): Promise<void> {
    return this.#work();
  }

  /** At once: their slots are filled again wherever there is room. */
  inverse({ tasks }: InverseOffer): Promise<void> {
    for (const instance of this.#book.all())
      if (tasks.includes(instance.task) && fills(instance)) this.#kill(instance);
    return this.#work();
  }

  async updates(updates: readonly Update[]): Promise<void> {
    const ends = new Map<TaskId, End>();
    /** As they are remembered with the ends before. */
    const jobs = new Map<string, JobRecord>();
    for (const { status, agent } of updates) {
      const { task, state } = status;
      const instance = this.#book.get(task);
      // Nor does the master know on which agent to look: one that is away may have it.
      if (instance && state === 'UNKNOWN' && agent === undefined) {
        this.#context.reconcile([{ task, agent: instance.agent }]);
        continue;
      }
      this.#asking.heard(task);
      if (!instance) {
        // A task that runs under our name and that we never wrote down: from a job long gone.
        if (isLive(state)) this.#context.kill(task);
      } else if (isTerminal(state) || state === 'UNKNOWN') {
        // Unknown to the master as well: it is not there.
        const job = this.#withEnd(
          jobs.get(instance.job) ?? this.#book.jobs.get(instance.job),
          instance,
          status,
        );
        if (job) jobs.set(instance.job, job);
        ends.set(task, { instance, job });
      } else this.#book.heard(status);
      if (instance) this.#touch(instance.job, `${instance.name} ${state}${because(status)}`);
    }
    if (ends.size > 0) await this.#book.ended([...ends.values()]);
    await this.#work();
  }

  /** The job, with what is to be remembered of this end. */
  #withEnd(job: JobRecord | undefined, instance: Instance, status: TaskStatus): JobRecord | undefined {
    const isSlots = instance.beside === undefined;
    if (isSlots && isTerminal(status.state) && status.state !== 'KILLED')
      this.#lastEnds.set(instance.job, status);
    if (isSlots && (status.state === 'FAILED' || isAgainstAgent(status))) this.#placer.failed(instance);
    if (isSlots && status.reason === 'preempted') this.#hasMadeRoom(instance, status.message);
    if (!job) return undefined;
    const memory = this.#kindOf(job.spec.kind).ended?.(this.#viewOf(job), instance, status) ?? job.memory;
    return memory === job.memory ? job : { ...job, memory };
  }

  #hasMadeRoom({ job, index, task }: Instance, message: string): void {
    const others = this.#book.of(job).filter((other) => other.index === index && other.task !== task);
    if (others.some(fills)) return;
    this.#madeRoom.set(job, new Map(this.#madeRoom.get(job)).set(index, message));
  }

  async call(verb: string, args: Json): Promise<Json> {
    if (verb === 'why') await this.#waits.ask();
    return this.#verbs.call(verb, args);
  }

  #kindOf(kind: string): JobKind {
    return kindOf(this.#kinds, kind);
  }

  #viewOf(job: JobRecord): View {
    const book = this.#book;
    const { name } = job.spec;
    const { agents, jobs: others } = this.#context;
    const versions = this.#book.versions(name);
    const unsettled = this.#needs.unsettled(job);
    let instances: readonly Instance[] | undefined;
    return {
      job,
      /** Of an end most kinds need no other: a list of thousands is made once, and only for whoever asks. */
      get instances() {
        instances ??= book.of(name);
        return instances;
      },
      versions,
      agents,
      unsettled,
      others,
      now: this.#context.now(),
    };
  }

  #jobChanged(job: string): Promise<void> {
    this.#touch(job, 'by somebody’s word');
    this.#placer.reconsider();
    return this.#work();
  }

  #touchAll(cause: string): void {
    for (const job of this.#book.jobs.keys()) this.#touch(job, cause);
  }

  #touch(job: string, cause: string): void {
    this.#touched.add(job);
    this.#decisions.because(job, cause);
  }

  /** The one loop: from what is wanted and what there is to what is done. */
  async #work(): Promise<void> {
    const seen = new Set<string>();
    this.#needs.watch(this.#book.jobs.values());
    try {
      do {
        for (const job of this.#touched) seen.add(job);
        await this.#decide();
        for (const [job, placings] of await this.#placer.place(this.#plans)) {
          this.#decisions.placed(job, placings);
          this.#touched.add(job);
        }
      } while (this.#touched.size > 0);
    } catch (error) {
      // Something of what was planned may be done already: nothing is started by these plans any more.
      this.#touchAll('not all could be written down');
      throw error;
    }
    this.#sleep();
    for (const job of seen) this.#publish(job);
    this.#decisions.tell((job) => this.#waiting(job));
  }

  /** What is to be remembered comes first: it is durable before anything of it is done. */
  async #decide(): Promise<void> {
    const decided: [JobRecord, Plan][] = [];
    const touched = [...this.#touched];
    this.#touched.clear();
    for (const name of touched) {
      const job = this.#book.jobs.get(name);
      if (!job) continue;
      const view = this.#viewOf(job);
      if (this.#isOver(view)) await this.#retire(name);
      else decided.push([job, this.#planOf(view)]);
    }
    const changed = decided.filter(([job, { memory }]) => memory !== job.memory);
    if (changed.length > 0) await this.#book.put(changed.map(([job, plan]) => this.#afterwards(job, plan)));
    // With what it remembers now it may be over.
    for (const [{ spec, stopping }] of changed) if (stopping) this.#touched.add(spec.name);
    for (const [{ spec }, plan] of decided) {
      for (const { instance } of plan.stop) this.#kill(instance);
      this.#decisions.stopped(spec.name, plan);
      this.#plans.set(spec.name, plan);
    }
  }

  #isOver(view: View): boolean {
    const { spec, stopping } = view.job;
    const { isOver = () => true } = this.#kindOf(spec.kind);
    return stopping && view.instances.length === 0 && isOver(view);
  }

  /** The job as the plan wants it; one that goes back is looked at once more. */
  #afterwards(job: JobRecord, { memory, goBackTo }: Plan): JobRecord {
    const { name } = job.spec;
    const earlier = goBackTo === undefined ? undefined : this.#book.versions(name).get(goBackTo);
    if (!earlier) return { ...job, memory };
    this.#touched.add(name);
    this.#decisions.noted(name, `back to version ${goBackTo}`);
    return { ...job, spec: { ...earlier.spec }, input: earlier.input, version: job.version + 1, memory };
  }

  #waiting(job: string): number {
    const plan = this.#plans.get(job);
    return plan ? waitingIn(plan) : 0;
  }

  /** Nothing is started while something that it needs is missing. */
  #planOf(view: View): Plan {
    const plan = this.#kindOf(view.job.spec.kind).reconcile(view);
    if (this.#needs.missing(view.job, view.instances).length === 0) return plan;
    return { ...plan, place: plan.place.filter(({ act }) => act === 'release'), more: 0 };
  }

  async #retire(job: string): Promise<void> {
    await this.#book.remove(job);
    this.#context.retire(job);
    this.#decisions.forget(job);
    for (const map of [this.#lastEnds, this.#madeRoom, this.#published, this.#plans]) map.delete(job);
  }

  #kill(instance: Instance): void {
    this.#book.stopping(instance);
    this.#context.kill(instance.task);
  }

  #sleep(): void {
    this.#wake?.cancel();
    const times = [...this.#plans.values()].flatMap(({ waitUntil }) => waitUntil ?? []);
    if (times.length === 0) return;
    const wait = Math.max(1, Math.min(...times) - this.#context.now());
    this.#wake = this.#context.after(wait, () => {
      const now = this.#context.now();
      for (const [job, { waitUntil = Number.POSITIVE_INFINITY }] of this.#plans)
        if (waitUntil <= now) this.#touch(job, 'it was time');
      return this.#work();
    });
  }

  #why(job: JobRecord, one: Instance | undefined): Answer {
    const view = this.#viewOf(job);
    return this.#whyIn(view, one, this.#kindOf(job.spec.kind).summary(view));
  }

  #whyIn(view: View, one: Instance | undefined, { desired, progress }: Summary): Answer {
    const { job } = view;
    const { name } = job.spec;
    const answer = whyJob({
      view: one ? { ...view, instances: [one] } : view,
      kind: this.#kindOf(job.spec.kind),
      one,
      desired,
      progress,
      missing: this.#waiting(name),
      madeRoom: this.#emptyThatMadeRoom(name),
      blocked: this.#waits.of(name),
      bound: this.#waits.boundTo(name),
      isTold: this.#waits.isTold(name),
      limits: this.#waits.limits,
      lastEnd: this.#lastEnds.get(name),
      needs: one ? [] : this.#needs.missing(job, view.instances),
    });
    const lately = this.#decisions.of(name);
    return one || lately.length === 0 ? answer : { ...answer, lately };
  }

  #emptyThatMadeRoom(job: string): Map<number, string> {
    const filled = new Set(
      this.#book
        .of(job)
        .filter(fills)
        .map(({ index }) => index),
    );
    return new Map([...(this.#madeRoom.get(job) ?? [])].filter(([index]) => !filled.has(index)));
  }

  #publishAll(): void {
    for (const job of this.#book.jobs.keys()) this.#publish(job);
  }

  #publish(name: string): void {
    const job = this.#book.jobs.get(name);
    if (!job) return;
    const view = this.#viewOf(job);
    const summary = this.#kindOf(job.spec.kind).summary(view);
    const { desired, status, settled, endpoints, succeeded, progress, timetable, columns = {} } = summary;
    const filling = view.instances.filter(fills);
    const needs = this.#needs.missing(job, view.instances);
    const waitsFor = this.#needs.of(job.spec);
    const isWaiting = !job.stopping && !settled && (this.#waits.has(name) || needs.length > 0);
    const published = {
      name,
      kind: job.spec.kind,
      desired,
      running: filling.filter(({ state }) => state === 'RUNNING').length,
      healthy: filling.filter(serves).length,
      status: isWaiting ? 'waiting' : status,
      message: settled ? '' : this.#whyIn(view, undefined, summary).sentence,
      version: job.version,
      columns,
      needs: waitsFor.length > 0 ? waitsFor : undefined,
      endpoints,
      succeeded,
      progress,
      timetable,
    };
    const text = JSON.stringify(published);
    if (this.#published.get(name) === text) return;
    this.#published.set(name, text);
    this.#context.publish(published);
  }
}

/** It did not serve there; or the agent could not even take it, as its disk is full. */
const isAgainstAgent = ({ reason }: TaskStatus): boolean =>
  reason === 'unhealthy' || reason === 'start_failed';

/** How it came to it, where that is said. */
const because = ({ message, reason }: TaskStatus): string =>
  message || reason ? `: ${message || reason}` : '';
