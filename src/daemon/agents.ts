/**
 * The agents, each in one state:
 *
 *   ready ⇄ disconnected → unreachable → ready | gone
 *
 * `disconnected` (its session ended) takes it out of the offers; `unreachable` (silent for 15 s, and losses.ts lets it
 * go) gives its tasks up to their frameworks, but if it comes back they are still its own. `gone` is a person's word,
 * and final. After a master's start the known agents have longer to return; what was unreachable stays so.
 */
import type { Timer } from '../core/clock.ts';
import type { Agent } from '../core/cluster.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import { applyOperation, type Operation, operationConversion } from '../core/operations.ts';
import { add, contains, isEmpty, NOTHING, subtract } from '../core/resources.ts';
import { formatResources } from '../core/resources-text.ts';
import type { AgentId } from '../core/task.ts';
import type { TaskState } from '../core/task-state.ts';
import { agentIdOf } from '../wire/agent-id.ts';
import type { Peer } from '../wire/gate.ts';
import type { FromAgent, Register, ToAgent } from '../wire/messages/agent.ts';
import type { AgentView } from '../wire/messages/framework.ts';
import { QUIET, saysConverted } from '../wire/protocol.ts';
import { AgentRecords } from './agent-records.ts';
import { type Asked, Conversions } from './conversions.ts';
import { forLeaving } from './for-leaving.ts';
import { Losses } from './losses.ts';
import type { Parts } from './parts.ts';
import { Registration } from './registration.ts';
import { Retention, type RetentionLimits } from './retention.ts';

interface Link {
  readonly peer: Peer;
  readonly registration: Registration;
  /** Only then it gets launches: what was sent before it told its tasks would count as lost. */
  registered: boolean;
  /** What it has said that it has is being written down: made others now, it would come to be as it was. */
  registering: boolean;
  /** So many conversions it was asked for in this session, and so many of them it will not forget. */
  asked: number;
  written: number;
}

export class Agents {
  readonly #parts: Parts;
  readonly #links = new Map<AgentId, Link>();
  readonly #ids = new WeakMap<Peer, AgentId>();
  readonly #deadlines = new Map<AgentId, Timer>();
  /** Known from a former master's life, and not heard of since. */
  readonly #awaited = new Set<AgentId>();
  /** Being declared gone: nothing may be written of them any more. */
  readonly #going = new Map<AgentId, Promise<void>>();
  readonly #records: AgentRecords;
  readonly #conversions: Conversions;
  readonly #losses: Losses;
  readonly #retention: Retention;
  readonly #patience: number;

  /** @param patience ms of silence after which an agent is unreachable; twice as long after a start of the master */
  constructor(parts: Parts, patience: number, limits: RetentionLimits) {
    this.#parts = parts;
    this.#patience = patience;
    this.#records = new AgentRecords(parts.registry);
    this.#conversions = new Conversions(parts.clock);
    this.#losses = new Losses(parts, (id, why) => void this.#giveUp(id, why));
    this.#retention = new Retention(parts, limits, (agent) => this.#forget(agent));
  }

  /** The agents of a former master's life: disconnected, until they return. */
  recover(): void {
    const { registry, log, clock } = this.#parts;
    for (const agent of registry.agents.values()) {
      const isLost = agent.state === 'gone' || agent.state === 'unreachable';
      const withdrawn = registry.withdrawals.get(agent.id);
      const since = clock.now();
      const until = since + 2 * this.#patience;
      const now = isLost ? agent : { ...agent, state: 'disconnected' as const, since, until };
      log.emit({ type: 'agent.registered', agent: { ...now, withdrawn } });
      if (isLost) {
        this.#retention.wake();
        continue;
      }
      this.#awaited.add(agent.id);
      this.#countdown(agent.id, 2 * this.#patience, 'it did not return after the start of the master');
    }
  }

  /** So many agents may still return with tasks that nobody here knows of. */
  get awaited(): number {
    return this.#awaited.size;
  }

  /** @returns false if the agent is not there: the message was not sent */
  send(agent: AgentId, message: ToAgent, bytes?: Uint8Array): boolean {
    const link = this.#links.get(agent);
    if (!link?.registered) return false;
    link.peer.send(message, bytes);
    return true;
  }

  /**
   * What a task is that nobody here knows, and that was on this agent (or on any): undefined while an agent that may
   * have it has not come back yet.
   */
  reconciled(agent: AgentId | undefined): TaskState | undefined {
    const { agents } = this.#parts.log.state;
    const waiting = (known: Agent): boolean => known.state === 'disconnected';
    if (agent === undefined) return [...agents.values()].some(waiting) ? undefined : 'UNKNOWN';
    const known = agents.get(agent);
    if (!known) return 'UNKNOWN';
    if (waiting(known)) return undefined;
    return known.state === 'ready'
      ? 'GONE'
      : known.state === 'unreachable'
        ? 'UNREACHABLE'
        : 'GONE_BY_OPERATOR';
  }

  joined(peer: Peer): void {
    const id = this.#idOf(peer);
    const old = this.#links.get(id);
    const registration = new Registration();
    this.#links.set(id, { peer, registration, registered: false, registering: false, asked: 0, written: 0 });
    if (old) this.#parts.relay.agentLeft(id);
  }

  left(peer: Peer, why: string): void {
    const id = this.#idOf(peer);
    if (this.#links.get(id)?.peer !== peer) return;
    this.#links.delete(id);
    this.#parts.relay.agentLeft(id);
    if (this.#parts.log.state.agents.get(id)?.state !== 'ready') return;
    this.#parts.allocator.activateAgent(id, false);
    this.#parts.offers.rescindAgent(id, 'the agent is disconnected');
    const wait = Math.max(0, this.#patience - QUIET);
    this.#enter(id, 'disconnected', why, this.#parts.clock.now() + wait);
    this.#countdown(id, wait, `it did not come back (${why})`);
  }

  message(peer: Peer, message: FromAgent, bytes: Uint8Array | undefined): void {
    const id = this.#idOf(peer);
    switch (message.t) {
      case 'register': {
        const whole = this.#links.get(id)?.registration.add(message);
        if (!whole) return;
        this.#register(id, peer, whole).catch((error: unknown) => {
          const what = `the registration of ${peer.name}`;
          const problem =
            error instanceof TenderError
              ? error
              : new TenderError('request.failed', { what, cause: causeOf(error) });
          this.#parts.log.emit({ type: 'master.warning', message: problem.message });
          this.#parts.members.turnOut(peer, problem);
        });
        return;
      }
      case 'status':
        return this.#parts.tasks.update(id, message);
      case 'converted':
        return this.#converted(id, message.number);
      case 'usage':
        return this.#parts.log.emit({ type: 'agent.usage', agent: id, usage: message.usage });
      default:
        return this.#parts.relay.fromAgent(id, message, bytes);
    }
  }

  /** A person's word that this machine will not come back: its tasks are given up at once, its key is refused. */
  async gone(id: AgentId): Promise<void> {
    const agent = this.#parts.log.state.agents.get(id);
    if (!agent) throw new TenderError('agent.unknown', { name: id });
    const going = this.#gone(agent).finally(() => {
      if (this.#going.get(id) === going) this.#going.delete(id);
    });
    this.#going.set(id, going);
    await going;
  }

  async #gone(agent: Agent): Promise<void> {
    const { clock, allocator, offers, tasks } = this.#parts;
    const { id } = agent;
    await this.#records.write({ ...agent, state: 'gone', since: clock.now(), usage: undefined });
    this.#deadlines.get(id)?.cancel();
    offers.rescindAgent(id, 'the agent was declared gone');
    allocator.removeAgent(id);
    tasks.agentGone(id);
    this.#enter(id, 'gone', 'a person said so');
    this.#losses.remove(id);
    this.#retention.wake();
    this.#arrived(id);
    const link = this.#links.get(id);
    if (link) this.#parts.members.turnOut(link.peer, new TenderError('agent.gone', { name: agent.name }));
  }

  /**
   * Makes others of an agent's resources: reserved ones, or volumes, or what they were before. The agent remembers it.
   * Whether somebody uses them is the caller's to know.
   * @returns the number of this conversion: see `written`
   * @throws TenderError `operation.invalid`, `agent.away`
   */
  convert(id: AgentId, operation: Operation, by: string): number {
    const { log } = this.#parts;
    const agent = log.state.agents.get(id);
    const total = applyOperation(agent?.total ?? NOTHING, operation);
    const conversion = operationConversion(operation);
    const link = this.#links.get(id);
    const busy = this.#going.has(id) || link?.registering;
    const number = (link?.asked ?? 0) + 1;
    if (!agent || !link || busy || !this.send(id, { t: 'convert', ...conversion, number }))
      throw new TenderError('agent.away', { name: agent?.name ?? id });
    link.asked = number;
    if (!saysConverted(link.peer.protocol)) link.written = number;
    const { from, to } = conversion;
    const why = `${by} made ${formatResources(to)} of ${formatResources(from)}`;
    log.emit({ type: 'agent.total', agent: id, total, why });
    // Only for the time after a restart of the master, until the agent has told it anew.
    this.#records
      .write({ ...agent, total, usage: undefined })
      .catch((error: unknown) => log.emit({ type: 'master.warning', message: causeOf(error) }));
    this.#tellFrameworks(id);
    return number;
  }

  /**
   * Resolves when the agent has it on its disk.
   * @throws TenderError `conversion.refused`, `conversion.unsure`
   */
  async written(asked: Asked): Promise<void> {
    const link = this.#links.get(asked.agent.id);
    if (link && link.written < asked.number) await this.#conversions.wait(asked);
  }

  /**
   * A person's word not to wait for it any longer: its work is given to others now. It may return.
   * @throws TenderError `agent.here` if it is not away
   */
  async giveUp(id: AgentId): Promise<void> {
    const agent = this.#parts.log.state.agents.get(id);
    if (!agent) throw new TenderError('agent.unknown', { name: id });
    if (agent.state !== 'disconnected')
      throw new TenderError('agent.here', { name: agent.name, state: agent.state });
    this.#deadlines.get(id)?.cancel();
    await this.#giveUp(id, 'a person said not to wait for it');
    this.#losses.remove(id);
  }

  /** It gets new work or none, as of now. */
  withdrawn(id: AgentId): void {
    const { offers, withdrawals } = this.#parts;
    this.allot(id);
    if (withdrawals.of(id)) offers.rescindAgent(id, 'the agent gets no new work');
    this.#tellFrameworks(id);
  }

  viewOf(agent: Agent): AgentView {
    const { id, name, state, host, attributes, executors, total, withdrawn, fault } = agent;
    const link = this.#links.get(id);
    const converting = link && link.written < link.asked ? true : undefined;
    return {
      id,
      name,
      state,
      host,
      attributes,
      executors,
      total,
      converting,
      withdrawn: withdrawn?.state,
      fault: fault?.state,
    };
  }

  #converted(id: AgentId, number: number): void {
    const link = this.#links.get(id)!;
    if (number <= link.written) return;
    link.written = Math.min(number, link.asked);
    this.#conversions.written(id, link.written);
    if (link.written === link.asked) this.#tellFrameworks(id);
  }

  /** What may be offered of an agent that is there, as it is now. */
  allot(id: AgentId): void {
    const { allocator, log, offers, withdrawals } = this.#parts;
    const agent = log.state.agents.get(id);
    if (agent?.state !== 'ready') return;
    const { name, attributes, total, fault } = agent;
    const withdrawn = withdrawals.of(id)?.state;
    const isDraining = withdrawn === 'draining';
    allocator.setAgent(id, isDraining ? forLeaving(total) : total, { ...attributes, hostname: name });
    allocator.activateAgent(id, fault === undefined && (isDraining || withdrawn === undefined));
    offers.wake();
  }

  /** Asked at each message: worked out once. */
  #idOf(peer: Peer): AgentId {
    const id = this.#ids.get(peer) ?? agentIdOf(peer.key);
    this.#ids.set(peer, id);
    return id;
  }

  close(): void {
    this.#conversions.close();
    this.#losses.close();
    this.#retention.close();
    for (const timer of this.#deadlines.values()) timer.cancel();
  }

  async #register(id: AgentId, peer: Peer, { t: _, tasks: held, ...facts }: Register): Promise<void> {
    const { log, clock, tasks, offers, withdrawals } = this.#parts;
    const known = log.state.agents.get(id);
    if (known?.state === 'gone' || this.#going.has(id))
      return this.#parts.members.turnOut(peer, new TenderError('agent.gone', { name: peer.name }));
    const record: Agent = {
      id,
      name: peer.name,
      state: 'ready',
      version: peer.version,
      ...facts,
      since: clock.now(),
    };
    const link = this.#links.get(id);
    if (link?.peer !== peer) return;
    link.registering = true;
    // Those are in what it says that it has, or passed over.
    link.written = link.asked;
    const had = this.#parts.registry.agents.get(id)?.total ?? facts.total;
    await this.#records.registered(record);
    if (this.#links.get(id) !== link) return; // it left, or came again, while the disk was busy
    this.#deadlines.get(id)?.cancel();
    link.registered = true;
    link.registering = false;
    this.#conversions.told(record);
    offers.rescindAgent(id, 'the agent registered again');
    const withdrawn = withdrawals.of(id);
    const before = log.state.agents.get(id)?.state;
    log.emit({ type: 'agent.registered', agent: { ...record, withdrawn } });
    this.allot(id);
    this.#losses.remove(id);
    this.send(id, { t: 'registered', agent: id });
    tasks.adopt(id, held, before === undefined || before === 'unreachable');
    if (!contains(facts.total, had)) this.#tellShortage(record);
    this.#tellFrameworks(id);
    this.#arrived(id);
    offers.wake();
  }

  /** A machine that has less now may have less than its tasks take. */
  #tellShortage({ id, name, total }: Agent): void {
    const taken = this.#parts.tasks.liveOn(id).reduce((sum, { resources }) => add(sum, resources), NOTHING);
    const missing = subtract(taken, total);
    if (isEmpty(missing)) return;
    const message = `${name} has ${formatResources(missing)} less than its tasks take; they go on`;
    this.#parts.log.emit({ type: 'master.warning', message });
  }

  /** Or given up: either way its tasks are in the books, or count no more. */
  #arrived(id: AgentId): void {
    if (!this.#awaited.delete(id) || this.#awaited.size > 0) return;
    this.#parts.offers.wake();
    this.#parts.preemption.wake();
  }

  #countdown(id: AgentId, ms: number, why: string): void {
    this.#deadlines.get(id)?.cancel();
    this.#deadlines.set(
      id,
      this.#parts.clock.after(ms, () => {
        this.#losses.add(id, why);
        this.#arrived(id); // whatever becomes of it: others wait no longer
      }),
    );
  }

  /** Durable first: after a start of the master nobody waits for it. */
  async #giveUp(id: AgentId, why: string): Promise<void> {
    const { log, clock, allocator, tasks } = this.#parts;
    const away = async (): Promise<Agent | undefined> => {
      await this.#going.get(id)?.catch(() => {}); // that was told to whoever said so
      const agent = log.state.agents.get(id);
      return this.#links.get(id)?.registering || agent?.state !== 'disconnected' ? undefined : agent;
    };
    const agent = await away();
    if (!agent) return;
    await this.#records
      .write({ ...agent, state: 'unreachable', since: clock.now(), usage: undefined })
      .catch((error: unknown) => log.emit({ type: 'master.warning', message: causeOf(error) }));
    if (!(await away())) return;
    allocator.removeAgent(id);
    this.#enter(id, 'unreachable', why);
    tasks.agentLost(id, why);
    this.#retention.wake();
    this.#arrived(id);
  }

  /**
   * An unreachable one may come back all the same, as if it had never been here. One that is gone may not: what refuses
   * it was this record, and from now on it is that its key is nobody's.
   */
  async #forget({ id, name, state }: Agent): Promise<void> {
    const { registry, log, members, tasks } = this.#parts;
    const isBack = (): boolean =>
      this.#links.get(id)?.registering === true || log.state.agents.get(id)?.state !== state;
    if (isBack()) return;
    const member = registry.members.get(name);
    if (state === 'gone' && member && agentIdOf(member.publicKey) === id) await members.revoke(name);
    await registry.removeAll([
      ['agent', id],
      ['withdrawal', id],
    ]);
    if (isBack()) return;
    this.#deadlines.delete(id);
    log.emit({ type: 'agent.forgotten', agent: id, tasks: tasks.agentForgotten(id) });
  }

  #enter(agent: AgentId, state: Agent['state'], why: string, until?: number): void {
    this.#parts.log.emit({ type: 'agent.state', agent, state, why, until });
    this.#tellFrameworks(agent);
  }

  #tellFrameworks(id: AgentId): void {
    const agent = this.#parts.log.state.agents.get(id);
    if (agent) this.#parts.frameworks.agentNews.add(id);
  }
}
