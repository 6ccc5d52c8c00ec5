/** Moving: the cursor on lists, the text on pages that are read, the view of the log. */
import type { Step } from './actions.ts';
import type { Context } from './context.ts';
import { scrollLog, topOfLog } from './log-actions.ts';
import { pageOf, type Ui, withPage } from './ui.ts';
import { placeOf, scrolled, topFor } from './window.ts';

const clamp = (n: number, low: number, high: number): number => Math.max(low, Math.min(high, n));

export function moveBy(ui: Ui, context: Context, by: number): Step {
  const page = pageOf(ui);
  const { ids, height, length } = context;
  switch (page.kind) {
    case 'overview':
    case 'table':
      return toRow(ui, context, placeOf(page.cursor, ids) + by);
    case 'logs':
      return { ui: withPage(ui, scrollLog(page, context, by)) };
    default:
      return { ui: withPage(ui, { ...page, top: scrolled(page.top, by, height, length) }) };
  }
}

export function moveTo(ui: Ui, context: Context, end: 'first' | 'last'): Step {
  const page = pageOf(ui);
  if (page.kind === 'overview' || page.kind === 'table')
    return toRow(ui, context, end === 'first' ? 0 : context.ids.length - 1);
  if (page.kind === 'logs' && end === 'last')
    return { ui: withPage(ui, { ...page, up: 0, skip: 0, follow: true }) };
  if (page.kind === 'logs') return { ui: withPage(ui, topOfLog(page, context)) };
  return moveBy(ui, context, end === 'first' ? -context.length : context.length);
}

function toRow(ui: Ui, { ids, above, height }: Context, wished: number): Step {
  const page = pageOf(ui);
  if (page.kind !== 'overview' && page.kind !== 'table') return { ui };
  if (ids.length === 0) return { ui };
  const index = clamp(wished, 0, ids.length - 1);
  const cursor = { id: ids[index], index };
  const top = topFor(page.top, index - above.length, height, ids.length - above.length);
  return { ui: withPage(ui, { ...page, cursor, top }) };
}
