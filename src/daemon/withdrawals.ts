/**
 * Agents that are to get no new work, because a person said so: deactivated ones keep their tasks, draining ones lose
 * them. Draining gives the frameworks time until a deadline to move their tasks, each in its own way; then the master
 * kills what is left. Drained is an agent that is there and runs nothing. All of it is durable, and holds for an agent
 * that is away as soon as it is back.
 */
import type { Timer } from '../core/clock.ts';
import type { Agent, Withdrawal } from '../core/cluster.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import type { Event } from '../core/events.ts';
import type { AgentId } from '../core/task.ts';
import type { Parts } from './parts.ts';

type Draining = Extract<Withdrawal, { readonly tasks: number }>;

/** What happens within this time is looked at together (ms). */
const SETTLE = 10;

export class Withdrawals {
  readonly #parts: Parts;
  readonly #deadlines = new Map<AgentId, Timer>();
  /** Agents of which a task has ended, or that have come back. */
  readonly #changed = new Set<AgentId>();
  /** Of which it is being written down that they are drained: nothing more of them is offered. */
  readonly #closing = new Set<AgentId>();
  #look: Timer | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    parts.log.listen(({ event }) => this.#note(event));
  }

  of(id: AgentId): Withdrawal | undefined {
    const withdrawn = this.#parts.registry.withdrawals.get(id);
    const isClosing = withdrawn?.state === 'draining' && this.#closing.has(id);
    return isClosing ? { ...withdrawn, state: 'drained' } : withdrawn;
  }

  /** After a start of the master, when its agents are known: deadlines go on. */
  recover(): void {
    for (const id of this.#parts.registry.withdrawals.keys()) this.#arm(id as AgentId);
  }

  /**
   * Said again, it changes the deadline.
   * @param ms until what is left is killed; undefined: nothing is
   * @throws TenderError `agent.gone`, `state.write`
   */
  async drain(agent: Agent, ms: number | undefined): Promise<void> {
    const { clock, tasks } = this.#parts;
    const now = clock.now();
    const before = this.of(agent.id);
    const began =
      before?.state === 'draining' ? before : { since: now, tasks: tasks.liveOn(agent.id).length };
    const deadline = ms === undefined ? undefined : now + ms;
    await this.#say(agent, { ...began, state: 'draining', deadline });
    tasks.ending(
      tasks.liveOn(agent.id).map(({ id }) => id),
      { reason: 'agent_draining', message: `${agent.name} is being drained` },
    );
    this.#arm(agent.id);
    this.#wake(agent.id);
  }

  /** No new work; what runs there goes on. @throws TenderError `agent.gone`, `state.write` */
  async deactivate(agent: Agent): Promise<void> {
    await this.#say(agent, { state: 'deactivated', since: this.#parts.clock.now() });
    this.#spare(agent.id);
  }

  /** It gets new work again; what was moved or killed stays so. @throws TenderError `agent.gone`, `state.write` */
  async activate(agent: Agent): Promise<void> {
    if (!this.of(agent.id)) return;
    await this.#say(agent, undefined);
    this.#spare(agent.id);
    this.#parts.offers.wake();
  }

  close(): void {
    this.#look?.cancel();
    for (const timer of this.#deadlines.values()) timer.cancel();
  }

  /** Durable, then true. */
  async #say(agent: Agent, withdrawn: Withdrawal | undefined): Promise<void> {
    const { registry, log, agents } = this.#parts;
    if (agent.state === 'gone') throw new TenderError('agent.gone', { name: agent.name });
    if (withdrawn) await registry.put('withdrawal', agent.id, withdrawn);
    else await registry.remove('withdrawal', agent.id);
    log.emit({ type: 'agent.withdrawn', agent: agent.id, withdrawn });
    agents.withdrawn(agent.id);
  }

  #spare(id: AgentId): void {
    const { tasks } = this.#parts;
    this.#deadlines.get(id)?.cancel();
    this.#deadlines.delete(id);
    tasks.spare(tasks.liveOn(id).map((task) => task.id));
  }

  #arm(id: AgentId): void {
    const { clock } = this.#parts;
    const withdrawn = this.of(id);
    this.#deadlines.get(id)?.cancel();
    this.#deadlines.delete(id);
    if (withdrawn?.state !== 'draining' || withdrawn.deadline === undefined) return;
    const left = Math.max(0, withdrawn.deadline - clock.now());
    this.#deadlines.set(
      id,
      clock.after(left, () => this.#wake(id)),
    );
  }

  /** Only takes note: this comes in the middle of an event. */
  #note(event: Event): void {
    const { registry, log } = this.#parts;
    if (registry.withdrawals.size === 0) return;
    if (event.type === 'agent.registered') this.#wake(event.agent.id);
    if (event.type !== 'task.status') return;
    const agent = log.state.tasks.get(event.status.task)?.agent;
    if (agent !== undefined) this.#wake(agent);
  }

  #wake(id: AgentId): void {
    if (this.of(id)?.state !== 'draining') return;
    this.#changed.add(id);
    this.#look ??= this.#parts.clock.after(SETTLE, () => {
      this.#look = undefined;
      const changed = [...this.#changed];
      this.#changed.clear();
      for (const agent of changed) this.#goOn(agent);
    });
  }

  #goOn(id: AgentId): void {
    const { log, clock, tasks } = this.#parts;
    const withdrawn = this.of(id);
    const agent = log.state.agents.get(id);
    if (agent?.state !== 'ready' || withdrawn?.state !== 'draining') return;
    const left = tasks.liveOn(id);
    if (left.length === 0) return this.#drained(agent, withdrawn);
    if (withdrawn.deadline === undefined || withdrawn.deadline > clock.now()) return;
    for (const task of left) if (task.state !== 'KILLING') tasks.kill(task.framework, task.id, undefined);
  }

  /** First its offers go: what is set aside there is offered while it drains, and a task could start on it meanwhile. */
  #drained(agent: Agent, withdrawn: Draining): void {
    const { log, agents } = this.#parts;
    const { id } = agent;
    this.#deadlines.get(id)?.cancel();
    this.#closing.add(id);
    agents.withdrawn(id);
    this.#say(agent, { ...withdrawn, state: 'drained' })
      .finally(() => this.#closing.delete(id))
      .catch((error: unknown) => {
        // It is looked at again when something happens there, or at the next start.
        log.emit({ type: 'master.warning', message: causeOf(error) });
        agents.withdrawn(id);
      });
  }
}
