/**
 * The frameworks: sessions that subscribed under a name. A name belongs to the key that first took it; a second
 * subscription of the same owner takes over and the first is told. A framework that is away keeps its tasks.
 */
import type { Framework } from '../core/cluster.ts';
import { reportOf, TenderError } from '../core/errors.ts';
import type { FrameworkId } from '../core/task.ts';
import { checkKvPut } from '../wire/check.ts';
import type { Peer } from '../wire/gate.ts';
import type {
  Accept,
  FromFramework,
  Json,
  KvPart,
  Request,
  Subscribe,
  ToFramework,
} from '../wire/messages.ts';
import { Requests } from '../wire/requests.ts';
import { viewOf } from './agents.ts';
import type { Parts } from './parts.ts';

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

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  send(framework: FrameworkId, message: ToFramework): void {
    this.#byId.get(framework)?.peer.send(message);
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
    return link.requests.ask(send, 'call', { verb, args }, CALL_TIMEOUT);
  }

  left(peer: Peer, why: string): void {
    const link = this.#byPeer.get(peer);
    if (!link) return;
    this.#forget(link);
    this.#parts.log.emit({ type: 'framework.disconnected', framework: link.id, why });
  }

  message(peer: Peer, message: FromFramework): void {
    if (message.t === 'subscribe') {
      this.#subscribe(peer, message).catch((error: unknown) =>
        this.#parts.members.turnOut(
          peer,
          error instanceof TenderError
            ? error
            : new TenderError('framework.failed', { name: message.name, cause: String(error) }),
        ),
      );
      return;
    }
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
        return log.emit({ type: 'job.changed', job: { ...message.job, framework: id } });
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
        this.#request(id, message).then(
          (value) => peer.send({ t: 'reply', id: message.id, ok: true, value }),
          (error: unknown) =>
            peer.send({ t: 'reply', id: message.id, ok: false, error: reportOf(error, message.method) }),
        );
    }
  }

  #accept(id: FrameworkId, { offers: ids, tasks: specs, refuseMs }: Accept): void {
    const { offers, tasks } = this.#parts;
    let offer: ReturnType<typeof offers.accept>;
    try {
      offer = offers.accept(id, ids, specs, refuseMs);
    } catch (error) {
      if (!(error instanceof TenderError)) throw error;
      return tasks.drop(id, specs, error);
    }
    for (const spec of specs) tasks.launch(id, offer, spec);
  }

  async #request(id: FrameworkId, { method, params }: Request): Promise<Json> {
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
    const owner = registry.frameworks.get(id)?.owner;
    if (owner !== undefined && owner !== peer.key) throw new TenderError('framework.taken', { name: id });
    if (owner === undefined) await registry.put('framework', id, { id, owner: peer.key });
    const old = this.#byId.get(id);
    if (old) {
      old.peer.send({ t: 'replaced' });
      this.#forget(old);
    }
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
    entries.push([key, value]);
    size += key.length + JSON.stringify(value).length;
    if (size < KV_PART) continue;
    yield { t: 'kv', entries };
    entries = [];
    size = 0;
  }
  if (entries.length > 0) yield { t: 'kv', entries };
}
