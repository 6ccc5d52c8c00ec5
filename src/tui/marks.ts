/** Marking rows: verbs are then said to all of them, with one question. */
import type { Action } from './actions.ts';
import { moveBy } from './moves.ts';
import { pageOf, withPage } from './ui.ts';
import { placeOf } from './window.ts';

/** This one, or no longer; then the next row. */
export const mark: Action = (ui, context) => {
  const page = pageOf(ui);
  if (page.kind !== 'table') return { ui };
  const id = context.ids[placeOf(page.cursor, context.ids)];
  if (id === undefined || isAbove(id, context.above.length, context.ids)) return { ui };
  const marked = page.marked.includes(id) ? page.marked.filter((one) => one !== id) : [...page.marked, id];
  return moveBy(withPage(ui, { ...page, marked }), context, 1);
};

/** All from the row last marked to this one. */
export const markRange: Action = (ui, context) => {
  const page = pageOf(ui);
  if (page.kind !== 'table') return { ui };
  const here = placeOf(page.cursor, context.ids);
  const last = page.marked.at(-1);
  const from = last === undefined ? here : context.ids.indexOf(last);
  if (here < 0) return { ui };
  const start = from < 0 ? here : from;
  const range = context.ids
    .slice(Math.min(start, here), Math.max(start, here) + 1)
    .filter((id) => !isAbove(id, context.above.length, context.ids));
  return { ui: withPage(ui, { ...page, marked: [...new Set([...page.marked, ...range])] }) };
};

export const clearMarks: Action = (ui) => {
  const page = pageOf(ui);
  return { ui: page.kind === 'table' ? withPage(ui, { ...page, marked: [] }) : ui };
};

/** Those that wait for offers stand above the list, and are no rows of it. */
const isAbove = (id: string, above: number, ids: readonly string[]): boolean =>
  above > 0 && ids.indexOf(id) < above;
