/** How far an executor is with a task, and what cannot be done before or after that. */
import { TenderError } from '../core/errors.ts';
import type { TaskSpec } from '../core/task.ts';

export type Phase = 'launching' | 'running' | 'ended';

/** @throws TenderError `task.unknown`, `task.not_running` */
export function needRunning<E extends { readonly phase: Phase }>(
  { name }: TaskSpec,
  entry: E | undefined,
): E {
  if (!entry) throw new TenderError('task.unknown', { name });
  if (entry.phase === 'running') return entry;
  throw new TenderError('task.not_running', { name, state: entry.phase === 'ended' ? 'over' : 'starting' });
}
