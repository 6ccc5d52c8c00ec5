/** The records of a cluster, and the state that holds them. Only `apply` (apply.ts) changes it. */
import type { Quota } from './allocator.ts';
import type { Progress, Timetable } from './progress.ts';
import type { Resources } from './resources.ts';
import type { AgentId, FrameworkId, OfferId, Task, TaskId } from './task.ts';

/** `ready ⇄ disconnected → unreachable → (ready | gone)` */
export type AgentState = 'ready' | 'disconnected' | 'unreachable' | 'gone';

/** Taken out of the offers by a person's word. Draining: its tasks move, or end; drained: none is left. */
export type Withdrawal =
  | { readonly state: 'deactivated'; readonly since: number }
  | {
      readonly state: 'draining' | 'drained';
      readonly since: number;
      /** Then what is left is killed (ms since 1970); absent: nothing is. */
      readonly deadline?: number | undefined;
      /** So many tasks ran there when it began. */
      readonly tasks: number;
    };

/** More than half of the agents vanished together: that is the network, and their work is not given to others. */
export interface MassLoss {
  readonly since: number;
  readonly away: number;
  readonly of: number;
}

/** What keeps a machine from new work, as it says itself. It is over by itself, when its cause is. */
export interface Fault {
  /** Of a machine that is so: `out of disk`. */
  readonly state: string;
  readonly why: string;
}

/** Figures of a machine that do not change while it runs. Sizes in MiB. */
export interface HostFacts {
  readonly hostname: string;
  readonly os: string;
  readonly kernel: string;
  readonly arch: string;
  readonly cpuModel: string;
  readonly cpus: number;
  readonly mem: number;
  readonly disk: number;
  readonly address: string;
  /** Which run of the machine this is: another one after each restart. Absent: it can't tell, or is older than this. */
  readonly boot?: string | undefined;
}

/** What one executor of an agent can do, or why it can't. */
export interface ExecutorFacts {
  readonly kind: 'docker' | 'process';
  readonly available: boolean;
  /** The engine's version, or what is missing. */
  readonly detail: string;
  /** Of the images that it runs: `linux/arm64`. Absent: of none, or it has not said. */
  readonly platform?: string | undefined;
}

/** Measured use. Cpus in thousandths, sizes in MiB, network in bytes a second. */
export interface Usage {
  readonly cpus: number;
  readonly mem: number;
  readonly disk: number;
  readonly netIn: number;
  readonly netOut: number;
  readonly load: number;
  readonly tasks: Readonly<Record<string, TaskUsage>>;
}

export interface TaskUsage {
  readonly cpus: number;
  readonly mem: number;
}

export interface Agent {
  readonly id: AgentId;
  readonly name: string;
  readonly state: AgentState;
  readonly host: HostFacts;
  readonly executors: readonly ExecutorFacts[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly total: Resources;
  readonly version: string;
  /** When it came into this state. */
  readonly since: number;
  /** So long (ms since 1970) it is waited for, while it is disconnected. */
  readonly until?: number | undefined;
  /** Absent: it gets new work. */
  readonly withdrawn?: Withdrawal | undefined;
  /** Absent: nothing keeps it from new work. */
  readonly fault?: Fault | undefined;
  readonly usage?: Usage | undefined;
}

/** One verb of a framework: what `tender VERB` and the REPL may call on it. */
export interface VerbInfo {
  readonly name: string;
  readonly help: string;
}

/** A column that a framework adds to the list of its jobs. */
export interface ColumnInfo {
  readonly title: string;
  /** Key in `Job.columns`. */
  readonly key: string;
}

export interface Framework {
  readonly id: FrameworkId;
  readonly roles: readonly string[];
  readonly state: 'connected' | 'disconnected';
  /** Those of its roles in which it wants no offers for now. */
  readonly suppressed: readonly string[];
  readonly kinds: readonly string[];
  readonly verbs: readonly VerbInfo[];
  readonly columns: readonly ColumnInfo[];
  /** So long its tasks go on without it (ms); then it is removed with them. */
  readonly failoverMs: number;
  readonly since: number;
}

/** It wants no offers for now, in none of its roles. */
export const wantsNothing = ({ roles, suppressed }: Framework): boolean =>
  roles.every((role) => suppressed.includes(role));

export interface Offer {
  readonly id: OfferId;
  readonly framework: FrameworkId;
  readonly role: string;
  readonly agent: AgentId;
  readonly resources: Resources;
  readonly at: number;
  readonly expiresAt: number;
  /** Absent: it is out. */
  readonly ended?: OfferEnd | undefined;
}

export type OfferOutcome = 'accepted' | 'declined' | 'rescinded' | 'expired';

/** What became of an offer. */
export interface OfferEnd {
  readonly at: number;
  readonly outcome: OfferOutcome;
  readonly why: string;
  /** Of an accepted one: what was to be launched on it, and on those that were accepted with it. */
  readonly tasks?: readonly TaskId[] | undefined;
  /** Until then (ms since 1970) its framework is not offered the same again, or less; of an accepted one: the rest of it. */
  readonly until?: number | undefined;
}

export interface EndedOffer extends Offer {
  readonly ended: OfferEnd;
}

/** What a framework publishes of one of its jobs. */
export interface Job {
  readonly name: string;
  readonly framework: FrameworkId;
  readonly kind: string;
  readonly desired: number;
  readonly running: number;
  /** Running and healthy. */
  readonly healthy: number;
  /** `running`, `starting`, `waiting`, `stopping`, …: one word. */
  readonly status: string;
  /** Why it is not as it should be; empty when it is. */
  readonly message: string;
  readonly version: number;
  readonly columns: Readonly<Record<string, string>>;
  /** Jobs that have to be there before it starts. */
  readonly needs?: readonly string[] | undefined;
  /** How much traffic tasks get, compared with the others, where that is not what their states say. */
  readonly endpoints?: readonly Endpoint[] | undefined;
  /** The last time that it has ended well. */
  readonly succeeded?: Success | undefined;
  /** A change or a run of it that is under way. */
  readonly progress?: Progress | undefined;
  /** Of one that runs again and again. */
  readonly timetable?: Timetable | undefined;
  readonly updatedAt: number;
}

/** What comes after it starts by that. */
export interface Success {
  /** ms since 1970 */
  readonly at: number;
  /** What it gave back: variables for what comes after. */
  readonly output: Readonly<Record<string, string>>;
}

export interface Endpoint {
  readonly task: TaskId;
  /** 0: none for now. */
  readonly weight: number;
}

/** What a framework did for a job at one time, and why. */
export interface Decision {
  readonly job: string;
  /** What it was that something had to be decided for: `submitted`, `web.2 FAILED: …`. */
  readonly cause: string;
  /** How many of what: `place missing` 2, `stop update` 1. */
  readonly counters: Readonly<Record<string, number>>;
  /** What else was done, and what was kept from being done. */
  readonly notes: readonly string[];
}

/** A key that may connect, by name. */
export interface Member {
  readonly name: string;
  readonly role: MemberRole;
  readonly publicKey: string;
  readonly since: number;
}

export type MemberRole = 'agent' | 'client' | 'framework';

/** What a person has said of a role; of one that nobody spoke of, `defaultRole` holds. */
export interface RoleRecord {
  readonly role: string;
  /** Its part beside its siblings: with twice the weight, twice as much. More than 0. */
  readonly weight: number;
  /** 0 to 100: how urgent its work is. */
  readonly priority: number;
  /** Whether work of lower priority may be ended for the sake of what waits in this role. */
  readonly preemption: boolean;
  /** Absent: neither guaranteed nor limited. */
  readonly quota?: Quota | undefined;
}

export const defaultRole = (role: string): RoleRecord => ({
  role,
  weight: 1,
  priority: 50,
  preemption: false,
});

export interface MasterInfo {
  readonly cluster: string;
  readonly version: string;
  /** Grows with every start of a master. */
  readonly epoch: number;
  readonly startedAt: number;
  readonly address: string;
}

/** So many ended tasks stay readable. */
export const CLOSED_KEPT = 500;
/** So many ended offers of each outcome: what was accepted is not driven out by what was declined. */
export const ENDED_KEPT = 50;

export interface ClusterState {
  master: MasterInfo;
  readonly agents: Map<AgentId, Agent>;
  readonly frameworks: Map<FrameworkId, Framework>;
  readonly offers: Map<OfferId, Offer>;
  /** The last ones, oldest first; at most `ENDED_KEPT` of each outcome. */
  readonly endedOffers: EndedOffer[];
  readonly tasks: Map<TaskId, Task>;
  readonly jobs: Map<string, Job>;
  readonly members: Map<string, Member>;
  /** By name; only those that differ from the defaults. */
  readonly roles: Map<string, RoleRecord>;
  massLoss?: MassLoss | undefined;
  /** Closed tasks, oldest first; at most `CLOSED_KEPT`. */
  closed: TaskId[];
  /** Number of the last event applied; 0 before the first. */
  seq: number;
}

export const emptyCluster = (master: MasterInfo): ClusterState => ({
  master,
  agents: new Map(),
  frameworks: new Map(),
  offers: new Map(),
  endedOffers: [],
  tasks: new Map(),
  jobs: new Map(),
  members: new Map(),
  roles: new Map(),
  closed: [],
  seq: 0,
});

/** The state as it travels to a client; `restore` in apply.ts makes a `ClusterState` of it. */
export interface Snapshot {
  readonly master: MasterInfo;
  readonly agents: readonly Agent[];
  readonly frameworks: readonly Framework[];
  readonly offers: readonly Offer[];
  /** Absent: its master is older than this. */
  readonly endedOffers?: readonly EndedOffer[] | undefined;
  readonly tasks: readonly Task[];
  readonly jobs: readonly Job[];
  readonly members: readonly Member[];
  readonly roles: readonly RoleRecord[];
  readonly massLoss?: MassLoss | undefined;
  readonly seq: number;
}
