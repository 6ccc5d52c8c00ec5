/**
 * The frameworks: sessions that subscribed under a name. A name belongs to the key that first took it; a second
 * subscription of the same owner takes over and the first is told. A framework that is away keeps its tasks.
 */
import type { Framework, Offer } from '../core/cluster.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import type { FrameworkId } from '../core/task.ts';
import { checkJobClaim, checkKvPut } from '../wire/check.ts';
import type { Peer } from '../wire/gate.ts';
import type {
  Accept,
  FromFramework,
  Json,
  KvPart,
  PublishJob,
  Request,
  Subscribe,
  ToFramework,
} from '../wire/messages.ts';
import { Requests } from '../wire/requests.ts';
import { viewOf } from './agents.ts';
import { inParts } from './in-parts.ts';
import type { Parts } from './parts.ts';
import { reply } from './reply.ts';

/** A framework may have to ask others before it can answer. */
const CALL_TIMEOUT = 30_000;
/** Characters of one part of a key-value space. */
const KV_PART = 500_000;

interface Link {
  readonly id: FrameworkId;
  readonly peer: Peer;
  readonly requests: Requests;
}

export class Frameworks {
  readonly #parts: Parts;
  readonly #byId = new Map<FrameworkId, Link>();
  readonly #byPeer = new Map<Peer, Link>();
  /** Subscriptions that wait for the disk; what their sessions say meanwhile is heard afterwards. */
  readonly #entering = new Map<Peer, Promise<void>>();
  /** Names that are being taken for the first time, by key. */
  readonly #claims = new Map<FrameworkId, string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  send(framework: FrameworkId, message: ToFramework): void {
    this.#byId.get(framework)?.peer.send(message);
  }

  offer(framework: FrameworkId, offers: readonly Offer[]): void {
    const peer = this.#byId.get(framework)?.peer;
    inParts(
      0,
      offers.length,
      (from, to) => peer?.sendIfFits({ t: 'offers', offers: offers.slice(from, to) }) ?? true,
    );
  }

  broadcast(message: ToFramework): void {
    for (const { peer } of this.#byId.values()) peer.send(message);
  }

  /**
   * Asks a framework to do something, on behalf of a client.
   * @throws TenderError `framework.away`, `framework.unknown`, or what the framework answered
   */
  call(id: FrameworkId, verb: string, args: Json): Promise<Json> {
    const framework = this.#parts.log.state.frameworks.get(id);
    if (!framework) throw new TenderError('framework.unknown', { name: id });
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
    const before = this.#entering.get(peer);
    if (message.t === 'subscribe') return this.#enter(peer, before, () => this.#subscribe(peer, message));
    if (before) return this.#enter(peer, before, () => this.#hear(peer, message));
    this.#hear(peer, message);
  }

  /** One after the other: what comes while a subscription waits for the disk belongs behind it. */
  #enter(peer: Peer, before: Promise<void> | undefined, run: () => Promise<void> | void): void {
    const entering = (before ?? Promise.resolve())
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
        if (this.#entering.get(peer) === entering) this.#entering.delete(peer);
      });
    this.#entering.set(peer, entering);
  }

  #hear(peer: Peer, message: Exclude<FromFramework, Subscribe>): void {
    const link = this.#byPeer.get(peer);
    if (link) this.#handle(link, message);
  }

  #handle({ id, peer, requests }: Link, message: Exclude<FromFramework, Subscribe>): void {
    const { tasks, offers, allocator, log } = this.#parts;
    switch (message.t) {
      case 'accept':
        return this.#accept(id, message);
      case 'decline':
        return offers.decline(id, message.offers, message.refuseMs);
      case 'suppress':
        allocator.suppress(id);
        return log.emit({ type: 'framework.suppressed', framework: id, suppressed: true });
      case 'revive':
        allocator.revive(id);
        if (log.state.frameworks.get(id)?.suppressed)
          log.emit({ type: 'framework.suppressed', framework: id, suppressed: false });
        return offers.wake();
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
      case 'failed':
        log.emit({ type: 'framework.error', framework: id, message: message.message });
        return this.left(peer, 'it failed');
      case 'reply':
        return requests.answer(message);
      case 'request':
        return reply(peer, message, this.#request(id, message));
    }
  }

  /** A job's name belongs to the framework that first showed it. */
  #publish(id: FrameworkId, job: PublishJob['job']): void {
    const { log } = this.#parts;
    const owner = log.state.jobs.get(job.name)?.framework ?? id;
    if (owner === id) return log.emit({ type: 'job.changed', job: { ...job, framework: id } });
    const { message } = new TenderError('job.exists', { name: job.name, framework: owner });
    log.emit({ type: 'framework.error', framework: id, message });
  }

  #accept(id: FrameworkId, { offers: ids, tasks: specs, invalid = [], refuseMs }: Accept): void {
    const { offers, tasks } = this.#parts;
    for (const { task, cause } of invalid) tasks.refuse(id, task, cause);
    let offer: ReturnType<typeof offers.accept>;
    try {
      offer = offers.accept(id, ids, specs, refuseMs);
    } catch (error) {
      if (!(error instanceof TenderError)) throw error;
      return tasks.drop(id, specs, error);
    }
    for (const spec of specs) tasks.launch(id, offer, spec);
  }

  /** Before it takes a job: two frameworks with one of the same name would leave one that nobody can reach. */
  #claimJob(id: FrameworkId, name: string): Json {
    const owner = this.#parts.log.state.jobs.get(name)?.framework;
    if (owner !== undefined && owner !== id) throw new TenderError('job.exists', { name, framework: owner });
    return {};
  }

  async #request(id: FrameworkId, { method, params }: Request): Promise<Json> {
    if (method === 'job.claim') return this.#claimJob(id, checkJobClaim(params).job);
    if (method !== 'kv.put') throw new TenderError('request.unknown', { method });
    const { changes } = checkKvPut(params);
    await this.#parts.registry.putKv(
      id,
      changes.map(([key, value]) => [key, value === null ? undefined : value] as const),
    );
    return {};
  }

  async #subscribe(peer: Peer, { t: _, name: id, ...facts }: Subscribe): Promise<void> {
    const { registry, log, allocator, clock, offers } = this.#parts;
    await this.#claim(id, peer.key);
    if (!this.#parts.members.isHere(peer)) return; // it left while the disk was busy
    const mine = this.#byPeer.get(peer);
    if (mine && mine.id !== id) this.left(peer, `it calls itself ${id} now`);
    const old = this.#byId.get(id);
    if (old && old !== mine) old.peer.send({ t: 'replaced' });
    if (old) this.#forget(old);
    const link = { id, peer, requests: new Requests(clock) };
    this.#byId.set(id, link);
    this.#byPeer.set(peer, link);
    for (const part of kvParts(registry.kv(id))) peer.send(part);
    peer.send({ t: 'subscribed', framework: id, agents: [...log.state.agents.values()].map(viewOf) });
    const framework: Framework = { id, state: 'connected', suppressed: false, ...facts, since: clock.now() };
    log.emit({ type: 'framework.subscribed', framework });
    allocator.setFramework(id, facts.roles);
    allocator.activateFramework(id, true);
    allocator.revive(id);
    offers.wake();
  }

  /** Resolves when the name is this key's for good, and all that was stored under it shows. @throws `framework.taken` */
  async #claim(id: FrameworkId, key: string): Promise<void> {
    const { registry } = this.#parts;
    const owner = registry.frameworks.get(id)?.owner ?? this.#claims.get(id);
    if (owner !== undefined && owner !== key) throw new TenderError('framework.taken', { name: id });
    if (registry.frameworks.has(id)) return registry.settled();
    this.#claims.set(id, key);
    try {
      await registry.put('framework', id, { id, owner: key });
    } finally {
      this.#claims.delete(id);
    }
  }

  #forget(link: Link): void {
    this.#byPeer.delete(link.peer);
    if (this.#byId.get(link.id) !== link) return;
    this.#byId.delete(link.id);
    link.requests.abandon();
    this.#parts.allocator.activateFramework(link.id, false);
    this.#parts.offers.rescindFramework(link.id, 'the framework is disconnected');
  }
}

function* kvParts(kv: ReadonlyMap<string, Json>): Generator<KvPart> {
  let entries: [string, Json][] = [];
  let size = 0;
  for (const [key, value] of kv) {
    const more = key.length + JSON.stringify(value).length;
    if (entries.length > 0 && size + more > KV_PART) {
      yield { t: 'kv', entries };
      entries = [];
      size = 0;
    }
    entries.push([key, value]);
    size += more;
  }
  if (entries.length > 0) yield { t: 'kv', entries };
}
