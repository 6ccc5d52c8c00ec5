/**
 * Level one: who is offered what. Pure and synchronous: mutations change the books, `allocate` makes offers of what is
 * free, `explain` says what stands in the way of the rest. What is offered counts as allocated until it is recovered; but
 * in the share of a framework that has said what it waits for, an offer of plain resources counts only with what it could
 * use of it, until an offer of that agent is answered (unless it could use nothing: then it counts whole).
 *
 * The semantics are those of Mesos' hierarchical allocator (weighted dominant resource fairness over the tree of roles,
 * then over the frameworks in a role; quota in two stages, with headroom; filters, suppression, constraints), with
 * four differences: a limit binds the whole subtree of its role, ports are split instead of going whole to the first
 * comer, what one framework has claimed on an agent is kept for it, and offers count with what can be used of them.
 */
import type { Condition } from './constraint.ts';
import type { Quantities } from './quantities.ts';
import type { Range, Resources } from './resources.ts';
import type { AgentId, FrameworkId, Run } from './task.ts';

/** Something of one agent, allocated to one framework in one of its roles. */
export interface Share {
  readonly framework: FrameworkId;
  readonly role: string;
  readonly agent: AgentId;
  readonly resources: Resources;
}

/**
 * Guaranteed: kept free for the role and its subtree, whoever else could use it. Limited: never more than this for the
 * role and its subtree; a name that is absent has no limit.
 */
export interface Quota {
  readonly guarantee: Quantities;
  readonly limit: Quantities;
}

/** One condition on an attribute of the agent (its `hostname` is one, too). `matches` takes an RE2 pattern for the whole value. */
export type AttributeConstraint =
  | { readonly attribute: string; readonly is: 'exists' | 'not_exists' }
  | {
      readonly attribute: string;
      readonly is: 'equals' | 'not_equals' | 'matches' | 'not_matches';
      readonly value: string;
    };

/** Any of the groups suffices; in a group all must hold. */
export type OfferConstraints = readonly (readonly AttributeConstraint[])[];

/** What a framework says of one of its roles. All of it may be left out. */
export interface RoleTerms {
  /** Offers must have one of these at least; none: anything is welcome. Default: the allocator's own minimum. */
  readonly minimum?: readonly Quantities[] | undefined;
  readonly constraints?: OfferConstraints | undefined;
  /** So many ports of an agent, and those of `numbers` first. Default: an even part among all who want offers. */
  readonly ports?: { readonly count: number; readonly numbers: readonly Range[] } | undefined;
}

/** What a framework waits for: `count` times so much, each on one agent. Explains shortfalls and drives preemption. */
export interface Demand {
  /** What it is for, in the framework's words: a job's name. */
  readonly name: string;
  readonly needs: Quantities;
  readonly count: number;
  /** 0 to 100. @default that of the role */
  readonly priority?: number | undefined;
  /** Only agents that have it come into question. @default any agent */
  readonly executor?: Run['kind'] | undefined;
  /** Only agents of which all of this holds come into question. @default any agent */
  readonly where?: readonly Condition[] | undefined;
}

/** Free resources of one agent that are kept for a framework, because something was ended there for its sake. */
export interface Claim {
  readonly framework: FrameworkId;
  readonly role: string;
  readonly agent: AgentId;
  readonly needs: Quantities;
}

/** A demand that nothing free can meet, though no limit forbids it. */
export interface Need {
  readonly framework: FrameworkId;
  readonly role: string;
  readonly demand: Demand;
  /** Of the demand's count, so many find no room. */
  readonly count: number;
  /** The role's guarantee, or what an ancestor's leaves it, covers one of them. */
  readonly guaranteed: boolean;
  /** Where it could be placed, and what is free there for it. */
  readonly agents: readonly { readonly agent: AgentId; readonly free: Quantities }[];
}

/** What stands in the way of (more) offers. */
export type Gate =
  /** The framework is not connected. */
  | { readonly kind: 'disconnected' }
  | { readonly kind: 'suppressed' }
  /** The agent is not to be offered now. */
  | { readonly kind: 'inactive' }
  /** In the framework's own words: no group of its constraints fits the agent. */
  | { readonly kind: 'constraint'; readonly constraints: OfferConstraints }
  /** Times in ms since 1970. */
  | { readonly kind: 'filter'; readonly until: number }
  /** The limit of this role (its own, or an ancestor's) leaves too little of that name. */
  | {
      readonly kind: 'limit';
      readonly role: string;
      readonly name: string;
      readonly limit: number;
      readonly consumed: number;
    }
  /** So much of the free amount is kept for the unmet guarantees of these roles. */
  | {
      readonly kind: 'headroom';
      readonly name: string;
      readonly held: number;
      readonly roles: readonly string[];
    }
  /** What is free there is reserved for these roles. */
  | { readonly kind: 'reserved'; readonly roles: readonly string[] }
  /** Kept for this one, for whom something was ended there. */
  | { readonly kind: 'claimed'; readonly framework: FrameworkId; readonly role: string }
  /** What is free there is too little to be offered to anybody, or for this framework's minimum. */
  | { readonly kind: 'minimum'; readonly free: Quantities }
  /** Less is free there than any of its demands needs: the nearest one, and what it lacks. */
  | {
      readonly kind: 'shortfall';
      readonly demand: string;
      readonly name: string;
      readonly needs: number;
      readonly free: number;
    };

/** Why a framework, in one role, got no more: all that stands in the way. */
export interface Refusal {
  readonly framework: FrameworkId;
  readonly role: string;
  /** Absent: everywhere. */
  readonly agent?: AgentId | undefined;
  /** At least one. */
  readonly gates: readonly Gate[];
}

export interface Allocation {
  readonly offers: readonly Share[];
  /** When the next filter ends (ms since 1970): allocate again then. Absent when no filter holds. */
  readonly nextFilterEnd?: number | undefined;
}

/** Figures of one role with quota. */
export interface Consumption {
  readonly role: string;
  /** Reservations of the subtree, and what it holds of the unreserved: what quota counts. */
  readonly consumed: Quantities;
  /** Of it, what is only offered cannot be told from what is used: the caller knows its offers. */
  readonly guarantee: Quantities;
  readonly limit: Quantities;
}

export interface Allocator {
  /**
   * Adds an agent, or replaces its total; over-allocation is legal and simply leaves nothing free. Changed attributes
   * end all filters on it.
   */
  setAgent(agent: AgentId, total: Resources, attributes?: Readonly<Record<string, string>>): void;
  /** An inactive agent keeps what is allocated on it, and is not offered. */
  activateAgent(agent: AgentId, active: boolean): void;
  /** With everything allocated on it. */
  removeAgent(agent: AgentId): void;

  /** Adds a framework, or changes its roles and their terms. What it holds in a role that it leaves stays counted. */
  setFramework(
    framework: FrameworkId,
    roles: readonly string[],
    terms?: Readonly<Record<string, RoleTerms>>,
  ): void;
  /** An inactive framework gets no offers; its filters end. */
  activateFramework(framework: FrameworkId, active: boolean): void;
  removeFramework(framework: FrameworkId): void;
  /** Replaces what it waits for in this role. */
  setDemands(framework: FrameworkId, role: string, demands: readonly Demand[]): void;

  /** @param weight more than 0; 1 is the default */
  setWeight(role: string, weight: number): void;
  /** @param quota undefined takes it away */
  setQuota(role: string, quota: Quota | undefined): void;
  /** Of every role with quota. */
  consumption(): readonly Consumption[];

  /** Marks as allocated what is in use already. */
  use(share: Share): void;
  /** An offer of this agent has ended, in whatever way: what the framework holds there counts in full. */
  answered(framework: FrameworkId, role: string, agent: AgentId): void;
  /** Gives back, to be offered again at once. */
  recover(share: Share): void;
  /** Gives back, and does not offer the same or less to this framework in this role before `until` (ms since 1970). */
  decline(share: Share, until: number): void;
  /** What a framework holds becomes something else, of the agent's total as well: reserved, or a volume. */
  convert(share: Share, to: Resources): void;

  /** No offers in these roles (all, if absent) until revived. */
  suppress(framework: FrameworkId, roles?: readonly string[]): void;
  /** Also forgets the framework's filters in these roles. */
  revive(framework: FrameworkId, roles?: readonly string[]): void;

  /** Keeps free resources of an agent for one framework: it is offered them first. Replaces its claim there. */
  claim(claim: Claim): void;
  /** Ends this framework's claim on an agent. */
  unclaim(framework: FrameworkId, role: string, agent: AgentId): void;

  /** What the frameworks in this role wait for in vain. */
  needs(role: string): readonly Need[];
  /** How much a role holds beyond its own guarantee: what it can lose. A name that is absent: all of it. */
  beyondGuarantee(role: string): Quantities;

  /** @param agents only these (all, if absent) */
  allocate(now: number, agents?: readonly AgentId[]): Allocation;
  /** The order in which roles with an active framework would be served now. */
  order(): readonly string[];
  /** What stands in the way of more offers now, for these frameworks or roles (all, if absent). */
  explain(
    now: number,
    of?: { readonly framework?: FrameworkId | undefined; readonly role?: string | undefined },
  ): readonly Refusal[];
}
