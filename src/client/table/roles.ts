/**
 * The list of roles: what was said of them, and what they use. A role needs no declaration, so those are listed that a
 * framework is in, that hold something, or of which somebody has said something.
 */
import { type ClusterState, defaultRole, type RoleRecord } from '../../core/cluster.ts';
import type { Quantities } from '../../core/quantities.ts';
import { amounts } from './figures.ts';
import { holdingColumns } from './holding-columns.ts';
import { dominantOf, type Holding, holdingsOf, NO_HOLDING } from './holdings.ts';
import { naturalKey } from './natural.ts';
import { column, type Table } from './table.ts';

export function rolesIn(state: ClusterState): RoleRecord[] {
  const names = new Set([
    ...state.roles.keys(),
    ...[...state.frameworks.values()].flatMap((framework) => framework.roles),
    ...holdingsOf(state).byRole.keys(),
  ]);
  return [...names].map((role) => state.roles.get(role) ?? defaultRole(role));
}

const heldIn = ({ role }: RoleRecord, state: ClusterState): Readonly<Holding> =>
  holdingsOf(state).byRole.get(role) ?? NO_HOLDING;

/** The largest of its shares of the pool. */
export const heldShare = (record: RoleRecord, state: ClusterState): number =>
  dominantOf(heldIn(record, state), state);

const amountsOrNone = (quantities: Quantities | undefined): string => amounts(quantities ?? {}) || '-';

/** Somebody has limited it to less than it uses already. */
function isOver(record: RoleRecord, state: ClusterState): boolean {
  const held = heldIn(record, state);
  const limit = record.quota?.limit ?? {};
  return (['cpus', 'mem', 'disk'] as const).some((name) => held[name] > (limit[name] ?? held[name]));
}

const membersOf = ({ role }: RoleRecord, state: ClusterState): string =>
  [...state.frameworks.values()]
    .filter((framework) => framework.roles.includes(role))
    .map(({ id }) => id)
    .join(' ');

export const roles: Table<RoleRecord> = {
  name: 'roles',
  singular: 'role',
  toned: 'limit',
  order: 'role',
  list: ({ state }) => rolesIn(state),
  id: ({ role }) => role,
  title: ({ role }) => role,
  tone: (record, state) => (isOver(record, state) ? 'bad' : 'plain'),
  over: () => false,
  rank: () => 0,
  columns: () => [
    column('role', 'ROLE', 0, ({ role }) => role, {
      min: 12,
      letter: 'N',
      sort: ({ role }) => naturalKey(role),
    }),
    column('weight', 'WEIGHT', 1, ({ weight }) => String(weight), {
      align: 'right',
      letter: 'W',
      sort: ({ weight }) => weight,
    }),
    column('priority', 'PRIORITY', 4, ({ priority }) => String(priority), {
      align: 'right',
      letter: 'P',
      sort: ({ priority }) => priority,
    }),
    column('preemption', 'PREEMPTION', 5, ({ preemption }) => (preemption ? 'on' : 'off')),
    column('guarantee', 'GUARANTEE', 3, ({ quota }) => amountsOrNone(quota?.guarantee), { min: 17 }),
    column('limit', 'LIMIT', 3, ({ quota }) => amountsOrNone(quota?.limit), { min: 17 }),
    ...holdingColumns(2, heldIn),
    column('frameworks', 'FRAMEWORKS', 6, membersOf, { min: 10 }),
  ],
};
