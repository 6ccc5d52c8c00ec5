/**
 * Every message of the protocol, one union per direction; `t` tells them apart. Checked on arrival by check.ts:
 * whatever does not fit is refused and costs only its sender.
 *
 *   peer                                 master
 *   knock {key}                     →
 *                                   ←    challenge {nonce}
 *   hello {proof, role, protocol …} →
 *                                   ←    welcome {name, epoch …}   or   refused {error}
 *   then, by role, the agent's, framework's or client's messages, and `ping` every few seconds;
 *                                   ←    `who`, where the master knows no such session: knock again
 */
import type { Demand, RoleTerms } from '../core/allocator.ts';
import type {
  ColumnInfo,
  ExecutorFacts,
  HostFacts,
  Job,
  MemberRole,
  Offer,
  RoleRecord,
  Snapshot,
  Usage,
  VerbInfo,
  Withdrawal,
} from '../core/cluster.ts';
import type { ErrorReport } from '../core/errors.ts';
import type { Numbered } from '../core/events.ts';
import type { Explained } from '../core/explanation.ts';
import type { Obstacle } from '../core/gate-text.ts';
import type { Quantities } from '../core/quantities.ts';
import type { QuotaUse, RoleChange } from '../core/quota-rules.ts';
import type { Resources } from '../core/resources.ts';
import type { AgentId, FrameworkId, OfferId, TaskId, TaskSpec, TaskStatus } from '../core/task.ts';

/** Any JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

// ── the session ──────────────────────────────────────────────────────────────────────────────────────────────────

export type Knock = { readonly t: 'knock'; readonly key: string };
export type Hello = {
  readonly t: 'hello';
  /** HMAC over routing id and nonce, hex. */
  readonly proof: string;
  readonly protocol: string;
  readonly version: string;
  readonly role: MemberRole;
  /** Only at the enrolment socket: the join token's secret, and the name that is wished for. */
  readonly token?: string | undefined;
  readonly name?: string | undefined;
  /** The master that led when it last heard of one, and that it cannot reach: no answer to who leads. */
  readonly lost?: string | undefined;
};
export type Challenge = { readonly t: 'challenge'; readonly nonce: string };
export type Welcome = {
  readonly t: 'welcome';
  readonly name: string;
  readonly cluster: string;
  readonly epoch: number;
  readonly version: string;
  readonly protocol: string;
  /** Where members connect, of all masters; absent: there is only this one. */
  readonly masters?: readonly string[] | undefined;
};
/** As in the welcome, when they have changed since. */
export type MastersChanged = { readonly t: 'masters'; readonly masters: readonly string[] };
export type Refused = { readonly t: 'refused'; readonly error: ErrorReport };
export type Who = { readonly t: 'who' };
export type Ping = { readonly t: 'ping' };
export type Pong = { readonly t: 'pong' };

/** A question with its answer: `ok` says which of value and error is there. */
export type Request = {
  readonly t: 'request';
  readonly id: number;
  readonly method: string;
  readonly params: Json;
};
export type Reply = { readonly t: 'reply'; readonly id: number } & (
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly error: ErrorReport }
);

// ── byte streams (logs, exec): client ⇄ master ⇄ agent; the ends pace each other, the master only passes on ──────

export type StreamOpen = {
  readonly t: 'stream.open';
  readonly stream: string;
  readonly task: TaskId;
  readonly what:
    | { readonly kind: 'logs'; readonly follow: boolean; readonly tail?: number | undefined }
    | {
        readonly kind: 'exec';
        readonly argv: readonly string[];
        readonly tty: boolean;
        readonly columns?: number | undefined;
        readonly rows?: number | undefined;
      };
};
/** The bytes are the second frame. */
export type StreamData = {
  readonly t: 'stream.data';
  readonly stream: string;
  readonly channel: 'stdin' | 'stdout' | 'stderr';
};
export type StreamCredit = { readonly t: 'stream.credit'; readonly stream: string; readonly bytes: number };
export type StreamResize = {
  readonly t: 'stream.resize';
  readonly stream: string;
  readonly columns: number;
  readonly rows: number;
};
/** No more from this side. From an agent it is the end of all: with the exit code, or an error. */
export type StreamEnd = {
  readonly t: 'stream.end';
  readonly stream: string;
  readonly exitCode?: number | undefined;
  readonly error?: ErrorReport | undefined;
};
export type StreamMessage = StreamOpen | StreamData | StreamCredit | StreamResize | StreamEnd;

// ── agents ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** A task that the agent holds: live, or ended with a status that is not acknowledged yet. */
export type HeldTask = {
  readonly spec: TaskSpec;
  readonly framework: FrameworkId;
  readonly role: string;
  readonly status: TaskStatus;
  readonly launchedAt: number;
};
/** Many tasks come in parts, one right after the other: each has all the rest and the tasks from number `from` on. */
export type Register = {
  readonly t: 'register';
  readonly host: HostFacts;
  readonly executors: readonly ExecutorFacts[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly total: Resources;
  readonly tasks: readonly HeldTask[];
  /** @default 0 */
  readonly from?: number | undefined;
  /** Another part comes. */
  readonly more?: true | undefined;
};
/** `latest` is the newest state of the task, which frees resources before the updates in between are acknowledged. */
export type StatusUpdate = {
  readonly t: 'status';
  readonly framework: FrameworkId;
  readonly uuid: string;
  readonly status: TaskStatus;
  readonly latest: TaskStatus;
};
export type UsageReport = { readonly t: 'usage'; readonly usage: Usage };
export type FromAgent = Register | StatusUpdate | UsageReport | StreamMessage;

export type Registered = { readonly t: 'registered'; readonly agent: AgentId };
export type Launch = {
  readonly t: 'launch';
  readonly framework: FrameworkId;
  readonly role: string;
  readonly task: TaskSpec;
};
/** Tasks that start together or not at all, and end together: their specs have the same `group`. */
export type LaunchGroup = {
  readonly t: 'launch.group';
  readonly framework: FrameworkId;
  readonly role: string;
  readonly tasks: readonly TaskSpec[];
};
/** Resources of the agent become others: reserved, or a volume; or what they were before. */
export type Convert = { readonly t: 'convert'; readonly from: Resources; readonly to: Resources };
export type Kill = { readonly t: 'kill'; readonly task: TaskId; readonly graceMs?: number | undefined };
export type StatusAck = { readonly t: 'status.ack'; readonly task: TaskId; readonly uuid: string };
export type ToAgent = Registered | Launch | LaunchGroup | Convert | Kill | StatusAck | StreamMessage;

// ── frameworks ───────────────────────────────────────────────────────────────────────────────────────────────────

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
/** The scheduler has thrown: this subscription is over. */
export type Failed = { readonly t: 'failed'; readonly message: string };
/**
 * A framework's requests: `kv.put {changes: [[key, value or null to delete], …]}`, all of them or none; `job.claim
 * {job}`, refused when another framework has a job of that name; and `explain {role?}`, answered by an
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
  | Failed
  | Request
  | Reply;

/** What a framework may know of an agent. */
export type AgentView = {
  readonly id: AgentId;
  readonly name: string;
  readonly state: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly executors: readonly ExecutorFacts[];
  readonly total: Resources;
  /** It gets no new work; `draining`: and what runs there is to move, before the master kills it. */
  readonly withdrawn?: Withdrawal['state'] | undefined;
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
  | Replaced
  | Request
  | Reply;

// ── clients ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Start the event stream: a snapshot, then events. */
export type Watch = { readonly t: 'watch' };
/** So many more batches may be sent. */
export type EventCredit = { readonly t: 'credit'; readonly batches: number };
export type FromClient = Watch | EventCredit | Request | StreamMessage;

/** A large state comes in parts, each with some of the records; the last one has `more: false`. */
export type SnapshotMessage = { readonly t: 'snapshot'; readonly snapshot: Snapshot; readonly more: boolean };
export type EventBatch = { readonly t: 'events'; readonly events: readonly Numbered[] };
export type ToClient = SnapshotMessage | EventBatch | Reply | StreamMessage;

// ── all of them ──────────────────────────────────────────────────────────────────────────────────────────────────

export type FromPeer = Knock | Hello | Ping | FromAgent | FromFramework | FromClient;
export type ToPeer =
  | Challenge
  | Welcome
  | MastersChanged
  | Refused
  | Who
  | Pong
  | ToAgent
  | ToFramework
  | ToClient;

/** What a client may ask of the master: parameters and answer of each request. */
export interface ClientRequests {
  /** Asks a framework to do something; `to` finds it by name, by kind of job, or by a job that it runs. */
  'framework.call': {
    params: { to: { framework: string } | { kind: string } | { job: string }; verb: string; args: Json };
    result: Json;
  };
  'token.create': {
    params: { role: MemberRole; ttlMs: number; name?: string | undefined };
    result: { token: string; expiresAt: number };
  };
  'token.list': {
    params: Record<string, never>;
    result: { id: string; role: MemberRole; expiresAt: number }[];
  };
  'member.revoke': { params: { name: string }; result: Record<string, never> };
  /** A person's word that this machine will not come back; final. */
  'agent.gone': { params: { name: string }; result: Record<string, never> };
  /** Its tasks are to move; after `deadlineMs` what is left is killed (absent: nothing is). */
  'agent.drain': {
    params: { name: string; deadlineMs?: number | undefined };
    result: Record<string, never>;
  };
  'agent.deactivate': { params: { name: string }; result: Record<string, never> };
  'agent.activate': { params: { name: string }; result: Record<string, never> };
  /** Disconnected ones are waited for no longer: their work is given to others now. */
  /** With its tasks, jobs and all that it has stored; final. */
  'framework.remove': { params: { name: string }; result: Record<string, never> };
  'agent.give_up': { params: { names: readonly string[] }; result: Record<string, never> };
  /**
   * Why these frameworks or roles (all, if not said) are offered no more than they are: the allocator's reasons, now,
   * in words, agents with the same ones as one; for each framework and role, the worst first.
   */
  'allocator.explain': {
    params: { framework?: string | undefined; role?: string | undefined };
    result: Explained[];
  };
  /** All of the changes or none; `force`: also what asks for more than there is, or less than is in use. */
  'roles.set': { params: { changes: readonly RoleChange[]; force: boolean }; result: RoleRecord[] };
  /** Of every role with quota. */
  'quota.list': { params: Record<string, never>; result: QuotaUse[] };
  /**
   * For a backup: all that the master must not forget, keys included, as text in pieces; each goes on where the last
   * ended. Only for the user who started the master.
   */
  'registry.export': { params: { from: number }; result: { piece: string; more: boolean } };
  /** The last events, oldest first, from the master's bounded memory. */
  'events.recent': { params: { limit: number }; result: Numbered[] };
}
export type ClientMethod = keyof ClientRequests;
/** One request with its checked parameters. */
export type ClientRequest = {
  [M in ClientMethod]: { method: M; params: ClientRequests[M]['params'] };
}[ClientMethod];
