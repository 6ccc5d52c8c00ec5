/**
 * The life of a task. Mesos' states without LOST (reference: Mesos' task state reasons and `isTerminalState`):
 *
 *   STAGING → STARTING → RUNNING ⇄ (RUNNING again, with another health)
 *      any live state → KILLING → a terminal state
 *      any live state → UNREACHABLE → back to what it was, or a terminal state
 *
 * A terminal state is never left. UNKNOWN only answers a question about a task that nobody remembers.
 */
export const TASK_STATES = [
  'STAGING',
  'STARTING',
  'RUNNING',
  'KILLING',
  'UNREACHABLE',
  'UNKNOWN',
  'FINISHED',
  'FAILED',
  'KILLED',
  'ERROR',
  'DROPPED',
  'GONE',
  'GONE_BY_OPERATOR',
] as const;
export type TaskState = (typeof TASK_STATES)[number];

const TERMINAL: ReadonlySet<TaskState> = new Set([
  'FINISHED',
  'FAILED',
  'KILLED',
  'ERROR',
  'DROPPED',
  'GONE',
  'GONE_BY_OPERATOR',
]);

export const isTerminal = (state: TaskState): boolean => TERMINAL.has(state);

/** Whether the task holds resources of an agent that is there. */
export const isLive = (state: TaskState): boolean =>
  !TERMINAL.has(state) && state !== 'UNREACHABLE' && state !== 'UNKNOWN';

const RANK: Partial<Record<TaskState, number>> = { STAGING: 0, STARTING: 1, RUNNING: 2, KILLING: 3 };

/** Whether a task in `from` may be reported in `to`: live states only go forward, terminal ones stay. */
export function mayBecome(from: TaskState, to: TaskState): boolean {
  if (isTerminal(from)) return false;
  if (isTerminal(to) || to === 'UNREACHABLE' || from === 'UNREACHABLE') return true;
  return (RANK[to] ?? -1) >= (RANK[from] ?? -1);
}

/** Why a task is in its state. A closed list: screens and policies match on it. */
export const TASK_REASONS = [
  'launched',
  'pulling_image',
  'fetching_artifact',
  'started',
  'health_changed',
  'exited',
  'signalled',
  'out_of_memory',
  'killed',
  'killed_during_launch',
  'unhealthy',
  'preempted',
  'group_ended',
  'start_failed',
  'image_failed',
  'artifact_failed',
  'invalid_task',
  'resources_unknown',
  'invalid_offers',
  'agent_disconnected',
  'agent_unreachable',
  'agent_returned',
  'agent_restarted',
  'agent_rebooted',
  'agent_gone',
  'agent_draining',
  'framework_removed',
  'task_unknown',
  'reconciliation',
] as const;
export type TaskReason = (typeof TASK_REASONS)[number];
