/**
 * The frameworks: sessions that subscribed under a name of their own (framework-names.ts). A second subscription of the
 * same owner takes over and the first is told. A framework that is away keeps its tasks.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Demand, RoleTerms } from '../core/allocator.ts';
import { defaultRole, type Framework, type Offer } from '../core/cluster.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import { circleOf } from '../core/needs.ts';
import { checkRole } from '../core/roles.ts';
import type { FrameworkId } from '../core/task.ts';
import { checkExplain, checkJobClaim, checkKvPut, type JobClaim } from '../wire/check-request.ts';
import type { Peer } from '../wire/gate.ts';
import { inParts } from '../wire/in-parts.ts';
import type {
  ChangeTerms,
  FromFramework,
  OfferView,
  PublishJob,
  Subscribe,
  ToFramework,
} from '../wire/messages/framework.ts';
import type { Request } from '../wire/messages/request.ts';
import { takesParts } from '../wire/protocol.ts';
import { Requests } from '../wire/requests.ts';
import { accept } from './accept.ts';
import { AgentNews } from './agent-news.ts';
import { explainTo } from './explain.ts';
import { FAILOVER } from './failover.ts';
import { FrameworkNames } from './framework-names.ts';
import { JobWatch } from './job-watch.ts';
import { kvParts } from './kv-parts.ts';
import type { Parts } from './parts.ts';
import { reply } from './reply.ts';
import { checkTerms } from './terms.ts';

/** A framework may have to ask others before it can answer. */
const CALL_TIMEOUT = 30_000;

interface Link {
  readonly id: FrameworkId;
  readonly peer: Peer;
  roles: readonly string[];
  /** By role. */
  terms: Readonly<Record<string, RoleTerms>>;
  /** What it waits for, by role. */
  readonly demands: Map<string, readonly Demand[]>;
  readonly requests: Requests;
}

/** What is heard at once. */
type Said = Exclude<FromFramework, Subscribe | ChangeTerms>;

export class Frameworks {
  readonly #parts: Parts;
  readonly agentNews: AgentNews;
  readonly #byId = new Map<FrameworkId, Link>();
  readonly #byPeer = new Map<Peer, Link>();
  /** Messages that wait for the disk; what their sessions say meanwhile is heard afterwards. */
  readonly #waiting = new Map<Peer, Promise<void>>();
  readonly #names: FrameworkNames;
  readonly #jobWatch: JobWatch;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#names = new FrameworkNames(parts.registry, parts.clock);
    this.#jobWatch = new JobWatch(parts, (id, message) => this.send(id, message));
    this.agentNews = new AgentNews(parts, () => [...this.#byPeer.keys()]);
  }

  send(framework: FrameworkId, message: ToFramework): void {
    this.#byId.get(framework)?.peer.send(message);
  }

  offer(framework: FrameworkId, offers: readonly Offer[]): void {
    this.agentNews.tell();
    const peer = this.#byId.get(framework)?.peer;
    const { agents } = this.#parts.log.state;
    const views = offers.map((offer): OfferView => {
      const { name = '', attributes = {} } = agents.get(offer.agent) ?? {};
      return { ...offer, hostname: name, attributes };
    });
    inParts(
      0,
      views.length,
      (from, to) => peer?.sendIfFits({ t: 'offers', offers: views.slice(from, to) }) ?? true,
    );
  }

  close(): void {
    this.agentNews.close();
  }

  /** Ends its session. */
  turnOut(id: FrameworkId, error: TenderError): void {
    const link = this.#byId.get(id);
    if (!link) return;
    this.#forget(link);
    this.#parts.members.turnOut(link.peer, error);
  }

  /** What it says it waits for in this role. */
  demandsOf(framework: FrameworkId, role: string): readonly Demand[] {
    return this.#byId.get(framework)?.demands.get(role) ?? [];
  }

  /** Somebody has spoken of roles. */
  tellPriorities(): void {
    for (const link of this.#byId.values()) this.#tellPriorities(link);
  }

  /**
   * Asks a framework to do something, on behalf of a client.
   * @throws TenderError `framework.away`, `framework.unknown`, or what the framework answered
   */
  call(id: FrameworkId, verb: string, args: Json): Promise<Json> {
    const framework = this.#parts.log.state.frameworks.get(id);
    if (!framework) throw new TenderError('framework.unknown', { name: id, hint: '' });
    const link = this.#byId.get(id);
    if (!link) throw new TenderError('framework.away', { name: id });
    if (!framework.verbs.some(({ name }) => name === verb)) {
      const known = framework.verbs.map(({ name }) => name).join(', ');
      throw new TenderError('framework.verb_unknown', { framework: id, verb, known });
    }
    const send = (request: Request): boolean => {
      link.peer.send(request);
      return true;
    };
    return link.requests.ask(send, 'call', { verb, args }, CALL_TIMEOUT).catch((error: unknown) => {
      // To the client it is not its own line that broke.
      const lost = error instanceof TenderError && error.code === 'client.lost';
      throw lost ? new TenderError('framework.away', { name: id }) : error;
    });
  }

  left(peer: Peer, why: string): void {
    const link = this.#byPeer.get(peer);
    if (!link) return;
    this.#forget(link);
    this.#parts.log.emit({ type: 'framework.disconnected', framework: link.id, why });
  }

  message(peer: Peer, message: FromFramework): void {
    const before = this.#waiting.get(peer);
    if (message.t === 'subscribe') return this.#queue(peer, before, () => this.#subscribe(peer, message));
    if (message.t === 'terms') return this.#queue(peer, before, () => this.#changeTerms(peer, message));
    if (before) return this.#queue(peer, before, () => this.#hear(peer, message));
    this.#hear(peer, message);
  }

  /** One after the other: what comes while something waits for the disk belongs behind it. */
  #queue(peer: Peer, before: Promise<void> | undefined, run: () => Promise<void> | void): void {
    const done = (before ?? Promise.resolve())
      .then(run)
      .catch((error: unknown) =>
        this.#parts.members.turnOut(
          peer,
          error instanceof TenderError
            ? error
            : new TenderError('framework.failed', { name: peer.name, cause: causeOf(error) }),
        ),
      )
      .finally(() => {
        if (this.#waiting.get(peer) === done) this.#waiting.delete(peer);
      });
    this.#waiting.set(peer, done);
  }

  #hear(peer: Peer, message: Said): void {
    const link = this.#byPeer.get(peer);
    if (link) this.#handle(link, message);
  }

  #handle(link: Link, message: Said): void {
    const { id, peer, requests } = link;
    const { tasks, offers, allocator, preemption, log } = this.#parts;
    switch (message.t) {
      case 'accept':
        return accept(this.#parts, id, message);
      case 'decline':
        return offers.decline(id, message.offers, message.refuseMs);
      case 'suppress':
        allocator.suppress(id, message.roles);
        return this.#noteSuppression(id, message.roles, true);
      case 'revive':
        allocator.revive(id, message.roles);
        this.#noteSuppression(id, message.roles, false);
        return offers.wake();
      case 'roles':
        return this.#changeRoles(link, message.roles);
      case 'demands':
        if (!link.roles.includes(message.role)) return;
        link.demands.set(message.role, message.demands);
        allocator.setDemands(id, message.role, message.demands);
        return preemption.wanted(id, message.role, message.demands);
      case 'kill':
        return tasks.kill(id, message.task, message.graceMs);
      case 'reconcile':
        return tasks.reconcile(id, message.tasks);
      case 'acknowledge':
        return tasks.acknowledge(id, message.task, message.agent, message.uuid);
      case 'job':
        return this.#publish(id, message.job);
      case 'job.removed':
        if (log.state.jobs.get(message.job)?.framework === id)
          log.emit({ type: 'job.removed', job: message.job });
        return;
      case 'jobs.watch':
        return this.#jobWatch.watch(id, message.jobs);
      case 'decided':
        return log.emit({ type: 'job.decided', framework: id, ...message.decision });
      case 'failed':
        log.emit({ type: 'framework.error', framework: id, message: message.message });
        return this.left(peer, 'it failed');
      case 'reply':
        return requests.answer(message);
      case 'request':
        return reply(peer, message, this.#request(id, message));
    }
  }

  /**
   * A job's name belongs to the framework that first showed it. One that comes back shows all of them again: what is as it
   * was has not changed since.
   */
  #publish(id: FrameworkId, job: PublishJob['job']): void {
    const { log } = this.#parts;
    const known = log.state.jobs.get(job.name);
    const owner = known?.framework ?? id;
    if (owner === id) {
      const shown = { ...job, framework: id };
      const isNews = !known || !isDeepStrictEqual({ ...shown, updatedAt: known.updatedAt }, known);
      return isNews ? log.emit({ type: 'job.changed', job: shown }) : undefined;
    }
    const { message } = new TenderError('job.exists', { name: job.name, framework: owner });
    log.emit({ type: 'framework.error', framework: id, message });
  }

  /** @param said absent: all of its roles */
  #noteSuppression(id: FrameworkId, said: readonly string[] | undefined, suppress: boolean): void {
    const framework = this.#parts.log.state.frameworks.get(id);
    if (!framework) return;
    const { roles, suppressed: before } = framework;
    const isMeant = (role: string): boolean => said?.includes(role) ?? true;
    const now = roles.filter((role) => (isMeant(role) ? suppress : before.includes(role)));
    if (now.length !== before.length)
      this.#parts.log.emit({ type: 'framework.suppressed', framework: id, roles: now });
  }

  #changeRoles(link: Link, named: readonly string[]): void {
    const { allocator, log, offers } = this.#parts;
    const roles = [...new Set(named)];
    const { id } = link;
    try {
      for (const role of roles) checkRole(role);
    } catch (error) {
      // It stays in the roles of before.
      return log.emit({ type: 'framework.error', framework: id, message: causeOf(error) });
    }
    link.roles = roles;
    link.terms = Object.fromEntries(Object.entries(link.terms).filter(([role]) => roles.includes(role)));
    for (const role of link.demands.keys()) if (!roles.includes(role)) link.demands.delete(role);
    const before = log.state.frameworks.get(id)?.suppressed ?? [];
    const suppressed = before.filter((role) => roles.includes(role));
    log.emit({ type: 'framework.roles', framework: id, roles, suppressed });
    allocator.setFramework(id, roles, link.terms);
    for (const offer of log.state.offers.values())
      if (offer.framework === id && !roles.includes(offer.role))
        offers.rescind(offer, 'the framework has left the role');
    this.#tellPriorities(link);
    offers.wake();
  }

  /** With all agents. */
  #tellSubscribed({ id, peer }: Link): void {
    const { registry, log } = this.#parts;
    const { born } = registry.frameworks.get(id)!;
    const comesInParts = takesParts(peer.protocol);
    if (comesInParts) this.agentNews.tellAll(peer);
    const agents = comesInParts
      ? []
      : [...log.state.agents.values()].map((one) => this.#parts.agents.viewOf(one));
    peer.send({ t: 'subscribed', framework: id, born, agents });
  }

  /** Of those of its roles that differ from the usual one. */
  #tellPriorities({ peer, roles }: Link): void {
    const unusual = roles
      .map((role) => this.#parts.roles.of(role))
      .filter(({ role, priority }) => priority !== defaultRole(role).priority);
    const priorities = Object.fromEntries(unusual.map(({ role, priority }) => [role, priority]));
    peer.send({ t: 'priorities', priorities });
  }

  async #changeTerms(peer: Peer, { role, terms }: ChangeTerms): Promise<void> {
    const { allocator, log, offers } = this.#parts;
    const link = this.#byPeer.get(peer);
    if (!link) return;
    try {
      await checkTerms(link.roles, { [role]: terms });
    } catch (error) {
      // It goes on under the terms of before.
      return log.emit({ type: 'framework.error', framework: link.id, message: causeOf(error) });
    }
    if (this.#byPeer.get(peer) !== link) return;
    link.terms = { ...link.terms, [role]: terms };
    allocator.setFramework(link.id, link.roles, link.terms);
    offers.wake();
  }

  /** Before it takes a job: two frameworks with one of the same name would leave one that nobody can reach. */
  #claimJob(id: FrameworkId, { job: name, needs = [] }: JobClaim): Json {
    const { jobs } = this.#parts.log.state;
    const owner = jobs.get(name)?.framework;
    if (owner !== undefined && owner !== id) throw new TenderError('job.exists', { name, framework: owner });
    const circle = circleOf(name, needs, (job) => jobs.get(job)?.needs ?? []);
    if (circle) throw new TenderError('job.circle', { name, circle: circle.join(' → ') });
    return {};
  }

  async #request(id: FrameworkId, { method, params }: Request): Promise<Json> {
    if (method === 'job.claim') return this.#claimJob(id, checkJobClaim(params));
    if (method === 'explain') return explainTo(this.#parts, id, checkExplain(params).role) as unknown as Json;
    if (method !== 'kv.put') throw new TenderError('request.unknown', { method });
    const { changes } = checkKvPut(params);
    await this.#parts.registry.putKv(
      id,
      changes.map(([key, value]) => [key, value === null ? undefined : value] as const),
    );
    return {};
  }

  async #subscribe(peer: Peer, { t: _, name: id, ...said }: Subscribe): Promise<void> {
    const { registry, log, allocator, clock, offers } = this.#parts;
    const { terms = {}, suppressedRoles = [], roles: named, born, failoverMs = FAILOVER, ...rest } = said;
    const roles = [...new Set(named)];
    const facts = { ...rest, roles, failoverMs };
    for (const role of roles) checkRole(role);
    await checkTerms(roles, terms);
    await this.#names.claim({ id, owner: peer.key, born, facts });
    if (!this.#parts.members.isHere(peer)) return; // it left while the disk was busy
    const mine = this.#byPeer.get(peer);
    if (mine && mine.id !== id) this.left(peer, `it calls itself ${id} now`);
    const old = this.#byId.get(id);
    if (old && old !== mine) old.peer.send({ t: 'replaced' });
    if (old) this.#forget(old);
    const link = { id, peer, roles, terms, demands: new Map(), requests: new Requests(clock) };
    this.#byId.set(id, link);
    this.#byPeer.set(peer, link);
    for (const part of kvParts(registry.kv(id))) peer.send(part);
    this.#tellPriorities(link);
    this.#tellSubscribed(link);
    const suppressed = roles.filter((role) => suppressedRoles.includes(role));
    const framework: Framework = { id, state: 'connected', suppressed, ...facts, since: clock.now() };
    log.emit({ type: 'framework.subscribed', framework });
    // Offers of before are void already, in all roles; tasks stay, also those in roles that it has left.
    allocator.setFramework(id, roles, terms);
    allocator.activateFramework(id, true);
    allocator.revive(id);
    if (suppressed.length > 0) allocator.suppress(id, suppressed);
    offers.wake();
  }

  #forget(link: Link): void {
    this.#byPeer.delete(link.peer);
    if (this.#byId.get(link.id) !== link) return;
    this.#byId.delete(link.id);
    this.#jobWatch.forget(link.id);
    link.requests.abandon();
    this.#parts.allocator.activateFramework(link.id, false);
    this.#parts.offers.rescindFramework(link.id, 'the framework is disconnected');
  }
}
