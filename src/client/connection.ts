/**
 * A client's connection: the replica, kept current by the event stream (a gap or a reconnection leads to a new
 * snapshot), requests, and byte streams. It comes back by itself; meanwhile the replica stays readable, marked stale.
 */
import { apply, restore } from '../core/apply.ts';
import type { Clock, Random } from '../core/clock.ts';
import { type ClusterState, emptyCluster, type Snapshot } from '../core/cluster.ts';
import { type ErrorCode, type ErrorReport, errorOf, reportOf, TenderError } from '../core/errors.ts';
import type { Numbered } from '../core/events.ts';
import type { Json } from '../core/json.ts';
import { lastEvents } from '../core/last-events.ts';
import type { TaskId } from '../core/task.ts';
import type { ClientMethod, ClientRequests, ToClient } from '../wire/messages/client.ts';
import type { Welcome } from '../wire/messages/session.ts';
import { EVENT_CREDIT } from '../wire/protocol.ts';
import { type Following, Session } from '../wire/session.ts';
import type { KeyPair, Transport } from '../wire/transport.ts';
import type { Change, Client, ClientStatus, StreamRequest, TaskStream } from './client.ts';
import { ClientStreams } from './streams.ts';

export interface ConnectOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly address: string;
  /** Absent: it stays with the master at `address`. */
  readonly following?: Following | undefined;
  readonly serverKey: string;
  readonly keys: KeyPair;
  readonly version: string;
  /** False: no replica is kept and no events come; requests only. @default true */
  readonly watch?: boolean;
}

const RECENT = 1000;
/** More of the past than is kept: most of the newest may be offers. */
const ASKED = 2 * RECENT;
/** Longer than the master waits for a framework, so that its answer is the one that counts. */
const REQUEST_TIMEOUT = 35_000;

export function connect(options: ConnectOptions): Client {
  return new Connection(options);
}

class Connection implements Client {
  state: ClusterState;
  recent: Numbered[] = [];
  readonly #options: ConnectOptions;
  readonly #session: Session;
  readonly #streams: ClientStreams;
  readonly #listeners = new Set<(change: Change) => void>();
  #phase: ClientStatus['phase'] = 'connecting';
  #protocol: string | undefined;
  #problem: ErrorReport | undefined;
  /** Parts of a snapshot that have come so far. */
  #parts: Snapshot | undefined;
  /** Something was missed: events are of no use before the next snapshot, which has been asked for. */
  #behind = false;
  /** Batches for which no credit was given yet. */
  #read = 0;

  constructor(options: ConnectOptions) {
    this.#options = options;
    const { transport, clock, random, address, following, serverKey, keys, version } = options;
    this.state = emptyCluster({ cluster: '', version: '', epoch: 0, startedAt: 0, address });
    this.#session = new Session({
      transport,
      clock,
      random,
      address,
      following,
      serverKey,
      keys,
      hello: { role: 'client', version },
      handlers: {
        welcome: (welcome) => this.#welcome(welcome),
        message: (message, bytes) => this.#handle(message as ToClient, bytes),
        down: (problem) => this.#down(problem),
        // Something could not be read: the replica may have missed it.
        trouble: () => this.#watchAnew(),
      },
    });
    this.#streams = new ClientStreams((message, bytes) => this.#session.send(message, bytes));
  }

  get status(): ClientStatus {
    return {
      phase: this.#phase,
      address: this.#session.address,
      masters: this.#session.masters,
      protocol: this.#protocol,
      problem: this.#problem,
      latency: this.#session.latency,
      retryAt: this.#session.retryAt,
      heardAt: this.#session.heardAt || undefined,
    };
  }

  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  ready(timeoutMs = 10_000): Promise<void> {
    if (this.#phase === 'live') return Promise.resolve();
    const { clock } = this.#options;
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        stop();
        timer.cancel();
        settle();
      };
      const stop = this.subscribe(() => {
        if (this.#phase === 'live') finish(resolve);
        else if (this.#problem && FINAL.has(this.#problem.code))
          finish(() => reject(errorOf(this.#problem!)));
      });
      const timer = clock.after(timeoutMs, () => {
        const problem = this.#problem
          ? errorOf(this.#problem)
          : new TenderError('client.unreachable', { address: this.#session.address, cause: 'no answer' });
        finish(() => reject(problem));
      });
    });
  }

  async request<M extends ClientMethod>(
    method: M,
    params: ClientRequests[M]['params'],
  ): Promise<ClientRequests[M]['result']> {
    const value = await this.#session.request(method, params as unknown as Json, REQUEST_TIMEOUT);
    return value as unknown as ClientRequests[M]['result'];
  }

  stream(task: TaskId, what: StreamRequest): TaskStream {
    return this.#streams.open(task, what);
  }

  async close(): Promise<void> {
    this.#phase = 'closed';
    this.#streams.endAll(new TenderError('wire.closed'));
    await this.#session.close();
  }

  #welcome({ protocol }: Welcome): void {
    this.#protocol = protocol;
    this.#behind = false;
    this.#read = 0;
    if (this.#options.watch ?? true) this.#session.send({ t: 'watch' });
    else this.#enter('live');
  }

  #watchAnew(): void {
    this.#parts = undefined;
    if (!this.#behind && (this.#options.watch ?? true)) this.#session.send({ t: 'watch' });
    this.#behind = true;
  }

  #down(problem: TenderError): void {
    this.#problem = reportOf(problem, 'connection');
    this.#parts = undefined;
    this.#streams.endAll(problem);
    if (this.#phase === 'live') this.#phase = 'stale';
    this.#tell({ kind: 'status', status: this.status });
  }

  #enter(phase: ClientStatus['phase']): void {
    this.#phase = phase;
    this.#problem = undefined;
    this.#tell({ kind: 'status', status: this.status });
  }

  #handle(message: ToClient, bytes: Uint8Array | undefined): void {
    switch (message.t) {
      case 'snapshot':
        return this.#snapshot(message.snapshot, message.more);
      case 'events':
        this.#hasRead();
        for (const numbered of message.events) this.#event(numbered);
        return;
      case 'stream.data':
      case 'stream.credit':
      case 'stream.end':
        return this.#streams.handle(message, bytes);
      default:
        throw new TenderError('protocol.message', { cause: `a client has no use for ${message.t}` });
    }
  }

  /** One batch more. */
  #hasRead(): void {
    this.#read += 1;
    if (this.#read < EVENT_CREDIT) return;
    this.#session.send({ t: 'credit', batches: this.#read });
    this.#read = 0;
  }

  #snapshot(part: Snapshot, more: boolean): void {
    this.#parts = this.#parts ? joined(this.#parts, part) : part;
    if (more) return;
    this.#hasRead();
    this.state = restore(this.#parts);
    this.#parts = undefined;
    this.#behind = false;
    this.#tell({ kind: 'snapshot' });
    if (this.#phase !== 'live') this.#enter('live');
    if (this.recent.length === 0) void this.#recall();
  }

  /** What happened before we came. Without it the lists of events only begin emptier. */
  async #recall(): Promise<void> {
    const past = await this.request('events.recent', { limit: ASKED }).catch(() => []);
    const first = this.recent[0]?.seq ?? Number.POSITIVE_INFINITY;
    this.recent = lastEvents([...past.filter(({ seq }) => seq < first), ...this.recent], RECENT);
    this.#tell({ kind: 'snapshot' });
  }

  #event(numbered: Numbered): void {
    if (this.#behind || numbered.seq <= this.state.seq) return;
    if (numbered.seq !== this.state.seq + 1) return this.#watchAnew();
    apply(this.state, numbered.event);
    this.state.seq = numbered.seq;
    if (numbered.event.type !== 'agent.usage') {
      this.recent.push(numbered);
      if (this.recent.length > 1.5 * RECENT) this.recent = lastEvents(this.recent, RECENT);
    }
    this.#tell({ kind: 'event', numbered });
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        // The listener's own fault: it must neither pass for a bad message nor vanish.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

/** Waiting does not mend these. */
const FINAL: ReadonlySet<string> = new Set([
  'security.unknown_key',
  'security.wrong_master',
  'security.revoked',
  'security.proof',
  'request.denied',
  'protocol.version',
] satisfies ErrorCode[]);

const joined = (a: Snapshot, b: Snapshot): Snapshot => ({
  ...b,
  agents: [...a.agents, ...b.agents],
  frameworks: [...a.frameworks, ...b.frameworks],
  offers: [...a.offers, ...b.offers],
  endedOffers: [...(a.endedOffers ?? []), ...(b.endedOffers ?? [])],
  tasks: [...a.tasks, ...b.tasks],
  jobs: [...a.jobs, ...b.jobs],
  members: [...a.members, ...b.members],
  roles: [...a.roles, ...b.roles],
});
