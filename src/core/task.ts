/** What one task is to run (`TaskSpec`, written by a framework) and what is known of it (`Task`). */
import type { ContainerFields, TaskFile } from './container.ts';
import type { Resources } from './resources.ts';
import type { TaskReason, TaskState } from './task-state.ts';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };
/** Derived from the agent's CURVE key: the same machine keeps it wherever it moves. */
export type AgentId = Branded<'AgentId'>;
/** A framework's name, unique in the cluster. */
export type FrameworkId = Branded<'FrameworkId'>;
export type OfferId = Branded<'OfferId'>;
/** `JOB.INDEX-RANDOM`; given by the framework, never used twice. */
export type TaskId = Branded<'TaskId'>;

export interface DockerRun {
  readonly kind: 'docker';
  readonly image: string;
  /** Replaces the image's entrypoint. */
  readonly entrypoint?: readonly string[] | undefined;
  /** Replaces the image's command. */
  readonly args: readonly string[];
  /** Replaces the image's working folder. */
  readonly cwd?: string | undefined;
  readonly pull: 'missing' | 'always' | 'never';
  readonly network: 'bridge' | 'host' | 'none';
  /** Networks of its machine that it is in instead of the bridge, and what it is called there. */
  readonly networks?: { readonly names: readonly string[]; readonly aliases: readonly string[] } | undefined;
  /** It runs in the network and with the volumes of this task's container. */
  readonly beside?: TaskId | undefined;
  /** Each must be in the set `devices` of the task's resources. */
  readonly devices?: readonly Device[] | undefined;
  readonly container?: ContainerFields | undefined;
  /** Laid into it before it starts. */
  readonly files?: readonly TaskFile[] | undefined;
}

/** A device of the machine, or a folder of them, that a container may use. */
export interface Device {
  readonly host: string;
  /** What it is called in the container. */
  readonly container: string;
  /** Letters of `rwm`: read, write, make. */
  readonly permissions: string;
}

export interface Artifact {
  /** `http(s)://…`, `file:///…` or a path on the agent. */
  readonly url: string;
  /** Its name in the sandbox. Default: the last part of the url. */
  readonly name?: string | undefined;
  readonly sha256?: string | undefined;
  readonly executable?: boolean | undefined;
}

export interface ProcessRun {
  readonly kind: 'process';
  /** `$NAME` and `${NAME}` are replaced from the task's environment; no shell reads it. */
  readonly argv: readonly string[];
  /** Nothing is replaced: a shell reads it, which must not take a value for a part of its line. */
  readonly asWritten?: true | undefined;
  /** It runs in this task's sandbox. */
  readonly beside?: TaskId | undefined;
  /** Where it runs. Default: its own sandbox folder. */
  readonly cwd?: string | undefined;
  readonly artifacts: readonly Artifact[];
}

export type Run = DockerRun | ProcessRun;

/** A named port: `host` was taken from the offer; `container` is where the program in the container listens. */
export interface Port {
  readonly name: string;
  readonly host: number;
  readonly container?: number | undefined;
  /** @default tcp */
  readonly protocol?: 'udp' | 'tcp+udp' | undefined;
  /** Of the machine: only there it is published. @default all */
  readonly address?: string | undefined;
}

export interface Volume {
  /** A folder of the host (absolute), the name of a docker volume, or the id of a persistent volume. */
  readonly source: string;
  readonly target: string;
  readonly readOnly?: boolean | undefined;
  /** `source` is the id of a persistent volume, which must be among the task's resources. */
  readonly persistent?: true | undefined;
  /** Of a docker volume that is made for it. @default local */
  readonly driver?: string | undefined;
  readonly options?: Readonly<Record<string, string>> | undefined;
  /** A folder that is not there is an error. @default it is made */
  readonly mustExist?: boolean | undefined;
}

/** Characters of one word of a command, or of one value of the environment: Linux takes no longer ones. */
export const MAX_WORD = 131_071;

/** Bytes of what a task gets as its payload, and of what it may give back. */
export const MAX_PAYLOAD = 16_384;
export const MAX_OUTPUT = 4_096;

/** Times in milliseconds. */
export interface HealthCheck {
  readonly check:
    | { readonly kind: 'http'; readonly port: string; readonly path: string }
    | { readonly kind: 'tcp'; readonly port: string }
    | { readonly kind: 'command'; readonly argv: readonly string[] };
  readonly interval: number;
  readonly timeout: number;
  /** Failures count only after this time, or after the first success. */
  readonly grace: number;
  /** Failures in a row until the task is killed, or no longer ready. */
  readonly failures: number;
}

export interface TaskSpec {
  readonly id: TaskId;
  /** What people call it: `web.0`. */
  readonly name: string;
  readonly job: string;
  /** Of tasks that start and end together: the same for all of them, set by the master. */
  readonly group?: TaskId | undefined;
  /** 0 to 100: how urgent it is. Absent: as urgent as its role. */
  readonly priority?: number | undefined;
  readonly resources: Resources;
  readonly run: Run;
  readonly env: Readonly<Record<string, string>>;
  readonly ports: readonly Port[];
  readonly volumes: readonly Volume[];
  readonly health?: HealthCheck | undefined;
  /** It is to get traffic only while this succeeds; it is not killed for it. */
  readonly readiness?: HealthCheck | undefined;
  /** Milliseconds from SIGTERM to SIGKILL. */
  readonly killGrace: number;
  readonly labels: Readonly<Record<string, string>>;
  /** A text that it finds in `$TENDER_PAYLOAD`, and in the file `$TENDER_PAYLOAD_FILE`. */
  readonly payload?: string | undefined;
  /** What it writes to the file `$TENDER_OUTPUT` is told with its end. */
  readonly output?: true | undefined;
}

/** One task in the cluster's state. */
export interface Task {
  readonly id: TaskId;
  readonly name: string;
  readonly job: string;
  readonly framework: FrameworkId;
  readonly role: string;
  readonly agent: AgentId;
  /** It starts and ends together with all that have the same. */
  readonly group?: TaskId | undefined;
  /** 0 to 100. Absent: that of its role. */
  readonly priority?: number | undefined;
  readonly resources: Resources;
  readonly ports: readonly Port[];
  /** `docker` or `process`. */
  readonly executor: Run['kind'];
  /** The image, or the command line. */
  readonly what: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: TaskState;
  readonly reason: TaskReason;
  /** A sentence for people; may be empty. */
  readonly message: string;
  readonly healthy?: boolean | undefined;
  /** Absent: that is not checked. */
  readonly ready?: boolean | undefined;
  readonly exitCode?: number | undefined;
  /** What it gave back, until it is closed. */
  readonly output?: string | undefined;
  /** When it was launched, and when it came into this state (ms since 1970). */
  readonly launchedAt: number;
  readonly since: number;
  /** Its framework has acknowledged the end: kept for people to read, for a while. */
  readonly closed: boolean;
}

/** What an agent (or the master on its behalf) says of a task. */
export interface TaskStatus {
  readonly task: TaskId;
  readonly state: TaskState;
  readonly reason: TaskReason;
  readonly message: string;
  readonly healthy?: boolean | undefined;
  /** Of one that runs: false from the start until it has shown that it is. Absent: that is not checked. */
  readonly ready?: boolean | undefined;
  readonly exitCode?: number | undefined;
  /** Of an end: what it wrote to `$TENDER_OUTPUT`, where its spec asks for it. */
  readonly output?: string | undefined;
  readonly at: number;
}
