/** The list of frameworks: who schedules, whether it wants offers, what it holds, and its roles' shares of the pool. */
import { type ClusterState, type Framework, wantsNothing } from '../../core/cluster.ts';
import { age, percent } from './figures.ts';
import { holdingColumns } from './holding-columns.ts';
import { type Holding, holdingsOf, NO_HOLDING } from './holdings.ts';
import { naturalKey } from './natural.ts';
import { dominantShare, weightedShare } from './shares.ts';
import { column, type Table } from './table.ts';

const held = (framework: Framework, state: ClusterState): Readonly<Holding> =>
  holdingsOf(state).byFramework.get(framework.id) ?? NO_HOLDING;

/** One that is away is waited for, and then removed. */
export function frameworkState(
  { state, since, failoverMs }: Framework,
  _: ClusterState,
  now: number,
): string {
  return state === 'connected' ? state : `${state}, removed in ${age(Math.max(0, since + failoverMs - now))}`;
}

/** `no`, `yes`: it wants no offers; or the roles in which it wants none. */
function suppression(framework: Framework): string {
  const { suppressed } = framework;
  if (suppressed.length === 0) return 'no';
  return wantsNothing(framework) ? 'yes' : `in ${suppressed.join(', ')}`;
}

/** `12%` of its only role; of several each by name. */
function weightedText({ roles }: Framework, state: ClusterState): string {
  const texts = roles.map((role) => percent(weightedShare(role, state), 1));
  return roles.length === 1 ? texts[0]! : roles.map((role, i) => `${role} ${texts[i]}`).join(', ');
}

const leastShare = ({ roles }: Framework, state: ClusterState): number =>
  roles.reduce((least, role) => Math.min(least, weightedShare(role, state)), Number.POSITIVE_INFINITY);

const offersOf = ({ id }: Framework, state: ClusterState): number => holdingsOf(state).offersOf.get(id) ?? 0;

export const frameworks: Table<Framework> = {
  name: 'frameworks',
  singular: 'framework',
  toned: 'state',
  order: 'name',
  list: ({ state }) => [...state.frameworks.values()],
  id: (framework) => framework.id,
  title: (framework) => framework.id,
  tone: (framework) => (framework.state === 'connected' ? 'good' : 'bad'),
  over: () => false,
  rank: () => 0,
  columns: () => [
    column('name', 'NAME', 0, (framework) => framework.id, {
      min: 20,
      letter: 'N',
      sort: (f) => naturalKey(f.id),
    }),
    column('state', 'STATE', 0, frameworkState, { letter: 'S', ticking: true }),
    column('suppressed', 'SUPPRESSED', 2, suppression, { min: 10, max: 32 }),
    column('offers', 'OFFERS', 5, (f, state) => String(offersOf(f, state)), {
      align: 'right',
      sort: offersOf,
    }),
    column('jobs', 'JOBS', 4, (f, state) => String(holdingsOf(state).jobsOf.get(f.id) ?? 0), {
      align: 'right',
      letter: 'J',
      sort: (f, state) => holdingsOf(state).jobsOf.get(f.id) ?? 0,
    }),
    column('tasks', 'TASKS', 2, (f, state) => String(held(f, state).tasks), {
      align: 'right',
      letter: 'T',
      sort: (f, state) => held(f, state).tasks,
    }),
    column('share', 'SHARE', 1, (f, state) => percent(dominantShare(f, state), 1), {
      align: 'right',
      letter: 'H',
      sort: dominantShare,
    }),
    column('weighted', 'WEIGHTED', 2, weightedText, {
      align: 'right',
      min: 16,
      want: 24,
      max: 36,
      cutAt: 'item',
      letter: 'W',
      sort: leastShare,
    }),
    ...holdingColumns(3, held),
    column('kinds', 'KINDS', 7, (framework) => framework.kinds.join(' '), { min: 8 }),
    column('roles', 'ROLES', 6, (framework) => framework.roles.join(' '), { min: 8 }),
    column('age', 'SINCE', 5, (framework, _, now) => age(now - framework.since), {
      align: 'right',
      letter: 'A',
      ticking: true,
      sort: (framework) => -framework.since,
    }),
    column('verbs', 'VERBS', 8, (framework) => framework.verbs.map((verb) => verb.name).join(' '), {
      min: 8,
      max: 40,
    }),
  ],
};
