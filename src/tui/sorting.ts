/** Sorting: by a column's letter, or by any column, picked with shift-left and shift-right. Again: the other way. */
import { defaultOrder, type Order, type TableName, tableOf } from '../client/tables.ts';
import type { ClusterState } from '../core/cluster.ts';
import type { Action } from './actions.ts';
import { columnsOf } from './columns.ts';
import { pageOf, withPage } from './ui.ts';

/** What a column is called where there is no room above it: its title in small letters. */
const nameOf = (table: TableName, key: string, state: ClusterState): string =>
  (
    tableOf(table)
      .columns(state)
      .find((column) => column.key === key)?.title ?? key
  ).toLowerCase();

export const arrowOf = ({ descending }: Order): string => (descending ? '↓' : '↑');

/** `by last runs ↓` */
export const orderText = (table: TableName, order: Order, state: ClusterState): string =>
  `by ${nameOf(table, order.key, state)} ${arrowOf(order)}`;

/** Of figures one looks for the largest first; times and words begin with the next and the first. */
const isFigure = (table: TableName, key: string, state: ClusterState): boolean =>
  tableOf(table)
    .columns(state)
    .some((column) => column.key === key && column.align === 'right' && !column.ticking);

export const sort: Action = (ui, { client }, column) => {
  const page = pageOf(ui);
  if (page.kind !== 'table') return { ui };
  const by = ui.orders[page.table] ?? defaultOrder(tableOf(page.table));
  const again = ui.orders[page.table] !== undefined && by.key === column;
  const descending = again ? !by.descending : isFigure(page.table, column, client.state);
  const orders = { ...ui.orders, [page.table]: { key: column, descending } };
  return { ui: withPage({ ...ui, orders }, { ...page, cursor: { index: 0 }, top: 0 }) };
};

export const pick =
  (by: 1 | -1): Action =>
  (ui, { client }) => {
    const page = pageOf(ui);
    if (page.kind !== 'table') return { ui };
    const keys = columnsOf(ui, page.table, client.state).map((c) => c.key);
    const from = keys.indexOf(page.picked ?? ui.orders[page.table]?.key ?? '');
    const next = keys[(from < 0 ? (by > 0 ? 0 : keys.length - 1) : from + by + keys.length) % keys.length]!;
    const text = `shift-o sorts by ${nameOf(page.table, next, client.state)}`;
    const notice = { tone: 'plain', text } as const;
    return { ui: withPage({ ...ui, notice }, { ...page, picked: next }) };
  };

/** By the picked column; by the one it is sorted by, the other way. */
export const sortPicked: Action = (ui, context) => {
  const page = pageOf(ui);
  if (page.kind !== 'table') return { ui };
  const by = page.picked ?? (ui.orders[page.table] ?? defaultOrder(tableOf(page.table))).key;
  return sort(ui, context, by);
};
