/**
 * What happens in a cluster. The master decides, emits one of these, and `apply` makes it true: in the master's own
 * state and in every client's replica. Each has the time it happened (`at`, ms since 1970); the stream numbers them.
 */
import type {
  Agent,
  AgentState,
  Decision,
  Framework,
  Job,
  MassLoss,
  MasterInfo,
  Member,
  Offer,
  OfferEnd,
  RoleRecord,
  Usage,
  Withdrawal,
} from './cluster.ts';
import type { Resources } from './resources.ts';
import type { AgentId, FrameworkId, OfferId, Task, TaskId, TaskStatus } from './task.ts';

/** What a framework waits for, and the tasks that are in its way. */
export interface Room {
  readonly framework: FrameworkId;
  readonly role: string;
  /** What waits, in the framework's words: a job's name. */
  readonly job: string;
  readonly agent: AgentId;
  readonly tasks: readonly TaskId[];
}

export type Event = { readonly at: number } & (
  | { readonly type: 'master.started'; readonly master: MasterInfo }
  /** A new agent, or one that came back with other figures. */
  | { readonly type: 'agent.registered'; readonly agent: Agent }
  | {
      readonly type: 'agent.state';
      readonly agent: AgentId;
      readonly state: AgentState;
      readonly why: string;
      /** So long (ms since 1970) one that is disconnected is waited for. */
      readonly until?: number | undefined;
    }
  /** It has been away for too long: nothing is known here any more of it, nor of these tasks, which it may still run. */
  | { readonly type: 'agent.forgotten'; readonly agent: AgentId; readonly tasks: readonly TaskId[] }
  /** Out of the offers, or further on the way; absent: it gets new work again. */
  | {
      readonly type: 'agent.withdrawn';
      readonly agent: AgentId;
      readonly withdrawn?: Withdrawal | undefined;
    }
  /** Absent: it is over. */
  | { readonly type: 'agents.lost'; readonly massLoss?: MassLoss | undefined }
  /** Some of it was reserved or made a volume, or the other way round: `why` says what, and for whom. */
  | {
      readonly type: 'agent.total';
      readonly agent: AgentId;
      readonly total: Resources;
      readonly why: string;
    }
  | { readonly type: 'agent.usage'; readonly agent: AgentId; readonly usage: Usage }
  | { readonly type: 'framework.subscribed'; readonly framework: Framework }
  /** Known from a former master's life, and away. */
  | { readonly type: 'framework.recovered'; readonly framework: Framework }
  /** For good, with its tasks and jobs. */
  | { readonly type: 'framework.removed'; readonly framework: FrameworkId; readonly why: string }
  | { readonly type: 'framework.disconnected'; readonly framework: FrameworkId; readonly why: string }
  /** Its roles from now on, and those of them in which it wants no offers. */
  | {
      readonly type: 'framework.roles';
      readonly framework: FrameworkId;
      readonly roles: readonly string[];
      readonly suppressed: readonly string[];
    }
  /** All roles in which it wants no offers from now on; none: it wants them all again. */
  | {
      readonly type: 'framework.suppressed';
      readonly framework: FrameworkId;
      readonly roles: readonly string[];
    }
  | { readonly type: 'framework.error'; readonly framework: FrameworkId; readonly message: string }
  /** It was added, upgraded, removed; or it fails, or runs again. */
  | {
      readonly type: 'plugin.changed';
      readonly plugin: string;
      readonly message: string;
      readonly failing: boolean;
    }
  | { readonly type: 'offer.made'; readonly offer: Offer }
  | ({ readonly type: 'offer.ended'; readonly offer: OfferId } & OfferEnd)
  | { readonly type: 'task.launched'; readonly task: Task }
  | { readonly type: 'task.status'; readonly status: TaskStatus }
  /** The framework has acknowledged the terminal state: the books are closed, the record becomes history. */
  | { readonly type: 'task.closed'; readonly task: TaskId }
  /** These tasks are asked to make room for what waits, by the deadline (ms since 1970). */
  | ({ readonly type: 'preemption.proposed'; readonly deadline: number } & Room)
  /** They have ended; or they may stay (those that have not ended meanwhile): `why`. */
  | ({
      readonly type: 'preemption.ended';
      readonly outcome: 'made room' | 'rescinded';
      readonly why: string;
    } & Room)
  | { readonly type: 'job.changed'; readonly job: Job }
  | { readonly type: 'job.removed'; readonly job: string }
  | ({ readonly type: 'job.decided'; readonly framework: FrameworkId } & Decision)
  | { readonly type: 'member.admitted'; readonly member: Member }
  | { readonly type: 'member.revoked'; readonly name: string }
  | { readonly type: 'role.changed'; readonly role: RoleRecord }
  /** Nothing differs from the defaults any more. */
  | { readonly type: 'role.removed'; readonly role: string }
  | { readonly type: 'peer.refused'; readonly address: string; readonly why: string }
  | { readonly type: 'master.warning'; readonly message: string }
);

export type EventType = Event['type'];
export type EventOf<T extends EventType> = Extract<Event, { readonly type: T }>;

/** An event in the stream. */
export interface Numbered {
  readonly seq: number;
  readonly event: Event;
}
