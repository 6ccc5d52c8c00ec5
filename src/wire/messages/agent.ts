/** What an agent and the master say to each other: the machine, its tasks and their states. */
import type { ExecutorFacts, Fault, HostFacts, Usage } from '../../core/cluster.ts';
import type { Resources } from '../../core/resources.ts';
import type { AgentId, FrameworkId, TaskId, TaskSpec, TaskStatus } from '../../core/task.ts';
import type { StreamMessage } from './stream.ts';

/** A task that the agent holds: live, or ended with a status that is not acknowledged yet. */
export type HeldTask = {
  readonly spec: TaskSpec;
  readonly framework: FrameworkId;
  readonly role: string;
  readonly status: TaskStatus;
  readonly launchedAt: number;
  /** When it came into its state (ms since 1970). Absent: with that status, or the agent is older than this field. */
  readonly since?: number | undefined;
};
/** Many tasks come in parts, one right after the other: each has all the rest and the tasks from number `from` on. */
export type Register = {
  readonly t: 'register';
  readonly host: HostFacts;
  readonly executors: readonly ExecutorFacts[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly total: Resources;
  /** Absent: it takes new work, or is older than this field. */
  readonly fault?: Fault | undefined;
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
/** The conversion of this number, and all before it, will not be forgotten. One that is refused is answered by `register`. */
export type Converted = { readonly t: 'converted'; readonly number: number };
export type FromAgent = Register | StatusUpdate | UsageReport | Converted | StreamMessage;

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
export type Convert = {
  readonly t: 'convert';
  readonly from: Resources;
  readonly to: Resources;
  /** Counted within the session. Absent: the master is older than this field. */
  readonly number?: number | undefined;
};
export type Kill = { readonly t: 'kill'; readonly task: TaskId; readonly graceMs?: number | undefined };
export type StatusAck = { readonly t: 'status.ack'; readonly task: TaskId; readonly uuid: string };
export type ToAgent = Registered | Launch | LaunchGroup | Convert | Kill | StatusAck | StreamMessage;
