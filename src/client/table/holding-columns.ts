/** What somebody holds of the pool, as columns: the same for frameworks and for roles. */
import type { ClusterState } from '../../core/cluster.ts';
import { cpus, size } from './figures.ts';
import type { Holding } from './holdings.ts';
import { type Column, column } from './table.ts';

/** @param priority of both: on a narrow screen the highest goes first */
export const holdingColumns = <R>(
  priority: number,
  heldBy: (record: R, state: ClusterState) => Readonly<Holding>,
): Column<R>[] => [
  column('cpus', 'CPUS', priority, (record, state) => cpus(heldBy(record, state).cpus), {
    align: 'right',
    letter: 'C',
    sort: (record, state) => heldBy(record, state).cpus,
  }),
  column('mem', 'MEM', priority, (record, state) => size(heldBy(record, state).mem / 1000), {
    align: 'right',
    letter: 'M',
    sort: (record, state) => heldBy(record, state).mem,
  }),
];
