/**
 * An agent's way to run tasks. One implementation per kind of `Run`. An executor owns no truth: what it started
 * is found again after a restart by `recover`, from what the system itself remembers (labels, pids, exit files).
 */
import type { ExecutorFacts, TaskUsage } from '../core/cluster.ts';
import type { TaskId, TaskSpec, TaskStatus } from '../core/task.ts';

/** Everything but the task's id and the time, which the agent adds. */
export type Report = Omit<TaskStatus, 'task' | 'at'> & { readonly at?: number };

export interface ExecutorEvents {
  /**
   * The task came into another state. A terminal one comes exactly once, last, and only after the output and the
   * exit code are safe.
   */
  status(task: TaskId, report: Report): void;
  /** What harms no task, and a person at this machine should know. */
  trouble(error: unknown): void;
}

/** Bytes going both ways, paced by whoever pulls. */
export interface Pipe {
  /** Output in order. Ends when there is no more. Returning early closes the pipe. */
  readonly output: AsyncIterable<Chunk>;
  /** Input for an exec; resolves when it was taken. */
  write(bytes: Uint8Array): Promise<void>;
  /** End of input. */
  end(): void;
  resize(columns: number, rows: number): void;
  /** Stops it now; `output` ends. */
  close(): void;
  /** Exit code of an exec once `output` has ended; undefined for logs. */
  exitCode(): number | undefined;
}

export interface Chunk {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
  /** By when they were written (ms since 1970), where that is known. */
  readonly at?: number;
  /** So many bytes before these are gone: they were thrown away before they could be read. */
  readonly lost?: number;
  /** Said first of what one is attached to: whether it has a terminal, and takes input. */
  readonly attached?: Attached;
}

export interface Attached {
  readonly tty: boolean;
  readonly stdin: boolean;
}

export interface LogOptions {
  readonly follow: boolean;
  /** Last lines of what there is; undefined = all. */
  readonly tail?: number | undefined;
  /** Only what was written then or later (ms since 1970), as exactly as that is known. */
  readonly since?: number | undefined;
}

export interface ExecOptions {
  readonly argv: readonly string[];
  readonly tty: boolean;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

export interface AttachOptions {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

export interface Executor {
  readonly kind: TaskSpec['run']['kind'];
  /** What this machine offers; asked at the start and whenever it may have changed. */
  facts(): Promise<ExecutorFacts>;
  /** A folder of this machine on whose disk it keeps what it starts, by the last facts. Absent: only in the sandboxes. */
  disk?(): string | undefined;
  /**
   * Starts the task and returns at once; what becomes of it is told through `events`: STARTING (pulling an image,
   * fetching artifacts), RUNNING, and one terminal state. Never throws: a failed start is the state FAILED.
   */
  launch(spec: TaskSpec): void;
  /**
   * Takes up a task that was launched before the agent restarted: `running` re-attaches, `ended` reports its true
   * end through `events`, `absent` means that it never came to be, `unknown` that nobody can say yet: it will be told
   * through `events`, with `GONE` for one that is not there.
   */
  recover(spec: TaskSpec): Promise<'running' | 'ended' | 'absent' | 'unknown'>;
  /** SIGTERM to all of it, SIGKILL after `graceMs`. A second call can only shorten the time. */
  kill(task: TaskId, graceMs: number): void;
  /** @throws TenderError `task.not_running` or `task.unknown` */
  logs(spec: TaskSpec, options: LogOptions): Promise<Pipe>;
  exec(spec: TaskSpec, options: ExecOptions): Promise<Pipe>;
  /** The task's own streams from now on; closing that pipe does it no harm. @throws as `logs` */
  attach(spec: TaskSpec, options: AttachOptions): Promise<Pipe>;
  /** Saved output of a task that was removed, of whichever executor: they share the folder. @throws `task.unknown` */
  endedLogs(task: TaskId, options: LogOptions): Promise<Pipe>;
  /** Forgets an ended task: container and handles go, the output stays readable for a while. */
  remove(spec: TaskSpec): Promise<void>;
  /** Stops what carries this agent's mark and belongs to none of these tasks. Returns their ids. */
  sweep(known: ReadonlySet<TaskId>): Promise<TaskId[]>;
  /** Use of each running task right now, from cgroup files or /proc; cheap enough for once a second. */
  usage(): Promise<Readonly<Record<string, TaskUsage>>>;
  /** Lets go of everything without stopping any task. */
  close(): Promise<void>;
}
