/** What the process executor remembers of one task. Everything that matters after a restart is in its files instead. */
import type { FSWatcher } from 'node:fs';
import type { TaskSpec } from '../../core/task.ts';
import type { CgroupPaths } from '../cgroup-files.ts';
import type { Pipe } from '../executor.ts';
import { KillOrder } from '../kill-order.ts';
import { type TaskLogs, taskLogs } from '../log-files.ts';
import type { Phase } from '../phase.ts';
import type { Sandbox } from '../sandboxes.ts';
import type { ShimRecord } from './shim-record.ts';
import type { Shim } from './shims.ts';

export interface Entry {
  readonly spec: TaskSpec;
  readonly sandbox: Sandbox;
  readonly logs: TaskLogs;
  phase: Phase;
  /** Aborted when a launch is to stop. */
  readonly launch: AbortController;
  /** Aborted when the output is complete. */
  readonly over: AbortController;
  /** The shim, and with it the session and the process group. */
  pid?: number;
  /** Of a task that this agent has started. */
  shim?: Shim;
  record?: ShimRecord;
  group?: CgroupPaths | undefined;
  /** What limits are not enforced; a sentence for the task's status. */
  warning: string;
  /** Of a task that was found. */
  watcher?: FSWatcher | undefined;
  readonly kill: KillOrder;
  /** When it ended something of it still ran. */
  leftRunning?: boolean;
  /** Its end is being looked into. */
  ending?: Promise<void>;
  readonly execs: Set<Pipe>;
}

export const newEntry = (spec: TaskSpec, sandbox: Sandbox, phase: Phase): Entry => ({
  spec,
  sandbox,
  logs: taskLogs(sandbox),
  phase,
  launch: new AbortController(),
  kill: new KillOrder(),
  over: new AbortController(),
  warning: '',
  execs: new Set(),
});
