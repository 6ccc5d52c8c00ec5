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
  /** A command that runs beside this instance: it fills no slot. */
  readonly beside?: TaskId | undefined;
  /** What its kind of job wants to know of it. */
  readonly note?: Json | undefined;
  /** UNKNOWN after a restart of this framework, until the master has said. */
  readonly state: TaskState;
  readonly healthy: boolean | undefined;
  /** Undefined: nobody checks that. */
  readonly ready?: boolean | undefined;
  readonly message: string;
  /** When it came into this state. */
  readonly since: number;
  /** Since when it serves without a break; absent: it does not. */
  readonly servesSince: number | undefined;
  /** Until when it has served, if it does not any more. */
  readonly servedUntil?: number | undefined;
}

/** What of it is durable. */
export type InstanceRecord = Omit<
  Instance,
  'state' | 'healthy' | 'ready' | 'message' | 'since' | 'servesSince' | 'servedUntil'
>;

export function recordOf({
  state: _,
  healthy: _1,
  ready: _2,
  message: _3,
  since: _4,
  servesSince: _5,
  servedUntil: _6,
  ...record
}: Instance): InstanceRecord {
  return record;
}

/** It fills its slot: it runs, or is on its way, or nobody has said that it does not. */
export const fills = ({ state, beside }: Instance): boolean =>
  beside === undefined && !isTerminal(state) && state !== 'KILLING' && state !== 'UNREACHABLE';

/** Fully there: running, and found healthy and ready where that is checked (an agent says `ready: false` until then). */
export const serves = ({
  state,
  healthy,
  ready,
  checked,
}: Pick<Instance, 'state' | 'healthy' | 'ready' | 'checked'>): boolean =>
  state === 'RUNNING' && (checked ? healthy === true : healthy !== false) && ready !== false;

/** It certainly does not serve: not yet started, or said not to. Of one not heard of nobody can say so. */
export const idles = ({ state, healthy, ready }: Instance): boolean =>
  state === 'STAGING' || state === 'STARTING' || healthy === false || ready === false;
