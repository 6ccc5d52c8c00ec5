/**
 * What the next master has to know of the agents: their records in the registry. Nothing is written where nothing is new:
 * after a start of the master all of them come. Until a change is written the registry does not show what it will hold.
 */
import type { Agent } from '../core/cluster.ts';
import type { AgentId } from '../core/task.ts';
import type { Registry } from './registry.ts';

export class AgentRecords {
  readonly #registry: Registry;
  /** How many changes of each are being written. */
  readonly #writing = new Map<AgentId, number>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /**
   * One that has registered. An agent that is known already does not wait for a disk that refuses: its tasks go on.
   * @throws TenderError `state.write` if it is a new one
   */
  async registered(agent: Agent): Promise<void> {
    const known = this.#registry.agents.get(agent.id);
    const isCurrent = known && !this.#writing.has(agent.id);
    if (isCurrent && JSON.stringify({ ...known, since: agent.since }) === JSON.stringify(agent)) return;
    await this.write(agent).catch((error: unknown) => {
      if (!known) throw error;
    });
  }

  /** @throws TenderError `state.write` */
  async write(agent: Agent): Promise<void> {
    const { id } = agent;
    this.#writing.set(id, (this.#writing.get(id) ?? 0) + 1);
    try {
      await (agent.state === 'gone' ? this.#registry.putGone(agent) : this.#registry.put('agent', id, agent));
    } finally {
      const left = this.#writing.get(id)! - 1;
      if (left > 0) this.#writing.set(id, left);
      else this.#writing.delete(id);
    }
  }
}
