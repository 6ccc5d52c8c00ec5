/**
 * What a scheduler is written against, and what the kit's own one for kinds of job is. The framework host gives its scheduler a context and calls it, one call at a time per event. A call that throws ends this
 * scheduler only: a new one is made after a while, from the durable key-value space.
 */
import type { Demand, RoleTerms } from '../core/allocator.ts';
import type { Timer } from '../core/clock.ts';
import type { ColumnInfo, Decision, Job } from '../core/cluster.ts';
import type { TenderError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { AgentId, OfferId, TaskId, TaskStatus } from '../core/task.ts';
import type {
  AcceptOperation,
  AgentView,
  InverseOffer as InverseMessage,
  OfferExplanation,
  OfferView,
} from '../wire/messages/framework.ts';

export interface FrameworkContext {
  readonly name: string;
  now(): number;
  /** Like setTimeout; ends with the scheduler. */
  after(ms: number, run: () => void | Promise<void>): Timer;
  /** In [0, 1). */
  random(): number;
  /** Some random lower-case letters and digits, for task ids. */
  randomId(): string;
  /** All agents of the cluster, kept current. */
  readonly agents: ReadonlyMap<AgentId, AgentView>;
  /** The offers held right now: accept or decline them, or they expire. */
  readonly offers: ReadonlyMap<OfferId, OfferView>;
  /**
   * Does something with offers of one agent and role, all of them used up by it: operations.ts makes the operations.
   * What they leave over is not offered again for `refuseMs` (0: at once).
   */
  accept(offers: readonly OfferId[], operations: readonly AcceptOperation[], refuseMs: number): void;
  decline(offers: readonly OfferId[], refuseMs: number): void;
  /** No offers, please, in these roles (all, if absent) until `revive`. */
  suppress(roles?: readonly string[]): void;
  /** Offers, please, in these roles (all, if absent), also of what was refused. */
  revive(roles?: readonly string[]): void;
  /**
   * All that waits for a place, instead of what was said before: `why` explains the waiting by it, and room
   * may be made for it. Offers come without it. @param role default: the first of the framework's roles
   */
  demand(demands: readonly Demand[], role?: string): void;
  /**
   * All of its roles from now on, at least one: offers of those that it leaves go, tasks stay. In a new one nothing is
   * suppressed, and nothing of terms and demands has been said.
   */
  roles(roles: readonly string[]): void;
  /** 0 to 100: of what says nothing of it in this role. */
  priorityOf(role: string): number;
  /** New terms for its offers in one of its roles, in place of the ones before. */
  terms(role: string, terms: RoleTerms): void;
  kill(task: TaskId, graceMs?: number): void;
  /** Asks for the state of these tasks; none: of all. Answers come as updates; some may not come yet. */
  reconcile(tasks: readonly { task: TaskId; agent: AgentId }[]): void;
  /** Durable and private to this framework. */
  readonly kv: ReadonlyMap<string, Json>;
  /** All of it or nothing; `null` deletes. Durable when it resolves. @throws TenderError `state.write`, `client.lost` */
  store(changes: readonly (readonly [key: string, value: Json])[]): Promise<void>;
  /**
   * Before a new job is taken: its name may be another framework's, and it may not wait for itself.
   * @throws TenderError `job.exists`, `job.circle`, `client.lost`
   */
  claim(job: string, needs?: readonly string[]): Promise<void>;
  /** These jobs, of whatever framework, are in `jobs` from now on, and no others. */
  watch(jobs: readonly string[]): void;
  /** Those that are watched, as far as they are there. */
  readonly jobs: ReadonlyMap<string, Job>;
  /**
   * What stands in the way of more offers, agent by agent: for when somebody asks, and for what waits without an offer
   * to look at. @param role default: all of its roles @throws TenderError `client.lost`
   */
  explain(role?: string): Promise<OfferExplanation>;
  /** Shows a job to people; again whenever something of it changes. */
  publish(job: Omit<Job, 'framework' | 'updatedAt'>): void;
  retire(job: string): void;
  /** Tells people what was done for a job, and why. */
  decided(decision: Decision): void;
  log(line: string): void;
}

/** What becomes of tasks, as told by an agent or by the master. */
export interface Update {
  readonly agent?: AgentId | undefined;
  readonly status: TaskStatus;
}

/** What became of an operation of an `accept` that had an id. */
export interface Outcome {
  readonly id: string;
  /** Absent: it is done. */
  readonly error?: TenderError | undefined;
}

/** Others need the room of these tasks: the master kills them at the deadline (ms since 1970). */
export type InverseOffer = Omit<InverseMessage, 't'>;

export interface Scheduler {
  /** After every (re)connection, with `kv` and `agents` filled. Offers of before are void. */
  subscribed(): void | Promise<void>;
  /** New offers have come (or old ones have gone): look at `context.offers`. */
  offersChanged(): void | Promise<void>;
  /**
   * Acknowledged when this resolves; until then it comes again. A life is told in order, and its end once; but a
   * scheduler may be told what one before it has heard already.
   */
  update?(update: Update): void | Promise<void>;
  /** Instead of `update`: all that have come meanwhile, in order, to be acknowledged together. */
  updates?(updates: readonly Update[]): void | Promise<void>;
  operation?(outcome: Outcome): void | Promise<void>;
  /** It may end these tasks in a better way than the master would, or put others in their place. */
  inverse?(offer: InverseOffer): void | Promise<void>;
  /** What of an inverse offer has not ended may stay. */
  inverseRescinded?(id: string): void | Promise<void>;
  /** Of the watched ones: look at `context.jobs`. */
  jobsChanged?(): void | Promise<void>;
  agentsChanged?(agents: readonly AgentView[]): void | Promise<void>;
  /** A verb that somebody called. @throws TenderError, which the caller gets to see */
  call(verb: string, args: Json): Json | Promise<Json>;
  /** The connection is gone: offers are void, tasks go on. */
  disconnected?(): void;
}

export interface FrameworkDefinition {
  /** Lower-case letters, digits and dashes; unique in the cluster. */
  readonly name: string;
  /** Kinds of job that it runs: `tender up` finds it by them. */
  readonly kinds: readonly string[];
  /** Roles it wants offers in, until it says otherwise. @default [name] */
  readonly roles?: readonly string[];
  /** What offers must be like, by role. @default as the master thinks best */
  readonly terms?: Readonly<Record<string, RoleTerms>>;
  /** Verb → one line of help. */
  readonly verbs: Readonly<Record<string, string>>;
  readonly columns?: readonly ColumnInfo[];
  /** So long its tasks go on when it is away (ms); then they are killed, and it is removed. @default a week */
  readonly failoverMs?: number;
  create(context: FrameworkContext): Scheduler;
}
