/**
 * What a plugin is written against. A plugin's `index.ts` exports `defineFramework({...})` as default; the framework
 * host gives its scheduler a context and calls it, one call at a time per event. A call that throws ends this
 * scheduler only: a new one is made after a while, from the durable key-value space.
 */
import type { Timer } from '../core/clock.ts';
import type { ColumnInfo, Job, Offer } from '../core/cluster.ts';
import type { AgentId, OfferId, TaskId, TaskSpec, TaskStatus } from '../core/task.ts';
import type { AgentView, Json } from '../wire/messages.ts';

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
  readonly offers: ReadonlyMap<OfferId, Offer>;
  /**
   * Launches tasks on offers of one agent and role, all of them used up by it. What the tasks leave over is not
   * offered again for `refuseMs` (0: at once).
   */
  accept(offers: readonly OfferId[], tasks: readonly TaskSpec[], refuseMs: number): void;
  decline(offers: readonly OfferId[], refuseMs: number): void;
  /** No offers, please, until `revive`. */
  suppress(): void;
  /** Offers, please, also of what was refused. */
  revive(): void;
  kill(task: TaskId, graceMs?: number): void;
  /** Asks for the state of these tasks; none: of all. Answers come as updates; some may not come yet. */
  reconcile(tasks: readonly { task: TaskId; agent: AgentId }[]): void;
  /** Durable and private to this framework. */
  readonly kv: ReadonlyMap<string, Json>;
  /** All of it or nothing; `null` deletes. Durable when it resolves. @throws TenderError `state.write`, `client.lost` */
  store(changes: readonly (readonly [key: string, value: Json])[]): Promise<void>;
  /** Before a new job is taken: its name may be another framework's. @throws TenderError `job.exists`, `client.lost` */
  claim(job: string): Promise<void>;
  /** Shows a job to people; again whenever something of it changes. */
  publish(job: Omit<Job, 'framework' | 'updatedAt'>): void;
  retire(job: string): void;
  log(line: string): void;
}

/** What becomes of tasks, as told by an agent or by the master. */
export interface Update {
  readonly agent: AgentId | undefined;
  readonly status: TaskStatus;
}

export interface Scheduler {
  /** After every (re)connection, with `kv` and `agents` filled. Offers of before are void. */
  subscribed(): void | Promise<void>;
  /** New offers have come (or old ones have gone): look at `context.offers`. */
  offersChanged(): void | Promise<void>;
  /** Acknowledged when this resolves; until then it comes again. The same update may come twice. */
  update(update: Update): void | Promise<void>;
  agentChanged?(agent: AgentView): void | Promise<void>;
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
  /** Roles it wants offers in. @default [name] */
  readonly roles?: readonly string[];
  /** Verb → one line of help. */
  readonly verbs: Readonly<Record<string, string>>;
  readonly columns?: readonly ColumnInfo[];
  create(context: FrameworkContext): Scheduler;
}

/** Only gives the definition its type. */
export const defineFramework = (definition: FrameworkDefinition): FrameworkDefinition => definition;
