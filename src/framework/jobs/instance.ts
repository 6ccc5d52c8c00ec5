/** One task of a job, and the slot (`web.2`) that it fills. */
import type { Json } from '../../core/json.ts';
import type { AgentId, TaskId } from '../../core/task.ts';
import { isTerminal, type TaskState } from '../../core/task-state.ts';

export interface Instance {
  readonly task: TaskId;
  /** What people call it: `web.2`. */
  readonly name: string;
  readonly job: string;
  readonly index: number;
  readonly agent: AgentId;
  /** Of the job, when it was started. */
  readonly version: number;
  readonly launchedAt: number;
  /** Its health is checked: until the first result nobody knows whether it serves. */
  readonly checked: boolean;
  /** What its kind of job wants to know of it. */
  readonly note?: Json | undefined;
  /** UNKNOWN after a restart of this framework, until the master has said. */
  readonly state: TaskState;
  readonly healthy: boolean | undefined;
  readonly message: string;
  /** When it came into this state. */
  readonly since: number;
  /** Since when it serves without a break; absent: it does not. */
  readonly servesSince: number | undefined;
}

/** What of it is durable. */
export type InstanceRecord = Omit<Instance, 'state' | 'healthy' | 'message' | 'since' | 'servesSince'>;

export function recordOf({
  state: _,
  healthy: __,
  message: ___,
  since: ____,
  servesSince: _____,
  ...record
}: Instance): InstanceRecord {
  return record;
}

/** It fills its slot: it runs, or is on its way, or nobody has said that it does not. */
export const fills = ({ state }: Instance): boolean =>
  !isTerminal(state) && state !== 'KILLING' && state !== 'UNREACHABLE';

/** Fully there: running, and found healthy where that is checked. */
export const serves = ({
  state,
  healthy,
  checked,
}: Pick<Instance, 'state' | 'healthy' | 'checked'>): boolean =>
  state === 'RUNNING' && (checked ? healthy === true : healthy !== false);

/** It certainly does not serve: not yet started, or said to be unhealthy. Of one not heard of nobody can say so. */
export const idles = ({ state, healthy }: Instance): boolean =>
  state === 'STAGING' || state === 'STARTING' || healthy === false;
