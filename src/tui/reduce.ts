/**
 * One key in, the next state of the screen out, and perhaps one effect on the world. Pure: given the same state, key
 * and context it always does the same. A dialog takes all keys, then a menu, then a prompt, then the table of keys.
 */
import { ACTIONS, type Step } from './actions.ts';
import { chooserKey } from './columns.ts';
import type { Context } from './context.ts';
import { type Binding, bindingFor, placeOf } from './keys.ts';
import { menuKey } from './menu.ts';
import { promptKey } from './prompt.ts';
import { type Notice, pageOf, type Ui } from './ui.ts';

export function reduce(ui: Ui, key: string, context: Context): Step {
  const step = pressed(ui, key, context);
  return step.effect?.kind === 'verb' ? { ...step, ui: unmarked(step.ui) } : step;
}

function pressed(ui: Ui, key: string, context: Context): Step {
  if (key === 'ctrl-c') return { ui, effect: { kind: 'quit' } };
  if (key === 'ctrl-z') return { ui, effect: { kind: 'suspend' } };
  if (ui.dialog) return dialogKey(ui, key);
  const calm = ui.notice ? { ...ui, notice: undefined } : ui;
  if (ui.menu) return menuKey(calm, ui.menu, key, context);
  if (ui.chooser) return chooserKey(calm, ui.chooser, key);
  if (ui.prompt) return promptKey(ui, ui.prompt, key, context);
  const page = pageOf(ui);
  const binding = bindingFor(key, placeOf(page), context);
  if (binding) return ACTIONS[binding.action](calm, context, binding.with ?? '');
  const kept = context.readOnly ? bindingFor(key, placeOf(page), { ...context, readOnly: false }) : undefined;
  return kept ? { ui: { ...calm, notice: only(kept) } } : { ui: calm };
}

/** Whoever presses it by habit is told why nothing happens. */
const only = ({ help }: Binding): Notice => ({
  tone: 'plain',
  text: `read-only: nothing is changed here (${help})`,
});

/** What was said to marked rows was said: the marks have done their work. */
const unmarked = (ui: Ui): Ui => ({
  ...ui,
  pages: ui.pages.map((page) =>
    page.kind === 'table' && page.marked.length > 0 ? { ...page, marked: [] } : page,
  ),
});

/** Enter does what has the focus; only an explicit move (or `y`) away from Cancel destroys anything. */
function dialogKey(ui: Ui, key: string): Step {
  const dialog = ui.dialog!;
  const closed = { ...ui, dialog: undefined };
  switch (key) {
    case 'left':
    case 'right':
    case 'tab':
    case 'shift-tab':
    case 'h':
    case 'l':
      return {
        ui: { ...ui, dialog: { ...dialog, focus: dialog.focus === 'cancel' ? 'confirm' : 'cancel' } },
      };
    case 'enter':
      return dialog.focus === 'confirm' ? { ui: closed, effect: dialog.effect } : { ui: closed };
    case 'y':
      return { ui: closed, effect: dialog.effect };
    case 'esc':
    case 'n':
    case 'q':
      return { ui: closed };
    default:
      return { ui };
  }
}
