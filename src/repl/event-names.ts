/**
 * The events that `on` can hear: all that the cluster tells, by their types; and, since people care most about what
 * becomes of tasks and agents, one for each state of theirs: `task.failed`, `agent.unreachable`.
 */
import { meant } from '../client/names.ts';
import type { ClusterState } from '../core/cluster.ts';
import { TenderError } from '../core/errors.ts';
import type { Event, EventOf, EventType } from '../core/events.ts';
import { TASK_STATES, type TaskState } from '../core/task-state.ts';
import type { ListName } from './lists.ts';

/** What a handler is given first: a thing of that list, by its id; undefined: the event itself. */
type Subject = readonly [list: ListName, id: string] | undefined;

const SUBJECTS: { readonly [T in EventType]: (event: EventOf<T>) => Subject } = {
  'master.started': () => undefined,
  'agent.registered': ({ agent }) => ['agents', agent.id],
  'agent.state': ({ agent }) => ['agents', agent],
  'agent.forgotten': () => undefined,
  'agent.withdrawn': ({ agent }) => ['agents', agent],
  'agents.lost': () => undefined,
  'agent.total': ({ agent }) => ['agents', agent],
  'agent.usage': ({ agent }) => ['agents', agent],
  'framework.subscribed': ({ framework }) => ['frameworks', framework.id],
  'framework.recovered': ({ framework }) => ['frameworks', framework.id],
  'framework.removed': () => undefined,
  'framework.disconnected': ({ framework }) => ['frameworks', framework],
  'framework.roles': ({ framework }) => ['frameworks', framework],
  'framework.suppressed': ({ framework }) => ['frameworks', framework],
  'framework.error': ({ framework }) => ['frameworks', framework],
  'plugin.changed': () => undefined,
  'offer.made': ({ offer }) => ['offers', offer.id],
  'offer.ended': () => undefined,
  'task.launched': ({ task }) => ['tasks', task.id],
  'task.status': ({ status }) => ['tasks', status.task],
  'task.closed': ({ task }) => ['tasks', task],
  'preemption.proposed': () => undefined,
  'preemption.ended': () => undefined,
  'job.changed': ({ job }) => ['jobs', job.name],
  'job.removed': () => undefined,
  'job.decided': ({ job }) => ['jobs', job],
  'member.admitted': () => undefined,
  'member.revoked': () => undefined,
  'role.changed': ({ role }) => ['roles', role.role],
  'role.removed': () => undefined,
  'peer.refused': () => undefined,
  'master.warning': () => undefined,
};

const AGENT_NEWS = [
  'ready',
  'disconnected',
  'unreachable',
  'gone',
  'draining',
  'drained',
  'deactivated',
  'activated',
];

export const EVENT_NAMES: readonly string[] = [
  ...Object.keys(SUBJECTS),
  ...TASK_STATES.map((state) => `task.${state.toLowerCase()}`),
  ...AGENT_NEWS.map((state) => `agent.${state}`),
].sort();

/** @throws TenderError `event.unknown` */
export function checkEventName(name: string): void {
  if (!EVENT_NAMES.includes(name))
    throw new TenderError('event.unknown', { name, hint: meant(name, EVENT_NAMES) });
}

export const subjectOf = <T extends EventType>(event: EventOf<T>): Subject =>
  (SUBJECTS[event.type] as (event: EventOf<T>) => Subject)(event);

/** The states that tasks were last known in: the same one said again is no news. */
export class EventReader {
  readonly #states = new Map<string, TaskState>();

  constructor(state: ClusterState) {
    this.begin(state);
  }

  /** All may be different. */
  begin(state: ClusterState): void {
    this.#states.clear();
    for (const task of state.tasks.values()) this.#states.set(task.id, task.state);
  }

  /** Under which names an event is told. */
  namesOf(event: Event): string[] {
    switch (event.type) {
      case 'task.launched':
        return [event.type, ...this.#become(event.task.id, event.task.state)];
      case 'task.status':
        return [event.type, ...this.#become(event.status.task, event.status.state)];
      case 'task.closed':
        this.#states.delete(event.task);
        return [event.type];
      case 'agent.state':
        return [event.type, `agent.${event.state}`];
      case 'agent.withdrawn':
        return [event.type, `agent.${event.withdrawn?.state ?? 'activated'}`];
      default:
        return [event.type];
    }
  }

  #become(task: string, state: TaskState): string[] {
    if (this.#states.get(task) === state) return [];
    this.#states.set(task, state);
    return [`task.${state.toLowerCase()}`];
  }
}
