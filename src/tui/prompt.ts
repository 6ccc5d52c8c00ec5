/** Typing: `/` filters while one types, `:` is completed with tab, remembers what was typed, and runs on enter. */
import type { Step } from './actions.ts';
import { complete, runCommand } from './commands.ts';
import type { Context } from './context.ts';
import { typed } from './key-names.ts';
import { toMatch } from './log-actions.ts';
import { type Prompt, pageOf, type Ui, withPage } from './ui.ts';

const HISTORY_KEPT = 100;

export function promptKey(ui: Ui, prompt: Prompt, key: string, context: Context): Step {
  switch (key) {
    case 'esc':
      return { ui: { ...withText(ui, { ...prompt, text: prompt.before }), prompt: undefined } };
    case 'enter':
      return enter(ui, prompt, context);
    case 'backspace':
    case 'delete':
      // As in vi and k9s: rubbing out an empty prompt leaves it.
      return prompt.text === ''
        ? { ui: { ...ui, prompt: undefined } }
        : { ui: withText(ui, { ...prompt, text: shorter(prompt.text) }) };
    case 'ctrl-u':
      return { ui: withText(ui, { ...prompt, text: '' }) };
    case 'ctrl-w':
      return { ui: withText(ui, { ...prompt, text: prompt.text.replace(/\S*\s*$/, '') }) };
    case 'tab':
    case 'right':
      return {
        ui: prompt.kind === 'command' ? withText(ui, { ...prompt, text: accepted(prompt, context) }) : ui,
      };
    case 'up':
    case 'down':
      return { ui: prompt.kind === 'command' ? recall(ui, prompt, key === 'up' ? 1 : -1) : ui };
    default: {
      const character = typed(key);
      return {
        ui: character === undefined ? ui : withText(ui, { ...prompt, text: prompt.text + character }),
      };
    }
  }
}

const shorter = (text: string): string => [...text].slice(0, -1).join('');

const accepted = (prompt: Prompt, context: Context): string =>
  complete(prompt.text, context)[0] ?? prompt.text;

/** A filter works while it is typed. */
function withText(ui: Ui, prompt: Prompt): Ui {
  const page = pageOf(ui);
  const next = { ...ui, prompt };
  if (prompt.kind === 'search' && page.kind === 'logs')
    return withPage(next, { ...page, search: prompt.text, found: undefined });
  if (prompt.kind !== 'filter') return next;
  if (page.kind === 'table')
    return withPage(next, { ...page, filter: prompt.text, top: 0, cursor: { index: 0 } });
  return page.kind === 'logs' ? withPage(next, { ...page, filter: prompt.text, up: 0, skip: 0 }) : next;
}

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
  return { ...ui, prompt: { ...prompt, back, text: back === 0 ? '' : (ui.history.at(-back) ?? '') } };
}
