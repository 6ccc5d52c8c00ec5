/**
 * The list of what is reserved: a line for each reservation of each agent, and one for each volume on it, with the tasks
 * that hold something of it, or the one that did last. A reservation has no name: it is what has the same agent, role, maker and labels.
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
import { age } from './figures.ts';
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
  /** Of what nobody holds: who did, as far as that is still known. */
  readonly last?: LastUser | undefined;
}

export interface LastUser {
  readonly task: string;
  /** When it ended (ms since 1970). Absent: that is no longer known. */
  readonly until?: number | undefined;
}

/** Machines that are gone for good are left out, with all that was on them. */
export function reservationsIn(state: ClusterState): ReservationLine[] {
  const byAgent = Map.groupBy(state.tasks.values(), ({ agent }) => agent);
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

function reservationsOn({ name, total }: Agent, all: readonly Task[]): ReservationLine[] {
  const tasks = all.filter((task) => !isTerminal(task.state));
  const ended = all.filter((task) => isTerminal(task.state));
  const parts = Map.groupBy(
    total.filter((entry) => layersOf(entry).length > 0),
    (entry) => JSON.stringify([layersOf(entry), entry.disk?.volume?.id]),
  );
  return [...parts.values()].map((resources) => {
    const [entry] = resources as [Resource, ...Resource[]];
    const { role, kind, principal, labels } = layersOf(entry).at(-1)!;
    const volume = entry.disk?.volume;
    const users = tasks.filter((task) => holdsOf(task, resources)).map((task) => task.name);
    return {
      agent: name,
      role,
      kind,
      principal: volume?.principal ?? principal,
      labels,
      volume: volume?.id,
      resources,
      tasks: users.sort((a, b) => compareValues(naturalKey(a), naturalKey(b))),
      last: users.length === 0 ? lastUserOf(resources, labels, ended) : undefined,
    };
  });
}

/** Ended tasks are remembered for a while; of an instance's home, the label names it for good (`home=db.0-x3k9`). */
function lastUserOf(
  resources: Resources,
  labels: ReservationLine['labels'],
  ended: readonly Task[],
): LastUser | undefined {
  const users = ended.filter((task) => holdsOf(task, resources));
  const last = users.reduce<Task | undefined>((a, b) => (a && a.since >= b.since ? a : b), undefined);
  if (last) return { task: last.name, until: last.since };
  const [task] = /^[^.]+\.\d+(?=-|$)/.exec(labels?.['home'] ?? '') ?? [];
  return task === undefined ? undefined : { task };
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
  column<ReservationLine>('tasks', 'USED BY', 0, usersText, { min: 22 }),
  column<ReservationLine>(
    'unused',
    'SINCE',
    4,
    ({ last }, _, now) => (last?.until ? age(now - last.until) : '-'),
    {
      align: 'right',
      ticking: true,
    },
  ),
];

/** `db.0`, `unused, last by db.0`. */
function usersText({ tasks, last }: ReservationLine): string {
  if (tasks.length > 0) return tasks.join(' ');
  return last ? `unused, last by ${last.task}` : 'unused';
}

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
