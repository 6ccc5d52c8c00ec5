/**
 * What happens in a cluster. The master decides, emits one of these, and `apply` makes it true: in the master's own
 * state and in every client's replica. Each has the time it happened (`at`, ms since 1970); the stream numbers them.
 */
import type { Agent, AgentState, Framework, Job, MasterInfo, Member, Offer, Usage } from './cluster.ts';
import type { AgentId, FrameworkId, OfferId, Task, TaskId, TaskStatus } from './task.ts';

export type OfferOutcome = 'accepted' | 'declined' | 'rescinded' | 'expired';

export type Event = { readonly at: number } & (
  | { readonly type: 'master.started'; readonly master: MasterInfo }
  /** A new agent, or one that came back with other figures. */
  | { readonly type: 'agent.registered'; readonly agent: Agent }
  | {
      readonly type: 'agent.state';
      readonly agent: AgentId;
      readonly state: AgentState;
      readonly why: string;
    }
  | { readonly type: 'agent.usage'; readonly agent: AgentId; readonly usage: Usage }
  | { readonly type: 'framework.subscribed'; readonly framework: Framework }
  | { readonly type: 'framework.disconnected'; readonly framework: FrameworkId; readonly why: string }
  | { readonly type: 'framework.suppressed'; readonly framework: FrameworkId; readonly suppressed: boolean }
  | { readonly type: 'framework.error'; readonly framework: FrameworkId; readonly message: string }
  | { readonly type: 'offer.made'; readonly offer: Offer }
  | {
      readonly type: 'offer.ended';
      readonly offer: OfferId;
      readonly outcome: OfferOutcome;
      readonly why: string;
    }
  | { readonly type: 'task.launched'; readonly task: Task }
  | { readonly type: 'task.status'; readonly status: TaskStatus }
  /** The framework has acknowledged the terminal state: the books are closed, the record becomes history. */
  | { readonly type: 'task.closed'; readonly task: TaskId }
  | { readonly type: 'job.changed'; readonly job: Job }
  | { readonly type: 'job.removed'; readonly job: string }
  | { readonly type: 'member.admitted'; readonly member: Member }
  | { readonly type: 'member.revoked'; readonly name: string }
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
