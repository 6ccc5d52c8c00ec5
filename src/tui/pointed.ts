/** What a click or the wheel does: a row is chosen, a chosen row opened, a view taken by its name above. Pure. */
import { ACTIONS, type Step } from './actions.ts';
import { tabAt } from './chrome.ts';
import type { Context } from './context.ts';
import type { Line } from './line.ts';
import type { MouseEvent } from './mouse.ts';
import { moveBy } from './moves.ts';
import { goTo, pageOf, type Ui } from './ui.ts';
import { pageOfView } from './views.ts';
import { placeOf } from './window.ts';

/** Rows for one notch of the wheel. */
const NOTCH = 3;

/** @param lines what is on the screen */
export function pointed(ui: Ui, event: MouseEvent, lines: readonly Line[], context: Context): Step {
  // A question is answered by keys: a click beside it must not do anything.
  if (ui.dialog || ui.menu || ui.chooser || ui.prompt) return { ui };
  if (event.kind === 'wheel') return moveBy(ui, context, NOTCH * event.by);
  const page = pageOf(ui);
  const { size } = context;
  if (event.row === 1) {
    const view = tabAt(event.column, ui, context);
    return { ui: view ? goTo(ui, pageOfView(view)) : ui };
  }
  const { id, idCells = size.columns } = lines[event.row] ?? {};
  if (id === undefined || event.column >= idCells || (page.kind !== 'table' && page.kind !== 'overview'))
    return { ui };
  const here = placeOf(page.cursor, context.ids);
  const there = context.ids.indexOf(id);
  return there === here ? ACTIONS.open(ui, context, '') : moveBy(ui, context, there - here);
}
