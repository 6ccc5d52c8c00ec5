/**
 * The service scheduler: whatever happens, it looks at its book, asks `reconcile` what is needed, stops what is too
 * much and places what is missing on the offers it holds. Offers are asked for only while something is missing.
 */
import {
  type AgentId,
  demandOf,
  type FrameworkContext,
  isLive,
  isTerminal,
  type Json,
  type Placements,
  place,
  type Refused,
  runOf,
  type Scheduler,
  type TaskId,
  type TaskStatus,
  TenderError,
  taskOf,
  type Update,
  type Wanted,
} from 'tender/framework';
import { Book, type Service } from './book.ts';
import { fills, type Instance, serves } from './instance.ts';
import { reconcile } from './reconcile.ts';
import { parseCount, parseService, type ServiceSpec, sameTask } from './spec.ts';
import { whyService } from './why.ts';

/**
 * What does not fit is not looked at again for so long (ms). It may be long: more of it comes free at once, a new wish
 * or a change of an agent asks anew.
 */
const REFUSE = 600_000;
/** Answers about tasks after a (re)connection are asked for until all have come (ms). */
const ASK_AGAIN = [1_000, 2_000, 5_000, 10_000, 30_000];

/** Characters of all tasks in one accept, and of one job: far below the limit of a message, whatever the script. */
const AT_ONCE = 1_000_000;
const LARGEST_JOB = 500_000;

type Missing = Wanted & { readonly index: number };

export class ServiceScheduler implements Scheduler {
  readonly #context: FrameworkContext;
  readonly #book: Book;
  /** What stood in the way when instances of a job were last placed. */
  readonly #refused = new Map<string, readonly Refused[]>();
  /** Slots that offers were looked at (or asked) for, and that found no room. */
  #tried = new Set<string>();
  readonly #lastEnds = new Map<string, TaskStatus>();
  readonly #published = new Map<string, string>();
  /** Instances that nobody has said anything of since the last (re)connection. */
  readonly #unheard = new Set<TaskId>();
  #suppressed = false;
  #wake: { cancel(): void } | undefined;
  #asking: { cancel(): void } | undefined;

  constructor(context: FrameworkContext) {
    this.#context = context;
    this.#book = new Book(context);
  }

  async subscribed(): Promise<void> {
    this.#suppressed = false;
    this.#published.clear();
    this.#book.load();
    this.#unheard.clear();
    for (const { task } of this.#book.all()) this.#unheard.add(task);
    this.#context.reconcile([]);
    this.#ask(0);
    await this.#work();
  }

  agentChanged(): Promise<void> {
    this.#tried.clear();
    return this.#work();
  }

  offersChanged(): Promise<void> {
    return this.#work();
  }

  async update({ status }: Update): Promise<void> {
    const instance = [...this.#book.all()].find(({ task }) => task === status.task);
    this.#unheard.delete(status.task);
    const ours = await this.#book.update(status);
    // A task that runs under our name and that we never wrote down: from a job long gone.
    if (!ours && isLive(status.state)) this.#context.kill(status.task);
    if (instance && isTerminal(status.state) && status.state !== 'KILLED')
      this.#lastEnds.set(instance.job, status);
    await this.#work();
  }

  async call(verb: string, args: Json): Promise<Json> {
    const { spec, job, count, name } = (args ?? {}) as {
      spec?: Json;
      job?: string;
      count?: Json;
      name?: string;
    };
    switch (verb) {
      case 'check':
        return { job: parseService(spec ?? null).name };
      case 'submit':
        return this.#submit(parseService(spec ?? null));
      case 'scale':
        return this.#scale(this.#service(job), count);
      case 'stop':
        return this.#stop(this.#service(job));
      case 'spec':
        return this.#service(job).spec as unknown as Json;
      case 'why':
        return this.#why(this.#service(job), name);
      default:
        throw new TenderError('framework.verb_unknown', {
          framework: this.#context.name,
          verb,
          known: 'check, submit, scale, stop, spec, why',
        });
    }
  }

  #service(job: string | undefined): Service {
    const service = this.#book.services.get(job ?? '');
    if (!service) throw new TenderError('job.unknown', { name: job ?? '' });
    return service;
  }

  async #submit(spec: ServiceSpec): Promise<Json> {
    const found = JSON.stringify(spec).length;
    if (found > LARGEST_JOB)
      throw new TenderError('job.invalid', {
        path: spec.name,
        expected: `a job of at most ${LARGEST_JOB} characters`,
        found,
        hint: '',
      });
    const old = this.#book.services.get(spec.name);
    const same = old !== undefined && !old.stopping && sameTask(old.spec, spec);
    const changed = !same || JSON.stringify(old.spec) !== JSON.stringify(spec);
    const version = old === undefined ? 1 : same ? old.version : old.version + 1;
    if (changed) {
      await this.#context.claim(spec.name);
      await this.#book.put({ spec, version, stopping: false });
      this.#book.forgive(spec.name);
      this.#tried.clear();
      await this.#work();
    }
    return { job: spec.name, version, changed };
  }

  async #scale(service: Service, count: Json | undefined): Promise<Json> {
    const spec = { ...service.spec, count: parseCount(count) };
    await this.#submit(spec);
    return { job: spec.name, count: spec.count };
  }

  async #stop(service: Service): Promise<Json> {
    await this.#book.put({ ...service, stopping: true });
    await this.#work();
    return { job: service.spec.name };
  }

  #why(service: Service, name: string | undefined): Json {
    const { spec } = service;
    const instances = this.#book.of(spec.name);
    const one =
      name === undefined ? undefined : instances.find(({ index }) => name === `${spec.name}.${index}`);
    return whyService({
      service,
      instances: one ? [one] : instances,
      failures: this.#book.failures(spec.name),
      refused: one ? [] : (this.#refused.get(spec.name) ?? []),
      lastEnd: this.#lastEnds.get(spec.name),
      agents: this.#context.agents,
      now: this.#context.now(),
    }) as unknown as Json;
  }

  /** The one loop: from what is wanted and what there is to what is done. */
  async #work(): Promise<void> {
    const missing: Missing[] = [];
    let wakeAt = Number.POSITIVE_INFINITY;
    for (const service of [...this.#book.services.values()]) {
      const { name, count } = service.spec;
      const instances = this.#book.of(name);
      if (service.stopping && instances.length === 0) {
        await this.#retire(name);
        continue;
      }
      const wish = { count: service.stopping ? 0 : count, version: service.version };
      const plan = reconcile(wish, instances, this.#book.failures(name), this.#context.now());
      for (const { instance } of plan.stop) this.#kill(instance);
      for (const { until } of plan.wait) wakeAt = Math.min(wakeAt, until);
      missing.push(...plan.place.map((index) => wantedOf(service.spec, index)));
      if (plan.place.length === 0) this.#refused.delete(name);
    }
    if (missing.length > 0) await this.#place(missing);
    else this.#rest();
    this.#sleepUntil(wakeAt);
    for (const service of this.#book.services.values()) this.#publish(service);
  }

  async #retire(job: string): Promise<void> {
    await this.#book.remove(job);
    this.#context.retire(job);
    for (const map of [this.#refused, this.#lastEnds, this.#published]) map.delete(job);
  }

  #kill(instance: Instance): void {
    this.#book.stopping(instance);
    this.#context.kill(instance.task);
  }

  async #place(missing: readonly Missing[]): Promise<void> {
    // What was refused for others may be right for this one.
    const fresh = missing.some(({ key }) => !this.#tried.has(key));
    if (this.#suppressed || (fresh && this.#context.offers.size === 0)) {
      this.#suppressed = false;
      for (const { key } of missing) this.#tried.add(key);
      this.#context.revive();
    }
    const held = [...this.#context.offers.values()];
    if (held.length === 0) return; // they come, or `refused` still says why none fits
    const running = (job: string, agent: AgentId): number =>
      this.#book.of(job).filter((instance) => fills(instance) && instance.agent === agent).length;
    const result = place(missing, held, this.#context.agents, running, () => this.#context.random());
    this.#tried = new Set(result.unplaced.map(({ wanted }) => wanted.key));
    for (const job of new Set(missing.map((wanted) => wanted.job))) this.#refused.delete(job);
    for (const { wanted, refused } of result.unplaced) this.#refused.set(wanted.job, refused);
    let all = result.unplaced.length === 0;
    for (const group of result.groups) all = (await this.#launch(group)) && all;
    this.#context.decline(result.unused, result.unplaced.length > 0 ? REFUSE : 0);
    if (all) this.#rest();
  }

  /** @returns false: not all of them, which would not fit into one message; what is left over is offered again */
  async #launch({ offers, placements }: Placements['groups'][number]): Promise<boolean> {
    const wanted = placements.map(({ wanted: one, agent, hostPorts }) => {
      const { job, index } = one as Missing;
      const service = this.#book.services.get(job)!;
      const id = `${job}.${index}-${this.#context.randomId()}` as TaskId;
      const now = this.#context.now();
      const instance: Instance = {
        task: id,
        job,
        index,
        agent,
        version: service.version,
        launchedAt: now,
        checked: service.spec.health !== undefined,
        state: 'STAGING',
        healthy: undefined,
        message: '',
        since: now,
      };
      return { instance, task: taskOf(service.spec, { id, name: `${job}.${index}` }, hostPorts) };
    });
    let size = 0;
    const started = wanted.filter(({ task }, i) => {
      size += JSON.stringify(task).length;
      return i === 0 || size <= AT_ONCE;
    });
    await this.#book.launch(started.map(({ instance }) => instance));
    this.#context.accept(
      offers,
      started.map(({ task }) => task),
      0,
    );
    return started.length === wanted.length;
  }

  /** Nothing is missing: the offers go to whoever has work. */
  #rest(): void {
    this.#context.decline([...this.#context.offers.keys()], 0);
    if (this.#suppressed) return;
    this.#suppressed = true;
    this.#context.suppress();
  }

  #sleepUntil(time: number): void {
    this.#wake?.cancel();
    if (time === Number.POSITIVE_INFINITY) return;
    this.#wake = this.#context.after(Math.max(1, time - this.#context.now()), () => this.#work());
  }

  /** What was on its way when the line broke may be lost: a launch, a kill, an update. */
  #ask(round: number): void {
    this.#asking?.cancel();
    const unheard = [...this.#book.all()].filter(({ task }) => this.#unheard.has(task));
    if (unheard.length === 0) return;
    this.#context.reconcile(unheard.map(({ task, agent }) => ({ task, agent })));
    const wait = ASK_AGAIN[Math.min(round, ASK_AGAIN.length - 1)]!;
    this.#asking = this.#context.after(wait, () => this.#ask(round + 1));
  }

  #publish(service: Service): void {
    const { name, kind, count } = service.spec;
    const instances = this.#book.of(name);
    const filling = instances.filter(fills);
    const healthy = filling.filter(serves).length;
    const answer = this.#why(service, undefined) as { sentence: string };
    const status = service.stopping
      ? 'stopping'
      : this.#refused.has(name)
        ? 'waiting'
        : healthy < count
          ? this.#book.isFailing(name, this.#context.now())
            ? 'failing'
            : 'starting'
          : 'running';
    const job = {
      name,
      kind,
      desired: count,
      running: filling.filter(({ state }) => state === 'RUNNING').length,
      healthy,
      status,
      message: status === 'running' ? '' : answer.sentence,
      version: service.version,
      columns: {},
    };
    const text = JSON.stringify(job);
    if (this.#published.get(name) === text) return;
    this.#published.set(name, text);
    this.#context.publish(job);
  }
}

function wantedOf(spec: ServiceSpec, index: number): Missing {
  const ports = Object.fromEntries(Object.entries(spec.ports).map(([name, { host }]) => [name, host]));
  return {
    key: `${spec.name}.${index}`,
    job: spec.name,
    index,
    executor: runOf(spec).kind,
    demand: demandOf(spec),
    ports,
  };
}
