/**
 * The real allocator, with somebody who keeps the sums beside it: what the master has taken on each agent and what it has
 * given back. It never may give back what it has not taken, and once quiet exactly what runs and what is offered
 * may be taken.
 */
import type { Allocator, Share } from '../../src/core/allocator.ts';
import type { Quantities } from '../../src/core/quantities.ts';
import { sum } from '../../src/core/quota-rules.ts';
import { add, NOTHING, type Resources, subtract } from '../../src/core/resources.ts';
import type { AgentId } from '../../src/core/task.ts';
import { tally } from './tally.ts';

export class AllocatorWitness {
  readonly #taken = new Map<AgentId, Quantities>();
  readonly #totals = new Map<AgentId, Resources>();
  readonly #found: (what: string) => void;

  constructor(found: (what: string) => void) {
    this.#found = found;
  }

  taken(agent: AgentId): Quantities {
    return this.#taken.get(agent) ?? {};
  }

  /** What it has been told that the agent has, and what operations have made of it. */
  total(agent: AgentId): Resources {
    return this.#totals.get(agent) ?? NOTHING;
  }

  /** The same allocator, listened to. What it says to itself is not heard. */
  of(allocator: Allocator): Allocator {
    const heard: Partial<Allocator> = {
      setAgent: (agent, total, attributes) => {
        if (!this.#taken.has(agent)) this.#taken.set(agent, {});
        this.#totals.set(agent, total);
        allocator.setAgent(agent, total, attributes);
      },
      removeAgent: (agent) => {
        this.#taken.delete(agent);
        this.#totals.delete(agent);
        allocator.removeAgent(agent);
      },
      use: (share) => {
        this.#count(share, 1);
        allocator.use(share);
      },
      recover: (share) => {
        this.#count(share, -1);
        allocator.recover(share);
      },
      decline: (share, until) => {
        this.#count(share, -1);
        allocator.decline(share, until);
      },
      convert: (share, to) => {
        const { agent, resources } = share;
        this.#count(share, -1);
        this.#count({ ...share, resources: to }, 1);
        this.#totals.set(agent, add(subtract(this.total(agent), resources), to));
        allocator.convert(share, to);
      },
      allocate: (...args) => {
        const allocation = allocator.allocate(...args);
        for (const share of allocation.offers) this.#count(share, 1);
        return allocation;
      },
    };
    return new Proxy(allocator, {
      get(target, name) {
        const method = heard[name as keyof Allocator] ?? target[name as keyof Allocator];
        return (method as () => unknown).bind(target);
      },
    });
  }

  #count({ agent, resources }: Share, sign: 1 | -1): void {
    const before = this.#taken.get(agent);
    if (!before) return; // with its agent all of it is forgotten
    const amounts = Object.entries(tally(resources)).map(([name, amount]) => [name, sign * amount]);
    const now = sum(before, Object.fromEntries(amounts) as Quantities);
    this.#taken.set(agent, now);
    for (const [name, amount] of Object.entries(now))
      if (amount < 0) this.#found(`more ${name} of agent ${agent} is given back than was taken (${amount})`);
  }
}
