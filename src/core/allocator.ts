/**
 * Level one: who is offered what. Pure and synchronous: mutations change the books, `allocate` makes offers of what is
 * free and says what stood in the way of the rest. What it offers counts as allocated until it is recovered.
 */
import type { Resources } from './resources.ts';
import type { AgentId, FrameworkId } from './task.ts';

/** Something of one agent, allocated to one framework in one of its roles. */
export interface Share {
  readonly framework: FrameworkId;
  readonly role: string;
  readonly agent: AgentId;
  readonly resources: Resources;
}

/** Why a framework got nothing (more) of an agent. */
export interface Refusal {
  readonly framework: FrameworkId;
  readonly role: string;
  /** Absent: all agents. */
  readonly agent?: AgentId | undefined;
  readonly gate:
    | { readonly kind: 'suppressed' }
    | { readonly kind: 'inactive' }
    | { readonly kind: 'filter'; readonly until: number }
    | { readonly kind: 'minimum'; readonly free: Resources }
    | { readonly kind: 'reserved'; readonly roles: readonly string[] };
}

export interface Allocation {
  readonly offers: readonly Share[];
  /** Times in ms since 1970 at which a filter ends: allocate again then. Absent when no filter holds. */
  readonly nextFilterEnd?: number | undefined;
}

export interface Allocator {
  /** Adds an agent, or replaces its total; over-allocation is legal and simply leaves nothing free. */
  setAgent(agent: AgentId, total: Resources): void;
  /** An inactive agent keeps what is allocated on it, and is not offered. */
  activateAgent(agent: AgentId, active: boolean): void;
  /** With everything allocated on it. */
  removeAgent(agent: AgentId): void;
  setFramework(framework: FrameworkId, roles: readonly string[]): void;
  activateFramework(framework: FrameworkId, active: boolean): void;
  removeFramework(framework: FrameworkId): void;
  setWeight(role: string, weight: number): void;
  /** Marks as allocated what is in use already. */
  use(share: Share): void;
  /** Gives back, to be offered again at once. */
  recover(share: Share): void;
  /** Gives back, and does not offer the same or less to this framework before `until` (ms since 1970). */
  decline(share: Share, until: number): void;
  suppress(framework: FrameworkId): void;
  /** Also forgets the framework's filters. */
  revive(framework: FrameworkId): void;
  allocate(now: number): Allocation;
  /** What stands in the way of more offers right now. */
  explain(now: number): readonly Refusal[];
}
