/**
 * Runs one scheduler on one connection: keeps its offers, agents and key-value space current, acknowledges what it has
 * handled, and stands between it and everybody else. Its calls run one after another; the first that throws ends it.
 */
import type { Clock, Random, Timer } from '../core/clock.ts';
import { defaultRole, type Job } from '../core/cluster.ts';
import { causeOf, errorOf, reportOf, TenderError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { AgentId, FrameworkId, OfferId } from '../core/task.ts';
import { isLive } from '../core/task-state.ts';
import { type Backoff, backoff } from '../wire/backoff.ts';
import type {
  AgentView,
  FromFramework,
  OfferExplanation,
  OfferView,
  TaskUpdate,
  ToFramework,
} from '../wire/messages/framework.ts';
import type { Request } from '../wire/messages/request.ts';
import { type MasterAt, Session } from '../wire/session.ts';
import type { KeyPair, Transport } from '../wire/transport.ts';
import type { FrameworkContext, FrameworkDefinition, Scheduler } from './define.ts';
import { isOfALife, TaskPaths } from './task-paths.ts';

export interface DriverOptions {
  readonly definition: FrameworkDefinition;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly master: MasterAt;
  readonly keys: KeyPair;
  readonly version: string;
  readonly log: (line: string) => void;
  /** The scheduler has taken up its work, for the first time or again. */
  readonly subscribed?: () => void;
  /** The master does not let it in. */
  readonly refused?: (error: TenderError) => void;
  /** The scheduler has thrown, or another one took its name: this driver is at its end. */
  readonly failed: (error: TenderError) => void;
}

const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';

export class Driver {
  readonly #options: DriverOptions;
  /** Made at the first subscription: then what its first lines throw can be told to people, too. */
  #scheduler: Scheduler | undefined;
  readonly #session: Session;
  readonly #agents = new Map<AgentId, AgentView>();
  readonly #offers = new Map<OfferId, OfferView>();
  readonly #jobs = new Map<string, Job>();
  readonly #kv = new Map<string, Json>();
  /** As the master has it since the last subscription: the scheduler's from when it hears of that, in its turn. */
  #stored = new Map<string, Json>();
  readonly #paths = new TaskPaths();
  /** Not told yet; absent when the next one is to be told by a call of its own. */
  #updates: TaskUpdate[] | undefined;
  /** As they were last wished for: a new subscription is in the same ones. */
  #roles: readonly string[];
  #priorities: ReadonlyMap<string, number> = new Map();
  readonly #timers = new Set<Timer>();
  /** When the master first knew it: a new driver begins anew, and this one is over once it is removed. */
  #born: number | undefined;
  /** Calls into the scheduler, one after another. */
  #line: Promise<void> = Promise.resolve();
  /** The agents that come before it are all that there are, and no change. */
  #isSubscribed = false;
  #ended = false;
  readonly #refused: Backoff;
  #startingOver: Timer | undefined;

  constructor(options: DriverOptions) {
    this.#options = options;
    const { definition, transport, clock, random, master, keys, version } = options;
    this.#roles = definition.roles ?? [definition.name];
    this.#refused = backoff(1_000, 30_000, random);
    this.#session = new Session({
      transport,
      clock,
      random,
      address: master.address,
      following: master.following,
      serverKey: master.key,
      keys,
      hello: { role: 'framework', version },
      handlers: {
        welcome: () => this.#subscribe(),
        message: (message) => this.#handle(message as ToFramework),
        down: (problem) => this.#down(problem),
        trouble: (error) => options.log(causeOf(error)),
      },
    });
  }

  async close(): Promise<void> {
    this.#ended = true;
    this.#startingOver?.cancel();
    for (const timer of this.#timers) timer.cancel();
    await this.#session.close();
  }

  #context(): FrameworkContext {
    const { definition, clock, random, log } = this.#options;
    const now = (): number => clock.now();
    return {
      name: definition.name,
      now,
      after: (ms, run) => this.#after(ms, run),
      random,
      randomId: () =>
        Array.from({ length: 6 }, () => ALPHABET[Math.floor(random() * ALPHABET.length)]).join(''),
      agents: this.#agents,
      offers: this.#offers,
      kv: this.#kv,
      accept: (offers, operations, refuseMs) => {
        for (const offer of offers) this.#offers.delete(offer);
        this.#send({ t: 'accept', offers, operations, refuseMs });
      },
      decline: (offers, refuseMs) => {
        for (const offer of offers) this.#offers.delete(offer);
        if (offers.length > 0) this.#send({ t: 'decline', offers: [...offers], refuseMs });
      },
      suppress: (roles) => this.#send({ t: 'suppress', roles }),
      revive: (roles) => this.#send({ t: 'revive', roles }),
      demand: (demands, role = this.#roles[0]!) => this.#send({ t: 'demands', role, demands }),
      roles: (roles) => this.#changeRoles(roles),
      priorityOf: (role) => this.#priorities.get(role) ?? defaultRole(role).priority,
      terms: (role, terms) => this.#send({ t: 'terms', role, terms }),
      kill: (task, graceMs) => this.#send({ t: 'kill', task, graceMs }),
      reconcile: (tasks) => this.#send({ t: 'reconcile', tasks }),
      store: (changes) => this.#store(changes),
      claim: async (job, needs) =>
        void (await this.#session.request('job.claim', { job, ...(needs && { needs }) })),
      watch: (jobs) => this.#watch(jobs),
      jobs: this.#jobs,
      explain: async (role) =>
        (await this.#session.request(
          'explain',
          role === undefined ? {} : { role },
        )) as unknown as OfferExplanation,
      publish: (job) => this.#send({ t: 'job', job: { ...job, updatedAt: now() } }),
      decided: (decision) => this.#send({ t: 'decided', decision }),
      retire: (job) => this.#send({ t: 'job.removed', job }),
      log: (line) => log(`${definition.name}: ${line}`),
    };
  }

  #watch(names: readonly string[]): void {
    for (const name of this.#jobs.keys()) if (!names.includes(name)) this.#jobs.delete(name);
    this.#send({ t: 'jobs.watch', jobs: names });
  }

  #changeRoles(roles: readonly string[]): void {
    if (roles.join(' ') === this.#roles.join(' ')) return;
    this.#roles = roles;
    for (const { id, role } of this.#offers.values()) if (!roles.includes(role)) this.#offers.delete(id);
    this.#send({ t: 'roles', roles });
  }

  #after(ms: number, run: () => void | Promise<void>): Timer {
    const timer = this.#options.clock.after(ms, () => {
      this.#timers.delete(timer);
      this.#call(run);
    });
    this.#timers.add(timer);
    return {
      cancel: () => {
        timer.cancel();
        this.#timers.delete(timer);
      },
    };
  }

  async #store(changes: readonly (readonly [string, Json])[]): Promise<void> {
    if (changes.length === 0) return;
    await this.#session.request('kv.put', { changes });
    this.#refused.reset();
    for (const kv of [this.#kv, this.#stored])
      for (const [key, value] of changes) {
        if (value === null) kv.delete(key);
        else kv.set(key, value);
      }
  }

  /** While disconnected nothing is sent: after the next subscription the scheduler looks at everything anew. */
  #send(message: FromFramework): void {
    this.#session.send(message);
  }

  #subscribe(): void {
    const { name, terms = {}, kinds, verbs, columns, failoverMs } = this.#options.definition;
    const roles = this.#roles;
    this.#stored = new Map();
    this.#offers.clear();
    this.#agents.clear();
    this.#jobs.clear();
    this.#isSubscribed = false;
    this.#send({
      t: 'subscribe',
      name: name as FrameworkId,
      roles,
      terms: Object.fromEntries(Object.entries(terms).filter(([role]) => roles.includes(role))),
      kinds,
      verbs: Object.entries(verbs).map(([verb, help]) => ({ name: verb, help })),
      columns: columns ?? [],
      born: this.#born,
      failoverMs,
    });
  }

  #down(problem: TenderError): void {
    this.#offers.clear();
    if (problem.code === 'framework.removed') return this.#end(problem);
    if (problem.code !== 'client.unreachable') {
      this.#options.log(problem.message);
      this.#options.refused?.(problem);
    }
    if (this.#scheduler) this.#call((scheduler) => scheduler.disconnected?.());
  }

  #handle(message: ToFramework): void {
    switch (message.t) {
      case 'kv':
        for (const [key, value] of message.entries) this.#stored.set(key, value);
        return;
      case 'subscribed':
        this.#born = message.born;
        for (const agent of message.agents) this.#agents.set(agent.id, agent);
        this.#isSubscribed = true;
        this.#take(this.#stored);
        return this.#call(async (scheduler) => {
          await scheduler.subscribed();
          this.#options.subscribed?.();
        });
      case 'offers':
        for (const offer of message.offers) this.#offers.set(offer.id, offer);
        return this.#call((scheduler) => scheduler.offersChanged());
      case 'priorities':
        this.#priorities = new Map(Object.entries(message.priorities));
        return;
      case 'inverse': {
        const { t: _, ...offer } = message;
        return this.#call((scheduler) => scheduler.inverse?.(offer));
      }
      case 'inverse.rescinded':
        return this.#call((scheduler) => scheduler.inverseRescinded?.(message.id));
      case 'rescind':
        if (this.#offers.delete(message.offer)) this.#call((scheduler) => scheduler.offersChanged());
        return;
      case 'update':
        return this.#update(message);
      case 'operation': {
        const outcome = { id: message.id, error: message.ok ? undefined : errorOf(message.error) };
        return this.#call((scheduler) => scheduler.operation?.(outcome));
      }
      case 'jobs':
        for (const job of message.jobs) this.#jobs.set(job.name, job);
        for (const job of message.gone) this.#jobs.delete(job);
        return this.#call((scheduler) => scheduler.jobsChanged?.());
      case 'agents':
        return this.#changed(message.agents);
      case 'agent':
        return this.#changed([message.agent]);
      case 'replaced':
        return this.#end(new TenderError('framework.replaced', { name: this.#options.definition.name }));
      case 'request':
        return this.#answer(message);
      default:
        throw new TenderError('protocol.message', { cause: `a framework has no use for ${message.t}` });
    }
  }

  #changed(agents: readonly AgentView[]): void {
    for (const agent of agents) this.#agents.set(agent.id, agent);
    if (!this.#isSubscribed) return;
    this.#call(() => this.#askAnew(agents));
    this.#call((scheduler) => scheduler.agentsChanged?.(agents));
  }

  /** Machines are back, or gone: a master that has started since does not know what had been out of reach on them. */
  #askAnew(agents: readonly AgentView[]): void {
    const decided = agents.filter(({ state }) => state === 'ready' || state === 'gone').map(({ id }) => id);
    const tasks = this.#paths.outOfReach(new Set(decided));
    if (tasks.length > 0) this.#send({ t: 'reconcile', tasks });
  }

  /** Those that come while the scheduler is busy are told together, in the order they came. */
  #update(update: TaskUpdate): void {
    if (this.#updates) return void this.#updates.push(update);
    const updates = [update];
    this.#call((scheduler) => {
      if (this.#updates === updates) this.#updates = undefined;
      return this.#tell(scheduler, updates);
    });
    this.#updates = updates;
  }

  async #tell(scheduler: Scheduler, updates: readonly TaskUpdate[]): Promise<void> {
    const news = this.#paths.newsIn(updates);
    if (scheduler.updates) await scheduler.updates([...news]);
    else for (const update of news) await scheduler.update?.(update);
    for (const update of updates) {
      const { agent, uuid, status } = update;
      const { task, state } = status;
      if (news.has(update)) {
        if (isOfALife(update)) this.#paths.handled(task, state, agent);
      } else if (isLive(state) && this.#paths.hasEnded(task)) {
        // Late news, which the master knows better; or it does live, and then it is nobody's.
        this.#send({ t: 'kill', task });
      }
      if (uuid !== undefined && agent !== undefined) this.#send({ t: 'acknowledge', task, agent, uuid });
    }
  }

  /** A verb may throw a TenderError: that is an answer. Anything else is a fault of the plugin. */
  #answer({ id, params }: Request): void {
    const { verb, args } = params as { verb: string; args: Json };
    this.#call(async (scheduler) => {
      try {
        const value = await scheduler.call(verb, args);
        this.#send({ t: 'reply', id, ok: true, value: value ?? null });
      } catch (error) {
        const failure = error instanceof TenderError ? error : this.#failure(error);
        this.#send({ t: 'reply', id, ok: false, error: reportOf(failure, verb) });
        if (failure !== error) throw error;
      }
    });
  }

  /** In turn: calls from before the subscription go on with what they knew. */
  #take(stored: ReadonlyMap<string, Json>): void {
    this.#line = this.#line.then(() => {
      this.#kv.clear();
      for (const [key, value] of stored) this.#kv.set(key, value);
    });
  }

  #call(run: (scheduler: Scheduler) => void | Promise<void>): void {
    this.#updates = undefined; // what comes now is told after this
    this.#line = this.#line.then(async () => {
      if (this.#ended) return;
      try {
        this.#scheduler ??= this.#options.definition.create(this.#context());
        await run(this.#scheduler);
      } catch (error) {
        const code = error instanceof TenderError ? error.code : undefined;
        // A line that broke meanwhile is nobody's fault: the next subscription starts over.
        if (code === 'client.lost') return;
        // Nor is a disk of the master's that takes nothing.
        if (code === 'state.write') this.#startOver(error);
        else this.#fail(error);
      }
    });
  }

  /** What could not be stored was not done: after a while all of it is looked at anew, as by a new subscription. */
  #startOver(error: unknown): void {
    if (this.#startingOver) return;
    this.#options.log(causeOf(error));
    this.#startingOver = this.#options.clock.after(this.#refused.next(), () => {
      this.#startingOver = undefined;
      if (this.#session.live) this.#subscribe();
    });
  }

  #failure(error: unknown): TenderError {
    return new TenderError('framework.failed', {
      name: this.#options.definition.name,
      cause: causeOf(error),
    });
  }

  #fail(error: unknown): void {
    const failure = this.#failure(error);
    this.#options.log(error instanceof Error ? (error.stack ?? failure.message) : failure.message);
    this.#send({ t: 'failed', message: failure.message });
    this.#end(failure);
  }

  #end(failure: TenderError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#startingOver?.cancel();
    for (const timer of this.#timers) timer.cancel();
    this.#options.failed(failure);
  }
}
