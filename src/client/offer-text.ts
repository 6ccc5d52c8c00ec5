/** What became of an offer, in words: for lists, details and events alike. */
import type { ClusterState, OfferEnd } from '../core/cluster.ts';
import type { TaskId } from '../core/task.ts';
import { momentText } from './table/figures.ts';

/** So many tasks are called by name. */
const NAMED = 4;

/** `web.2-k3x9` → `web.2` where the task itself is forgotten. */
export const taskName = (state: ClusterState, id: TaskId): string =>
  state.tasks.get(id)?.name ?? id.replace(/-[^-]*$/, '');

/** `accepted for web.2, web.3`, `declined until 14:03:09`, `rescinded: the agent was declared gone`. */
export function endText(end: OfferEnd, state: ClusterState): string {
  const { outcome, why, tasks = [] } = end;
  if (outcome === 'accepted') {
    const use = [tasksText(tasks, state), why].filter((part) => part !== '');
    return use.length === 0 ? outcome : `accepted for ${use.join('; ')}`;
  }
  const until = refusedUntil(end);
  const said = until === undefined ? outcome : `${outcome} until ${until}`;
  return why === '' ? said : `${said}: ${why}`;
}

/** The time of day; the day, where it is another one than that of the answer. */
export const refusedUntil = ({ until, at }: OfferEnd): string | undefined =>
  until === undefined ? undefined : momentText(until, at).trimEnd();

function tasksText(tasks: readonly TaskId[], state: ClusterState): string {
  const names = tasks.map((id) => taskName(state, id));
  if (names.length <= NAMED) return names.join(', ');
  return `${names.slice(0, NAMED - 1).join(', ')} and ${names.length - NAMED + 1} more`;
}
