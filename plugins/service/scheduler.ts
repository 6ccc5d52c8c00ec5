/**
 * The service scheduler: whatever happens, it looks at its book, asks `reconcile` what is needed, stops what is too
 * much and places what is missing on the offers it holds. Offers are asked for only while something is missing.
 */
import {
  type AgentId,
  demandOf,
  type FrameworkContext,
  type InverseOffer,
  isLive,
  isTerminal,
  type Json,
  launch,
  MAX_ROLES,
  type Placements,
  place,
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
import { RoleOffers } from './role-offers.ts';
import { parseCount, parseService, type ServiceSpec, sameTask } from './spec.ts';
import { type Missing, Waits } from './waits.ts';
import { whyService } from './why.ts';

/** Answers about tasks after a (re)connection are asked for until all have come (ms). */
const ASK_AGAIN = [1_000, 2_000, 5_000, 10_000, 30_000];

/** Characters of all tasks in one accept, and of one job: far below the limit of a message, whatever the script. */
const AT_ONCE = 1_000_000;
const LARGEST_JOB = 500_000;

type Slot = Missing & { readonly index: number };

export class ServiceScheduler implements Scheduler {
  readonly #context: FrameworkContext;
  readonly #book: Book;
  /** By role: those of all jobs. */
  #offers = new Map<string, RoleOffers>();
  readonly #waits: Waits;
  readonly #lastEnds = new Map<string, TaskStatus>();
  readonly #published = new Map<string, string>();
  /** Instances that nobody has said anything of since the last (re)connection. */
  readonly #unheard = new Set<TaskId>();
  #wake: { cancel(): void } | undefined;
  #asking: { cancel(): void } | undefined;

  constructor(context: FrameworkContext) {
    this.#context = context;
    this.#book = new Book(context);
    this.#waits = new Waits(context, () => this.#publishAll());
  }

  async subscribed(): Promise<void> {
    this.#published.clear();
    for (const offers of this.#offers.values()) offers.forget();
    this.#book.load();
    this.#unheard.clear();
    for (const { task } of this.#book.all()) this.#unheard.add(task);
    this.#context.reconcile([]);
    this.#ask(0);
    await this.#work();
  }

  agentsChanged(): Promise<void> {
    this.#reconsider();
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

  async update({ status }: Update): Promise<void> {
    const instance = this.#book.get(status.task);
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
        return this.#specOf(this.#service(job));
      case 'why':
        await this.#waits.ask();
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

  #specOf({ spec }: Service): Json {
    return { ...spec, role: this.#roleOf(spec) } as unknown as Json;
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
    this.#checkRole(spec);
    const old = this.#book.services.get(spec.name);
    const same = old !== undefined && !old.stopping && sameTask(old.spec, spec);
    const changed = !same || JSON.stringify(old.spec) !== JSON.stringify(spec);
    const version = old === undefined ? 1 : same ? old.version : old.version + 1;
    if (changed) {
      await this.#context.claim(spec.name);
      await this.#book.put({ spec, version, stopping: false });
      this.#book.forgive(spec.name);
      this.#reconsider();
      await this.#work();
    }
    return { job: spec.name, version, changed };
  }

  #checkRole(spec: ServiceSpec): void {
    const others = [...this.#book.services.values()].filter(({ spec: { name } }) => name !== spec.name);
    const roles = new Set(others.map((service) => this.#roleOf(service.spec)));
    const role = this.#roleOf(spec);
    if (roles.size < MAX_ROLES || roles.has(role)) return;
    const expected = `one of the ${MAX_ROLES} roles that other jobs are in`;
    throw new TenderError('job.invalid', { path: 'role', expected, found: role, hint: '' });
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
      only: one,
      failures: this.#book.failures(spec.name),
      madeRoom: one ? new Map() : this.#book.madeRoom(spec.name),
      blocked: one ? [] : this.#waits.of(spec.name),
      isTold: this.#waits.isTold(spec.name),
      limits: this.#waits.limits,
      lastEnd: this.#lastEnds.get(spec.name),
      agents: this.#context.agents,
      now: this.#context.now(),
    }) as unknown as Json;
  }

  /** The one loop: from what is wanted and what there is to what is done. */
  async #work(): Promise<void> {
    const missing: Slot[] = [];
    const leaving = new Set(
      [...this.#context.agents.values()].flatMap(({ id, withdrawn }) =>
        withdrawn === 'draining' ? [id] : [],
      ),
    );
    let wakeAt = Number.POSITIVE_INFINITY;
    for (const service of [...this.#book.services.values()]) {
      const { name, count } = service.spec;
      const instances = this.#book.of(name);
      if (service.stopping && instances.length === 0) {
        await this.#retire(name);
        continue;
      }
      const wish = { count: service.stopping ? 0 : count, version: service.version };
      const plan = reconcile(wish, instances, this.#book.failures(name), this.#context.now(), leaving);
      for (const { instance } of plan.stop) this.#kill(instance);
      for (const { until } of plan.wait) wakeAt = Math.min(wakeAt, until);
      missing.push(...plan.place.map((index) => this.#wantedOf(service.spec, index)));
    }
    this.#waits.are(missing);
    this.#enterRoles();
    for (const [role, offers] of this.#offers) {
      const most = (wanted: Slot): number => wanted.priority ?? this.#context.priorityOf(role);
      const here = missing.filter((wanted) => wanted.role === role).sort((a, b) => most(b) - most(a));
      if (here.length > 0) await this.#place(here, offers);
      else offers.rest();
    }
    this.#sleepUntil(wakeAt);
    this.#publishAll();
  }

  async #retire(job: string): Promise<void> {
    await this.#book.remove(job);
    this.#context.retire(job);
    for (const map of [this.#lastEnds, this.#published]) map.delete(job);
  }

  #kill(instance: Instance): void {
    this.#book.stopping(instance);
    this.#context.kill(instance.task);
  }

  /** It is in the roles of its jobs; without any in that of its name. */
  #enterRoles(): void {
    const roles = new Set([...this.#book.services.values()].map(({ spec }) => this.#roleOf(spec)));
    if (roles.size === 0) roles.add(this.#context.name);
    this.#context.roles([...roles].sort());
    const before = this.#offers;
    this.#offers = new Map(
      [...roles].map((role) => [role, before.get(role) ?? new RoleOffers(this.#context, role)]),
    );
  }

  #reconsider(): void {
    for (const offers of this.#offers.values()) offers.reconsider();
  }

  /** @param missing of one role, the most important first */
  async #place(missing: readonly Slot[], offers: RoleOffers): Promise<void> {
    offers.want(missing);
    const { held } = offers;
    if (held.length === 0) return; // they come, or the master will say why none does
    const running = (job: string, agent: AgentId): number =>
      this.#book.of(job).filter((instance) => fills(instance) && instance.agent === agent).length;
    const result = place(missing, held, this.#context.agents, running, () => this.#context.random());
    for (const { wanted, refused } of result.unplaced) this.#waits.found(wanted.job, refused);
    const waiting = new Set(result.unplaced.map(({ wanted }) => wanted.job));
    for (const { job } of missing) if (!waiting.has(job)) this.#waits.forget(job);
    const left = result.unplaced.map(({ wanted }) => wanted);
    for (const group of result.groups) left.push(...(await this.#launch(group)));
    offers.looked(left, result.unused);
    if (left.length === 0) offers.rest();
  }

  /** @returns those that would not fit into the same message; what is left over is offered again */
  async #launch({ offers, placements }: Placements['groups'][number]): Promise<Wanted[]> {
    const wanted = placements.map(({ wanted: one, agent, hostPorts, resources }) => {
      const { job, index } = one as Slot;
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
      const task = taskOf(service.spec, { id, name: `${job}.${index}` }, hostPorts, resources);
      return { instance, task };
    });
    let size = 0;
    const started = wanted.filter(({ task }, i) => {
      size += JSON.stringify(task).length;
      return i === 0 || size <= AT_ONCE;
    });
    await this.#book.launch(started.map(({ instance }) => instance));
    this.#context.accept(offers, [launch(started.map(({ task }) => task))], 0);
    return placements.slice(started.length).map(({ wanted: one }) => one);
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

  #publishAll(): void {
    for (const service of this.#book.services.values()) this.#publish(service);
  }

  #publish(service: Service): void {
    const { name, kind, count } = service.spec;
    const instances = this.#book.of(name);
    const filling = instances.filter(fills);
    const healthy = filling.filter(serves).length;
    const answer = this.#why(service, undefined) as { sentence: string };
    const status = service.stopping
      ? 'stopping'
      : this.#waits.has(name)
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

  #roleOf(spec: ServiceSpec): string {
    return spec.role ?? this.#context.name;
  }

  #wantedOf(spec: ServiceSpec, index: number): Slot {
    const ports = Object.fromEntries(Object.entries(spec.ports).map(([name, { host }]) => [name, host]));
    return {
      key: `${spec.name}.${index}`,
      job: spec.name,
      index,
      role: this.#roleOf(spec),
      executor: runOf(spec).kind,
      demand: demandOf(spec),
      ports,
      priority: spec.priority,
    };
  }
}
