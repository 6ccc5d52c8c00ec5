/** What the docker executor remembers of one task: a view of its container, and what it was told to do with it. */
import type { TaskSpec } from '../../core/task.ts';
import type { CgroupPaths } from '../cgroup-files.ts';
import { KillOrder } from '../kill-order.ts';
import type { Phase } from '../phase.ts';

export interface Entry {
  readonly spec: TaskSpec;
  phase: Phase;
  /** Aborted when a launch is to stop. */
  readonly launch: AbortController;
  /** Resolves when there is a container to read from, or never will be. */
  readonly begun: Promise<void>;
  readonly begin: () => void;
  readonly kill: KillOrder;
  /** What the image wants to be ended by. */
  stopSignal: string;
  /** The kernel killed a process of it for its memory. */
  outOfMemory: boolean;
  /** The engine has not said yet whether there is such a container. */
  isUnsure?: boolean;
  /** Its end is being looked into. */
  ending?: Promise<void>;
  group?: CgroupPaths | undefined;
}

export function newEntry(spec: TaskSpec, phase: Phase): Entry {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  return {
    spec,
    phase,
    launch: new AbortController(),
    kill: new KillOrder(),
    begun,
    begin,
    stopSignal: 'SIGTERM',
    outOfMemory: false,
  };
}
