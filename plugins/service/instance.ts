/** One task of a service, and the slot (`web.2`) that it fills. */
import type { AgentId, TaskId, TaskState } from 'tender/framework';
import { isTerminal } from 'tender/framework';

export interface Instance {
  readonly task: TaskId;
  readonly job: string;
  readonly index: number;
  readonly agent: AgentId;
  /** Version of the job that it was started from. */
  readonly version: number;
  readonly launchedAt: number;
  /** Its health is checked: until the first result nobody knows whether it serves. */
  readonly checked: boolean;
  /** UNKNOWN after a restart of this framework, until the master has said. */
  readonly state: TaskState;
  readonly healthy: boolean | undefined;
  readonly message: string;
  /** When it came into this state. */
  readonly since: number;
}

/** What of it is durable. */
export type InstanceRecord = Omit<Instance, 'state' | 'healthy' | 'message' | 'since'>;

export function recordOf({
  state: _,
  healthy: __,
  message: ___,
  since: ____,
  ...record
}: Instance): InstanceRecord {
  return record;
}

/** It fills its slot: it runs, or is on its way, or nobody has said that it does not. */
export const fills = ({ state }: Instance): boolean =>
  !isTerminal(state) && state !== 'KILLING' && state !== 'UNREACHABLE';

/** Fully there: running, and found healthy where that is checked. */
export const serves = ({ state, healthy, checked }: Instance): boolean =>
  state === 'RUNNING' && (checked ? healthy === true : healthy !== false);

/** It certainly does not serve: not yet started, or said to be unhealthy. Of one not heard of nobody can say so. */
export const idles = ({ state, healthy }: Instance): boolean =>
  state === 'STAGING' || state === 'STARTING' || healthy === false;
