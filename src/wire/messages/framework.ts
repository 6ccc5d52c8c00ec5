/** What a framework and the master say to each other: offers and what is made of them, tasks, jobs, agents. */
import type { Demand, RoleTerms } from '../../core/allocator.ts';
import type {
  ColumnInfo,
  Decision,
  ExecutorFacts,
  HostFacts,
  Job,
  Offer,
  VerbInfo,
  Withdrawal,
} from '../../core/cluster.ts';
import type { ErrorReport } from '../../core/errors.ts';
import type { Obstacle } from '../../core/gate-text.ts';
import type { Json } from '../../core/json.ts';
import type { Quantities } from '../../core/quantities.ts';
import type { Resources } from '../../core/resources.ts';
import type { AgentId, FrameworkId, OfferId, TaskId, TaskSpec, TaskStatus } from '../../core/task.ts';
import type { Reply, Request } from './request.ts';

export type Subscribe = {
  readonly t: 'subscribe';
  readonly name: FrameworkId;
  readonly roles: readonly string[];
  /** By role. */
  readonly terms?: Readonly<Record<string, RoleTerms>> | undefined;
  /** Roles without offers until they are revived. Whatever was suppressed before is not any more. */
  readonly suppressedRoles?: readonly string[] | undefined;
  /** As `subscribed` told it before: one that was removed meanwhile does not come in again. */
  readonly born?: number | undefined;
  /** So long its tasks go on without it (ms). @default a week */
  readonly failoverMs?: number | undefined;
  readonly kinds: readonly string[];
  readonly verbs: readonly VerbInfo[];
  readonly columns: readonly ColumnInfo[];
};
/** Of an accept. `launch_group`: all of these tasks or none. */
export type LaunchOperation = {
  readonly op: 'launch' | 'launch_group';
  readonly tasks: readonly TaskSpec[];
  /** Tasks that are no valid specs, and why; found by the check on arrival, never sent. */
  readonly invalid?: readonly { readonly task: TaskId; readonly cause: string }[] | undefined;
};
/** Of an accept; with an id its outcome is told (`operation`). */
export type ConvertOperation = { readonly id?: string | undefined } & (
  | { readonly op: 'reserve' | 'unreserve'; readonly resources: Resources }
  | { readonly op: 'create' | 'destroy'; readonly volumes: Resources }
);
export type AcceptOperation = LaunchOperation | ConvertOperation;
export type Accept = {
  readonly t: 'accept';
  /** Of one agent and role. */
  readonly offers: readonly OfferId[];
  /** In order, each on what those before it have left and made. */
  readonly operations: readonly AcceptOperation[];
  /** What is left is not offered again to this framework for so long. */
  readonly refuseMs: number;
};
export type Decline = {
  readonly t: 'decline';
  readonly offers: readonly OfferId[];
  readonly refuseMs: number;
};
/** No roles: all of them. */
export type Suppress = { readonly t: 'suppress'; readonly roles?: readonly string[] | undefined };
export type Revive = { readonly t: 'revive'; readonly roles?: readonly string[] | undefined };
/**
 * All of its roles from now on. New ones begin without suppression, terms and demands; offers in those that it leaves are
 * taken back, tasks go on.
 */
export type ChangeRoles = { readonly t: 'roles'; readonly roles: readonly string[] };
/** From now on; of offers that are out nothing changes. */
export type ChangeTerms = { readonly t: 'terms'; readonly role: string; readonly terms: RoleTerms };
/** All that it waits for in this role. */
export type Demands = { readonly t: 'demands'; readonly role: string; readonly demands: readonly Demand[] };
export type KillTask = { readonly t: 'kill'; readonly task: TaskId; readonly graceMs?: number | undefined };
/** Empty list: everything the master knows of this framework. */
export type Reconcile = {
  readonly t: 'reconcile';
  readonly tasks: readonly { readonly task: TaskId; readonly agent?: AgentId | undefined }[];
};
export type Acknowledge = {
  readonly t: 'acknowledge';
  readonly task: TaskId;
  readonly agent: AgentId;
  readonly uuid: string;
};
export type PublishJob = { readonly t: 'job'; readonly job: Omit<Job, 'framework'> };
export type RetireJob = { readonly t: 'job.removed'; readonly job: string };
/** Jobs, whoever runs them, that it wants to hear of from now on; instead of those before. */
export type WatchJobs = { readonly t: 'jobs.watch'; readonly jobs: readonly string[] };
/** What it has done for a job, and why. */
export type Decided = { readonly t: 'decided'; readonly decision: Decision };
/** The scheduler has thrown: this subscription is over. */
export type Failed = { readonly t: 'failed'; readonly message: string };
/**
 * A framework's requests: `kv.put {changes: [[key, value or null to delete], …]}`, all of them or none; `job.claim
 * {job, needs?}`, refused when another framework has a job of that name, or when jobs would need each other; and `explain {role?}`, answered by an
 * `OfferExplanation`.
 */
export type FromFramework =
  | Subscribe
  | Accept
  | Decline
  | Suppress
  | Revive
  | ChangeRoles
  | ChangeTerms
  | Demands
  | KillTask
  | Reconcile
  | Acknowledge
  | PublishJob
  | RetireJob
  | WatchJobs
  | Decided
  | Failed
  | Request
  | Reply;

/** What a framework may know of an agent. */
export type AgentView = {
  readonly id: AgentId;
  readonly name: string;
  readonly state: string;
  /** Absent: the master is older than this field. */
  readonly host?: HostFacts | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  readonly executors: readonly ExecutorFacts[];
  readonly total: Resources;
  /** What was set aside or given back there last is not yet known to be written down: it may come to nothing. */
  readonly converting?: true | undefined;
  /** It gets no new work; `draining`: and what runs there is to move, before the master kills it. */
  readonly withdrawn?: Withdrawal['state'] | undefined;
  /** It gets no new work before this is over: `out of disk`. */
  readonly fault?: string | undefined;
};
/** What stands in the way of more offers to a framework in its roles, now. */
export type OfferExplanation = {
  readonly agents: readonly AgentExplanation[];
  /** The whole limits of the roles whose limits stand in the way. */
  readonly limits: Readonly<Record<string, Quantities>>;
};
/** Of agents where all of it is the same, in one of the framework's roles. */
export type AgentExplanation = {
  readonly role: string;
  /** At least one. */
  readonly agents: readonly AgentId[];
  /** What is free there: what the framework is offered of it, and what is reserved for others, too. */
  readonly free: Resources;
  /** None: it is about to be offered. */
  readonly by: readonly Obstacle[];
};
/** A part of the framework's durable key-value space; all parts come before `subscribed`. */
export type KvPart = { readonly t: 'kv'; readonly entries: readonly (readonly [key: string, value: Json])[] };
/** All agents come before it, as `agents`; in protocol 2.0 they are here. */
export type Subscribed = {
  readonly t: 'subscribed';
  readonly framework: FrameworkId;
  /** When this name was taken (ms since 1970). */
  readonly born?: number | undefined;
  readonly agents: readonly AgentView[];
};
/** An offer with what constraints may ask of its agent. */
export type OfferView = Offer & {
  /** The agent's name. */
  readonly hostname: string;
  readonly attributes: Readonly<Record<string, string>>;
};
/** Those of its roles with another priority than the usual one (50); comes before `subscribed`, and after each change. */
export type Priorities = {
  readonly t: 'priorities';
  readonly priorities: Readonly<Record<string, number>>;
};
export type Offers = { readonly t: 'offers'; readonly offers: readonly OfferView[] };
export type Rescind = { readonly t: 'rescind'; readonly offer: OfferId };
/**
 * Others need the room of these tasks: they are killed at the deadline (ms since 1970), unless the framework has ended them
 * before. Told once: the deadline holds also for a framework that has subscribed anew meanwhile.
 */
export type InverseOffer = {
  readonly t: 'inverse';
  readonly id: string;
  readonly agent: AgentId;
  readonly tasks: readonly TaskId[];
  readonly deadline: number;
  /** For people: `room for db (role db, priority 80)`. */
  readonly why: string;
};
/** The tasks may stay. */
export type InverseRescinded = { readonly t: 'inverse.rescinded'; readonly id: string };
/** Without uuid: said by the master itself, not to be acknowledged, never repeated. */
export type TaskUpdate = {
  readonly t: 'update';
  readonly agent?: AgentId | undefined;
  readonly uuid?: string | undefined;
  readonly status: TaskStatus;
};
/** What became of an operation that was sent with this id. */
export type OperationOutcome = { readonly t: 'operation'; readonly id: string } & (
  | { readonly ok: true }
  | { readonly ok: false; readonly error: ErrorReport }
);
/** What has changed within a moment; or, before `subscribed`, some of all there are. */
export type AgentsChanged = { readonly t: 'agents'; readonly agents: readonly AgentView[] };
/** The same, for a framework of protocol 2.0. */
export type AgentChanged = { readonly t: 'agent'; readonly agent: AgentView };
/** Of the watched jobs: those that have changed (at first all), and those that there are not. */
export type JobNews = { readonly t: 'jobs'; readonly jobs: readonly Job[]; readonly gone: readonly string[] };
/** Another session subscribed under this name: this one is cut off. */
export type Replaced = { readonly t: 'replaced' };
/** The only request to a framework: `call {verb, args}`. */
export type ToFramework =
  | KvPart
  | Subscribed
  | Priorities
  | Offers
  | Rescind
  | InverseOffer
  | InverseRescinded
  | TaskUpdate
  | OperationOutcome
  | AgentsChanged
  | AgentChanged
  | JobNews
  | Replaced
  | Request
  | Reply;
