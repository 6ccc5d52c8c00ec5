/** What the last word on a task says of it. */
import type { Instance, TaskStatus } from 'tender/framework';

/**
 * It has certainly not run: it was dropped on its way; its agent did not have what it was to run on; or the master knows
 * nothing of it while its agent is there, which tells of all that it ever started and whose end was not acknowledged.
 */
export const neverRan = ({ state, reason }: TaskStatus): boolean =>
  state === 'DROPPED' ||
  state === 'ERROR' ||
  reason === 'resources_unknown' ||
  (state === 'GONE' && reason === 'reconciliation');

/** An instance has ended that nobody wanted to end. The agent also kills what is unhealthy. */
export function isFailure({ state }: Instance, status: TaskStatus): boolean {
  if (status.state === 'ERROR') return true;
  if (neverRan(status)) return false;
  return status.reason === 'unhealthy' || (state !== 'KILLING' && status.state !== 'KILLED');
}

/** What was to run has not, or not well: where it was, the same may happen at once again. */
export const isInVain = (instance: Instance, status: TaskStatus): boolean =>
  isFailure(instance, status) || (neverRan(status) && instance.state !== 'KILLING');
