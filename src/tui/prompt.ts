/** Typing: `/` filters while one types, `:` is completed with tab, remembers what was typed, and runs on enter. */
import type { Step } from './actions.ts';
import { runCommand } from './commands.ts';
import { complete } from './complete.ts';
import type { Context } from './context.ts';
import { showMatch } from './find.ts';
import { type Edited, editKey, inserted, pastedLine } from './line-editor.ts';
import { toMatch } from './log-actions.ts';
import { type Prompt, pageOf, type Ui, withPage } from './ui.ts';

export const HISTORY_KEPT = 100;

export function promptKey(ui: Ui, prompt: Prompt, key: string, context: Context): Step {
  const isCommand = prompt.kind === 'command';
  switch (key) {
    case 'esc':
      return { ui: { ...withText(ui, prompt, prompt.before, context), prompt: undefined } };
    case 'enter':
      return enter(ui, prompt, context);
    case 'backspace':
      // As in vi and k9s: rubbing out an empty prompt leaves it.
      if (prompt.text === '') return { ui: { ...ui, prompt: undefined } };
      break;
    case 'tab':
      return { ui: isCommand ? cycled(ui, prompt, context, 1) : ui };
    case 'shift-tab':
      return { ui: isCommand ? cycled(ui, prompt, context, -1) : ui };
    case 'right':
    case 'end':
    case 'ctrl-e':
    case 'ctrl-f':
      // At the end there is nothing to go on to but what tab would make of it.
      if (isCommand && !prompt.behind)
        return { ui: withText(ui, prompt, accepted(ui, prompt, context), context) };
      break;
    case 'up':
    case 'ctrl-p':
      return { ui: isCommand ? recall(ui, prompt, 1) : ui };
    case 'down':
    case 'ctrl-n':
      return { ui: isCommand ? recall(ui, prompt, -1) : ui };
    default:
  }
  const edited = editKey(prompt, key);
  return { ui: edited ? withLine(ui, prompt, edited, context) : ui };
}

/** Into what one types; where nothing is typed it is no keys, whatever letters it has. */
export function pasted(ui: Ui, text: string, context: Context): Ui {
  const line = pastedLine(text);
  if (line === '' || ui.dialog || ui.chooser) return ui;
  if (ui.menu) return { ...ui, menu: { filter: ui.menu.filter + line, at: 0 } };
  if (ui.prompt) return withLine(ui, ui.prompt, inserted(ui.prompt, line), context);
  const said = 'what is pasted goes where one types: press : or / first';
  return { ...ui, notice: { tone: 'plain', text: said } };
}

const accepted = (ui: Ui, prompt: Prompt, context: Context): string =>
  complete(prompt.text, context, ui.history)[0] ?? prompt.text;

/** Tab again: the next of those that fit what had been typed. */
function cycled(ui: Ui, prompt: Prompt, context: Context, by: 1 | -1): Ui {
  const text = prompt.tabbed?.text ?? prompt.text;
  const all = complete(text, context, ui.history);
  if (all.length === 0) return ui;
  const times = prompt.tabbed ? prompt.tabbed.times + by : by > 0 ? 0 : -1;
  const chosen = all.at(times % all.length)!;
  // What it must be is done with: tab goes on to what follows it.
  const next =
    all.length === 1
      ? { text: chosen.includes(' ') ? chosen : `${chosen} `, tabbed: undefined }
      : { text: chosen, tabbed: { text, times } };
  return { ...ui, prompt: { ...prompt, ...next, behind: undefined } };
}

/** A filter works while it is typed, and a search shows what it would find. */
function withLine(ui: Ui, prompt: Prompt, { text, behind }: Edited, context: Context): Ui {
  const page = pageOf(ui);
  const next: Ui = { ...ui, prompt: { ...prompt, text, behind, tabbed: undefined } };
  if (text === prompt.text) return next;
  if (prompt.kind === 'find') return showMatch(next, text, context);
  if (prompt.kind === 'search' && page.kind === 'logs')
    return withPage(next, { ...page, search: text, found: undefined });
  if (prompt.kind !== 'filter') return next;
  if (page.kind === 'table')
    return withPage(next, { ...page, filter: text, top: 0, cursor: { ...page.cursor, index: 0 } });
  return page.kind === 'logs' ? withPage(next, { ...page, filter: text, up: 0, skip: 0 }) : next;
}

const withText = (ui: Ui, prompt: Prompt, text: string, context: Context): Ui =>
  withLine(ui, prompt, { text }, context);

function enter(ui: Ui, prompt: Prompt, context: Context): Step {
  const closed: Ui = { ...ui, prompt: undefined };
  const text = prompt.text.trim();
  if (prompt.kind === 'search' && text !== '') return toMatch(closed, context, -1);
  if (prompt.kind !== 'command' || text === '') return { ui: closed };
  const history = [...ui.history.filter((old) => old !== text), text].slice(-HISTORY_KEPT);
  return runCommand({ ...closed, history, notice: undefined }, text, context);
}

function recall(ui: Ui, prompt: Prompt, by: number): Ui {
  const back = Math.max(0, Math.min(ui.history.length, prompt.back + by));
  // What was typed and not yet said is not lost to a look at what was said before.
  const draft = prompt.back === 0 ? prompt.text : (prompt.draft ?? '');
  const text = back === 0 ? draft : (ui.history.at(-back) ?? '');
  return { ...ui, prompt: { ...prompt, back, draft, text, behind: undefined, tabbed: undefined } };
}
