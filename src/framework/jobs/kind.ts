/**
 * What a kind of job is made of: a schema for its spec, and functions of (job, instances, agents, now) that say what to do
 * next. They are pure: the kit keeps what is durable, asks for offers, starts and stops, and can so say beforehand what
 * would happen (`plan`) with the very functions that make it happen.
 */
import type { z } from 'zod';
import type { ColumnInfo, Endpoint, Job as PublishedJob } from '../../core/cluster.ts';
import type { JobBase } from '../../core/job-spec.ts';
import type { Json } from '../../core/json.ts';
import type { AgentId, TaskId, TaskStatus } from '../../core/task.ts';
import type { AgentView } from '../../wire/messages/framework.ts';
import type { Home, HomeAct } from '../home.ts';
import type { Decided } from './decisions.ts';
import type { Instance } from './instance.ts';
import type { Move } from './rebalance.ts';

/** A job as its framework keeps it. */
export interface JobRecord<Spec = JobBase, Memory = Json> {
  readonly spec: Spec;
  /** What somebody submitted: the spec is made of it, with the defaults of today. */
  readonly input: Json;
  /** Counts the changes of its spec, from 1. */
  readonly version: number;
  /** It goes away as soon as its last instance has ended. */
  readonly stopping: boolean;
  /** What its kind keeps of it from one decision to the next. */
  readonly memory: Memory;
}

/** What a job was submitted as, and when (ms since 1970). */
export interface Version<Spec = JobBase> {
  readonly spec: Spec;
  readonly input: Json;
  readonly at: number;
}

/** All that a decision may depend on. */
export interface View<Spec = JobBase, Memory = Json> {
  readonly job: JobRecord<Spec, Memory>;
  readonly instances: readonly Instance[];
  /** This one and earlier ones: the last ten, and those that instances still run. */
  readonly versions: ReadonlyMap<number, Version<Spec>>;
  readonly agents: ReadonlyMap<AgentId, AgentView>;
  /** Jobs that it needs and that are not as they should be: nothing of it that runs is to be changed now. */
  readonly unsettled: readonly string[];
  /** As far as they are there: jobs that it needs, and those that it follows. */
  readonly others: ReadonlyMap<string, PublishedJob>;
  /** ms since 1970 */
  readonly now: number;
}

/** An instance to start. */
export interface Placing {
  readonly index: number;
  /** One word: `missing`, `update`, `canary`, … */
  readonly why: string;
  /** @default the job's */
  readonly version?: number | undefined;
  /** @default `JOB.INDEX` */
  readonly name?: string | undefined;
  /** What differs from the spec: another command, other amounts. */
  readonly differs?: Partial<JobBase> | undefined;
  /** More environment, for this one alone. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** A text that it finds in `$TENDER_PAYLOAD`, and in the file `$TENDER_PAYLOAD_FILE`. */
  readonly payload?: string | undefined;
  /** What it writes to the file `$TENDER_OUTPUT` is told with its end. */
  readonly output?: true | undefined;
  /** Nowhere else. */
  readonly on?: AgentId | undefined;
  /** Rather there than elsewhere, and rather not there. */
  readonly prefer?: AgentId | undefined;
  readonly avoid?: readonly AgentId[] | undefined;
  /** What is set aside for it, and its volume: it is nowhere without. */
  readonly home?: Home | undefined;
  /** What is done at its home; only a launch and a visit start a task. @default launch */
  readonly act?: HomeAct | undefined;
  /** A command that runs beside this instance, in its folder or its container: it fills no slot. */
  readonly beside?: TaskId | undefined;
  /** Kept with the instance. */
  readonly note?: Json | undefined;
}

/** Where a placing goes. */
export interface Place {
  readonly agent: AgentId;
  readonly hostPorts: Readonly<Record<string, number>>;
}

/** An instance to end. */
export interface Stopping {
  readonly instance: Instance;
  /** One word: `surplus`, `update`, `leave`, … */
  readonly why: string;
}

export interface Plan<Memory = Json> {
  /** The same one where nothing is to be remembered. It is durable before anything is started or stopped. */
  readonly memory: Memory;
  readonly stop: readonly Stopping[];
  /** The most important first. */
  readonly place: readonly Placing[];
  /** So many more like the last of these: named when there is room, but counted wherever it is told what waits. */
  readonly more?: number | undefined;
  /** An earlier version becomes the newest one; `memory` is what is remembered with that. Nothing else is done. */
  readonly goBackTo?: number | undefined;
  /** To be looked at again then, if nothing happens before (ms since 1970). */
  readonly waitUntil?: number | undefined;
}

/** What people see of a job in lists. */
export interface Summary {
  readonly desired: number;
  /** One word: `running`, `starting`, `updating`, `failing`, … */
  readonly status: string;
  /** It is as it should be: nothing needs to be said of it. */
  readonly settled: boolean;
  /** How much traffic tasks get, where that is not what their states say: all that runs and has nothing wrong gets 100. */
  readonly endpoints?: readonly Endpoint[] | undefined;
  readonly columns?: PublishedJob['columns'] | undefined;
  readonly succeeded?: PublishedJob['succeeded'] | undefined;
  readonly progress?: PublishedJob['progress'] | undefined;
  readonly timetable?: PublishedJob['timetable'] | undefined;
}

/** The answer to `why`. */
export interface Answer {
  readonly sentence: string;
  /** Each agent with everything that stands in the way there; empty when nothing does. */
  readonly agents: readonly { readonly agent: string; readonly reasons: readonly string[] }[];
  /** The same for every agent by itself, where they are not very many. */
  readonly each?: Answer['agents'] | undefined;
  /** The smallest change that would help; empty when none is known. */
  readonly help: string;
  /** What was done for it, the latest first. */
  readonly lately?: readonly Decided[] | undefined;
}

/** What a verb makes of a job; durable before it is answered. */
export interface Change<Memory> {
  /** Absent: as before. */
  readonly memory?: Memory | undefined;
  readonly answer: Json;
}

export interface JobVerb<Spec, Memory> {
  readonly help: string;
  /** @throws TenderError, which the caller gets to see */
  run(view: View<Spec, Memory>, args: Readonly<Record<string, Json>>): Change<Memory>;
}

export interface JobKind<Spec extends JobBase = JobBase, Memory extends Json = Json> {
  readonly schema: z.ZodType<Spec>;
  /** Of a new job. */
  readonly memory: Memory;
  /** What is to be done now. Once that is done, there is nothing more to do: applied, it says nothing. */
  reconcile(view: View<Spec, Memory>): Plan<Memory>;
  /** What is to be remembered of an end; durable before the end is acknowledged. `view` has the instance as it was. */
  ended?(view: View<Spec, Memory>, instance: Instance, status: TaskStatus): Memory;
  /** It ends by itself, when all is well. @default it serves */
  endsByItself?(instance: Instance): boolean;
  /** What is to be remembered of a place that was found; durable before anything is done there. */
  placed?(view: View<Spec, Memory>, placing: Placing, place: Place): Memory;
  /** Where its instances are at home, whether they run or not: they are counted there. @default where they run */
  homes?(memory: Memory): readonly AgentId[];
  /** A job that is stopped, without instances, is forgotten. @default true */
  isOver?(view: View<Spec, Memory>): boolean;
  /** A new spec has come: what was remembered, for this one. @default the same */
  changed?(view: View<Spec, Memory>, spec: Spec): Memory;
  /** Jobs, of whatever framework, that it waits for in its own way: it sees them in `others`. None may wait for itself. */
  follows?(spec: Spec): readonly string[];
  /**
   * A field of the memory that is a record of parts: each is written for itself, when it is another object than before.
   * For what is much, and of which little changes at a time.
   */
  readonly apart?: string;
  summary(view: View<Spec, Memory>): Summary;
  /** Why it is as it is, where it is not for want of room. @param one only of this instance */
  why(view: View<Spec, Memory>, one: Instance | undefined, lastEnd: TaskStatus | undefined): Answer;
  /** One of its instances had better run elsewhere: what is remembered so that it moves, when that does no harm. */
  move?(memory: Memory, move: Move): Memory;
  /** Versions that it may want to go back to, however long ago they were. */
  keeps?(memory: Memory): readonly (number | undefined)[];
  readonly verbs?: Readonly<Record<string, JobVerb<Spec, Memory>>>;
  readonly columns?: readonly ColumnInfo[];
}

/** How many for which reason: what `plan` prints, and tests assert. */
export function countersOf({ stop, place }: Pick<Plan<unknown>, 'stop' | 'place'>): Record<string, number> {
  const counters: Record<string, number> = {};
  const done = [...place.map(({ why }) => `place ${why}`), ...stop.map(({ why }) => `stop ${why}`)];
  for (const what of done) counters[what] = (counters[what] ?? 0) + 1;
  return counters;
}

/** All that waits, named or not. */
export const waitingIn = ({ place, more = 0 }: Pick<Plan<unknown>, 'place' | 'more'>): number =>
  place.length + more;

export const nameOf = (job: string, { index, name }: Pick<Placing, 'index' | 'name'>): string =>
  name ?? `${job}.${index}`;
