/**
 * The cluster of Mesos' DeclineOffers: all frameworks in one role, every agent in use by two thirds with its ports in
 * pieces, and nobody who wants any of the rest.
 */

import { HierarchicalAllocator } from '../../src/core/allocator/hierarchical-allocator.ts';
import type { Share } from '../../src/core/allocator.ts';
import { type Range, resourcesOf } from '../../src/core/resources.ts';
import type { AgentId, FrameworkId } from '../../src/core/task.ts';
import { seeded } from './seeded.ts';
import { timed } from './spread.ts';

const ROLE = '*';
const YEAR = 365 * 24 * 3600 * 1000;

/** `count` ranges of the ports from `from` to `to`: single ones with gaps, and all the rest as the last. */
export function fragments([from, to]: Range, count: number): readonly Range[] {
  const single = Array.from({ length: count - 1 }, (_, i): Range => [from + 2 * i, from + 2 * i]);
  return [...single, [from + 2 * (count - 1), to]];
}

const PORTS: Range = [31000, 32000];
const TOTAL = resourcesOf({ cpus: 24_000, mem: 4_096_000, disk: 4_096_000 }, { ports: [PORTS] });
const USED = resourcesOf({ cpus: 16_000, mem: 2_014_000, disk: 1_024_000 }, { ports: fragments(PORTS, 16) });

/** ms */
export interface Cycle {
  readonly allocate: number;
  /** Of what the cycle before it had offered. */
  readonly decline: number;
  readonly offers: number;
}

export class DecliningCluster {
  readonly allocator = new HierarchicalAllocator({ random: seeded() });
  readonly frameworks: readonly FrameworkId[];
  readonly agents: readonly AgentId[];
  /** ms; a second passes from cycle to cycle. */
  now = 0;
  #offers: readonly Share[] = [];

  constructor(agents: number, frameworks: number) {
    this.frameworks = Array.from({ length: frameworks }, (_, i) => `framework-${i}` as FrameworkId);
    this.agents = Array.from({ length: agents }, (_, i) => `agent-${i}` as AgentId);
  }

  addFrameworks(): void {
    for (const framework of this.frameworks) this.allocator.setFramework(framework, [ROLE]);
  }

  addAgents(): void {
    for (const agent of this.agents) this.allocator.setAgent(agent, TOTAL);
    for (const [i, agent] of this.agents.entries()) this.allocator.use(this.#ofOwner(i, agent, USED));
  }

  /** Declines for ever what was offered last, and allocates. */
  cycle(): Cycle {
    this.now += 1000;
    const declined = this.#offers;
    const decline = timed(() => {
      for (const offer of declined) this.allocator.decline(offer, this.now + YEAR);
    });
    const allocate = timed(() => {
      this.#offers = this.allocator.allocate(this.now).offers;
    });
    return { allocate, decline, offers: this.#offers.length };
  }

  /** Until everybody has refused everything. */
  refuseAll(): void {
    while (this.cycle().offers > 0);
  }

  /** A cycle that looks at all agents, as Mesos' periodic one does: each has said once more what it has. @returns ms */
  lookAtAll(): number {
    for (const agent of this.agents) this.allocator.setAgent(agent, TOTAL);
    const { allocate, offers } = this.cycle();
    if (offers > 0) throw new Error(`${offers} offers of what everybody has refused`);
    return allocate;
  }

  /** A suppressed framework has work again. @returns ms until everything is offered to it */
  revive(index: number): number {
    const framework = this.frameworks[index]!;
    this.allocator.suppress(framework);
    this.cycle(); // what the one before it was offered is declined first
    const revived = timed(() => this.allocator.revive(framework));
    const { allocate, offers } = this.cycle();
    if (offers !== this.agents.length) throw new Error(`${offers} offers to the one who revived`);
    return revived + allocate;
  }

  /** One of the sixteen tasks that run on this agent ends. */
  freeTask(index: number): void {
    const task = resourcesOf({ cpus: 1000, mem: 125_000, disk: 64_000 }, { ports: [[31000, 31000]] });
    this.allocator.recover(this.#ofOwner(index, this.agents[index]!, task));
  }

  #ofOwner(index: number, agent: AgentId, resources: Share['resources']): Share {
    return { framework: this.frameworks[index % this.frameworks.length]!, role: ROLE, agent, resources };
  }
}
