/** Sorting: by a column's letter, or by any column, picked with shift-left and shift-right. Again: the other way. */
import { defaultOrder, tableOf } from '../client/tables.ts';
import type { Action } from './actions.ts';
import { columnsOf } from './columns.ts';
import { pageOf, withPage } from './ui.ts';

export const sort: Action = (ui, _, column) => {
  const page = pageOf(ui);
  if (page.kind !== 'table') return { ui };
  const by = ui.orders[page.table] ?? defaultOrder(tableOf(page.table));
  const again = ui.orders[page.table] !== undefined && by.key === column;
  const orders = { ...ui.orders, [page.table]: { key: column, descending: again ? !by.descending : false } };
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
    const notice = { tone: 'plain', text: `shift-o sorts by ${next.replace('framework.', '')}` } as const;
    return { ui: withPage({ ...ui, notice }, { ...page, picked: next }) };
  };

/** By the picked column; by the one it is sorted by, the other way. */
export const sortPicked: Action = (ui, context) => {
  const page = pageOf(ui);
  if (page.kind !== 'table') return { ui };
  const by = page.picked ?? (ui.orders[page.table] ?? defaultOrder(tableOf(page.table))).key;
  return sort(ui, context, by);
};
