/** What each action of the key table does to the screen. Moving lives in moves.ts, changing jobs in job-actions.ts. */
import { defaultOrder, tableOf } from '../client/tables.ts';
import type { OfferScope } from '../client/why-offered.ts';
import type { OfferId } from '../core/task.ts';
import type { Context } from './context.ts';
import { fewer, more, stop } from './job-actions.ts';
import { LOG_ACTIONS, logsPage } from './log-actions.ts';
import { moveBy, moveTo } from './moves.ts';
import { subjectOf, taskOf } from './subject.ts';
import { type Effect, goTo, pageOf, pushPage, tablePage, type Ui, withPage } from './ui.ts';
import { findView, pageOfView } from './views.ts';

export interface Step {
  readonly ui: Ui;
  readonly effect?: Effect | undefined;
}

export type Action = (ui: Ui, context: Context, argument: string) => Step;

const open: Action = (ui, context, argument) => {
  const subject = subjectOf(pageOf(ui), context);
  if (!subject) return { ui };
  const { id, title } = subject;
  if (subject.role !== undefined) return why(ui, context, argument);
  switch (subject.table) {
    case 'jobs':
      return { ui: pushPage(ui, tablePage('tasks', { of: { kind: 'job', id, title } })) };
    case 'agents':
      return { ui: pushPage(ui, tablePage('tasks', { of: { kind: 'agent', id, title } })) };
    case 'frameworks':
      return { ui: pushPage(ui, tablePage('jobs', { of: { kind: 'framework', id, title } })) };
    default:
      return detail(ui, context, argument);
  }
};

const detail: Action = (ui, context) => {
  const subject = subjectOf(pageOf(ui), context);
  if (!subject) return { ui };
  const { table, id, title } = subject;
  return { ui: pushPage(ui, { kind: 'detail', table, id, title, top: 0 }) };
};

const logs: Action = (ui, context) => {
  const subject = subjectOf(pageOf(ui), context);
  if (!subject || (subject.table !== 'jobs' && subject.table !== 'tasks')) return { ui };
  return { ui: pushPage(ui, logsPage(subject.table === 'tasks' ? subject.id : subject.title)) };
};

/** Who shows the page asks for the answer (questions.ts). */
export const askWhy = (ui: Ui, name: string, of?: OfferScope): Step => ({
  ui: pushPage(ui, { kind: 'why', name, of, top: 0 }),
});

const why: Action = (ui, context) => {
  const subject = subjectOf(pageOf(ui), context);
  if (!subject) return { ui };
  const { table, id, title, role } = subject;
  switch (table) {
    case 'jobs':
    case 'tasks':
      return askWhy(ui, title);
    case 'frameworks':
      return askWhy(ui, title, { framework: id, role });
    case 'roles':
      return askWhy(ui, `role ${title}`, { role: id });
    case 'offers': {
      const offer = context.client.state.offers.get(id as OfferId);
      return offer ? askWhy(ui, offer.framework, { framework: offer.framework, role: offer.role }) : { ui };
    }
    default:
      return { ui };
  }
};

const filter: Action = (ui) => {
  const page = pageOf(ui);
  const before = page.kind === 'table' || page.kind === 'logs' ? page.filter : '';
  return { ui: { ...ui, prompt: { kind: 'filter', text: before, before, back: 0 } } };
};

const sort: Action = (ui, _, column) => {
  const page = pageOf(ui);
  if (page.kind !== 'table') return { ui };
  const by = ui.orders[page.table] ?? defaultOrder(tableOf(page.table));
  const again = ui.orders[page.table] !== undefined && by.key === column;
  const orders = { ...ui.orders, [page.table]: { key: column, descending: again ? !by.descending : false } };
  return { ui: withPage({ ...ui, orders }, { ...page, cursor: { index: 0 }, top: 0 }) };
};

const shell: Action = (ui, context) => {
  const task = taskOf(subjectOf(pageOf(ui), context), context.client.state);
  return task ? { ui, effect: { kind: 'shell', task: task.id } } : { ui };
};

const back: Action = (ui) => {
  const page = pageOf(ui);
  if (page.kind === 'logs' && page.search !== '')
    return { ui: withPage(ui, { ...page, search: '', found: undefined }) };
  if ((page.kind === 'table' || page.kind === 'logs') && page.filter !== '')
    return { ui: withPage(ui, { ...page, filter: '' }) };
  if (page.kind === 'logs' && page.full) return { ui: withPage(ui, { ...page, full: false }) };
  return { ui: ui.pages.length > 1 ? { ...ui, pages: ui.pages.slice(0, -1) } : ui };
};

export const ACTIONS = {
  open,
  detail,
  logs,
  why,
  filter,
  sort,
  shell,
  more,
  fewer,
  stop,
  back,
  ...LOG_ACTIONS,
  down: (ui, context) => moveBy(ui, context, 1),
  up: (ui, context) => moveBy(ui, context, -1),
  pageDown: (ui, context) => moveBy(ui, context, Math.max(1, context.height - 1)),
  pageUp: (ui, context) => moveBy(ui, context, -Math.max(1, context.height - 1)),
  first: (ui, context) => moveTo(ui, context, 'first'),
  last: (ui, context) => moveTo(ui, context, 'last'),
  view: (ui, _, name) => ({ ui: goTo(ui, pageOfView(findView(name)!)) }),
  command: (ui) => ({ ui: { ...ui, prompt: { kind: 'command', text: '', before: '', back: 0 } } }),
  help: (ui) => ({ ui: pageOf(ui).kind === 'help' ? ui : pushPage(ui, { kind: 'help', top: 0 }) }),
  repl: (ui) => ({ ui, effect: { kind: 'repl' } }),
  leave: (ui) =>
    ui.pages.length > 1 ? { ui: { ...ui, pages: ui.pages.slice(0, -1) } } : { ui, effect: { kind: 'quit' } },
  quit: (ui) => ({ ui, effect: { kind: 'quit' } }),
} as const satisfies Record<string, Action>;

export type ActionName = keyof typeof ACTIONS;
