/**
 * The list of what is reserved: a line for each reservation of each agent, and one for each volume on it, with the tasks
 * that hold something of it. A reservation has no name: it is what has the same agent, role, maker and labels.
 */

import type { Agent, ClusterState } from '../../core/cluster.ts';
import {
  layersOf,
  type Reservation,
  type Resource,
  type Resources,
  sameResource,
} from '../../core/resources.ts';
import type { Task } from '../../core/task.ts';
import { isTerminal } from '../../core/task-state.ts';
import { contentsText } from '../resources-said.ts';
import { compareValues, naturalKey } from './natural.ts';
import { column, type Table } from './table.ts';

export interface ReservationLine {
  readonly agent: string;
  readonly role: string;
  /** Static: by the agent's own configuration. */
  readonly kind: Reservation['kind'];
  /** Who made it. */
  readonly principal?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** The id of a volume; its disk is on no other line. */
  readonly volume?: string | undefined;
  readonly resources: Resources;
  /** Names of those that hold something of it. */
  readonly tasks: readonly string[];
}

/** Machines that are gone for good are left out, with all that was on them. */
export function reservationsIn(state: ClusterState): ReservationLine[] {
  const open = [...state.tasks.values()].filter((task) => !isTerminal(task.state));
  const byAgent = Map.groupBy(open, ({ agent }) => agent);
  const lines = [...state.agents.values()]
    .filter((agent) => agent.state !== 'gone')
    .flatMap((agent) => reservationsOn(agent, byAgent.get(agent.id) ?? []));
  return lines
    .map((line) => ({ line, key: orderOf(line) }))
    .sort((a, b) => compareValues(a.key, b.key))
    .map(({ line }) => line);
}

const orderOf = ({ agent, role, principal = '', labels, volume = '' }: ReservationLine): string =>
  naturalKey([agent, role, principal, labelsText(labels), volume].join('\0'));

function reservationsOn({ name, total }: Agent, tasks: readonly Task[]): ReservationLine[] {
  const parts = Map.groupBy(
    total.filter((entry) => layersOf(entry).length > 0),
    (entry) => JSON.stringify([layersOf(entry), entry.disk?.volume?.id]),
  );
  return [...parts.values()].map((resources) => {
    const [entry] = resources as [Resource, ...Resource[]];
    const { role, kind, principal, labels } = layersOf(entry).at(-1)!;
    const volume = entry.disk?.volume;
    return {
      agent: name,
      role,
      kind,
      principal: volume?.principal ?? principal,
      labels,
      volume: volume?.id,
      resources,
      tasks: tasks
        .filter((task) => holdsOf(task, resources))
        .map((task) => task.name)
        .sort((a, b) => compareValues(naturalKey(a), naturalKey(b))),
    };
  });
}

const holdsOf = (task: Task, resources: Resources): boolean =>
  task.resources.some((held) => resources.some((entry) => sameResource(held, entry)));

export const labelsText = (labels: Reservation['labels'] = {}): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(' ');

export const RESERVATION_COLUMNS = [
  column<ReservationLine>('agent', 'AGENT', 0, ({ agent }) => agent, { min: 12, want: 24, cutAt: 'middle' }),
  column<ReservationLine>('role', 'ROLE', 0, ({ role }) => role, { min: 8 }),
  column<ReservationLine>('by', 'BY', 5, ({ kind, principal }) =>
    kind === 'static' ? 'its agent' : (principal ?? '-'),
  ),
  column<ReservationLine>('labels', 'LABELS', 6, ({ labels }) => labelsText(labels) || '-', { min: 24 }),
  column<ReservationLine>('holds', 'HOLDS', 0, ({ resources }) => contentsText(resources), {
    min: 20,
    cutAt: 'item',
  }),
  column<ReservationLine>('volume', 'VOLUME', 2, ({ volume }) => volume ?? '-', { min: 12, cutAt: 'middle' }),
  column<ReservationLine>('tasks', 'USED BY', 0, ({ tasks }) => tasks.join(' ') || 'unused', { min: 10 }),
];

/** Reservations and the volumes on them. */
export const volumes: Table<ReservationLine> = {
  name: 'volumes',
  singular: 'reservation',
  toned: 'tasks',
  order: 'agent',
  list: ({ state }) => reservationsIn(state),
  id: orderOf,
  title: ({ agent, role, volume }) => volume ?? `${role} on ${agent}`,
  tone: ({ tasks }) => (tasks.length > 0 ? 'good' : 'faint'),
  over: () => false,
  rank: () => 0,
  columns: () => RESERVATION_COLUMNS.map((one) => ({ ...one, ...(LETTERS[one.key] ?? {}) })),
};

const LETTERS: Readonly<Record<string, { readonly letter: string; readonly priority?: number }>> = {
  agent: { letter: 'W' },
  role: { letter: 'R' },
  volume: { letter: 'N' },
  tasks: { letter: 'T' },
};
