/** What each action of the key table does to the screen. Moving lives in moves.ts, what is said to things in verb-actions.ts. */

import { joinCommand } from '../client/join-command.ts';
import { TABLES, tableOf } from '../client/tables.ts';
import type { OfferScope } from '../client/why-offered.ts';
import { openChooser } from './columns.ts';
import type { Context } from './context.ts';
import { isText, toMatch } from './find.ts';
import { fewer, more } from './job-actions.ts';
import { LOG_ACTIONS, logsPage } from './log-actions.ts';
import { clearMarks, mark, markRange } from './marks.ts';
import { moveBy, moveTo } from './moves.ts';
import { pick, sort, sortPicked } from './sorting.ts';
import { chosenOn, type Subject, subjectOf, taskOf } from './subject.ts';
import {
  type DetailPage,
  type Effect,
  goAlong,
  goTo,
  pageOf,
  pushPage,
  TABS,
  type Tab,
  tablePage,
  type Ui,
  withPage,
} from './ui.ts';
import { verb } from './verb-actions.ts';
import { findView, pageOfView } from './views.ts';

export interface Step {
  readonly ui: Ui;
  readonly effect?: Effect | undefined;
}

export type Action = (ui: Ui, context: Context, argument: string) => Step;

const open: Action = (ui, context, argument) => {
  const page = pageOf(ui);
  const subject = subjectOf(page, context);
  if (!subject) return { ui };
  // One is inside it already, and there is nothing.
  if (page.kind === 'table' && page.of?.id === subject.id)
    return { ui: pushPage(ui, detailPage(subject, 'describe')) };
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
      return { ui: pushPage(ui, detailPage(subject, 'describe')) };
  }
};

export const detailPage = ({ table, id, title }: Subject, tab: Tab): DetailPage => ({
  kind: 'detail',
  table,
  id,
  title,
  tab,
  top: 0,
  find: '',
});

/** Describe, raw or events: of the row one stands on, or the other side of the page one is on. */
const face: Action = (ui, context, tab) => {
  const page = pageOf(ui);
  if (page.kind === 'detail') return { ui: withPage(ui, { ...page, tab: tab as Tab, top: 0 }) };
  const subject = subjectOf(page, context);
  return subject ? { ui: pushPage(ui, detailPage(subject, tab as Tab)) } : { ui };
};

const turn =
  (by: 1 | -1): Action =>
  (ui) => {
    const page = pageOf(ui);
    if (page.kind !== 'detail') return { ui: goAlong(ui, ui.trail.at + by) };
    const tab = TABS[(TABS.indexOf(page.tab) + by + TABS.length) % TABS.length]!;
    return { ui: withPage(ui, { ...page, tab, top: 0 }) };
  };

const logs: Action = (ui, context) => {
  const subject = subjectOf(pageOf(ui), context);
  if (!subject || (subject.table !== 'jobs' && subject.table !== 'tasks')) return { ui };
  return {
    ui: pushPage(
      ui,
      subject.table === 'tasks' ? logsPage(subject.id, subject.title) : logsPage(subject.title),
    ),
  };
};

/** Who shows the page asks for the answer (questions.ts). */
export const askWhy = (ui: Ui, name: string, of?: OfferScope): Step => ({
  ui: pushPage(ui, { kind: 'why', name, of, top: 0, find: '' }),
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
      const offer = TABLES.offers.list(context.client).find((one) => one.id === id);
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

const find: Action = (ui) => {
  const page = pageOf(ui);
  if (!isText(page)) return { ui };
  return { ui: { ...ui, prompt: { kind: 'find', text: page.find, before: page.find, back: 0 } } };
};

const inTask =
  (kind: 'shell' | 'attach'): Action =>
  (ui, context) => {
    const task = taskOf(subjectOf(pageOf(ui), context), context.client.state);
    return task ? { ui, effect: { kind, task: task.id } } : { ui };
  };

const copyName: Action = (ui, context) => {
  const page = pageOf(ui);
  const marked = page.kind === 'table' ? chosenOn(page, context) : undefined;
  const names =
    marked && marked.records.length > 1
      ? marked.records.map((record) => tableOf(marked.table).title(record))
      : [subjectOf(page, context)?.title ?? ''];
  return names[0] === '' ? { ui } : { ui, effect: { kind: 'copy', text: names.join('\n') } };
};

const copyCommand: Action = (ui) => {
  const page = pageOf(ui);
  if (page.kind !== 'token' || !page.answer || 'code' in page.answer) return { ui };
  return { ui, effect: { kind: 'copy', text: joinCommand(page.role, page.answer.token) } };
};

const columns: Action = (ui, { client }) => {
  const page = pageOf(ui);
  return { ui: page.kind === 'table' ? openChooser(ui, page.table, client.state) : ui };
};

const mouse = (ui: Ui): Step => ({
  ui: {
    ...ui,
    mouse: !ui.mouse,
    notice: {
      tone: 'plain',
      text: ui.mouse
        ? 'the mouse is the terminal’s again: it selects text'
        : 'the mouse is ours: click, wheel; shift selects text in most terminals',
    },
  },
  effect: { kind: 'mouse', on: !ui.mouse },
});

/** Clears what is typed, found or marked first, then goes back. */
const back: Action = (ui) => {
  const page = pageOf(ui);
  if (page.kind === 'logs' && page.search !== '')
    return { ui: withPage(ui, { ...page, search: '', found: undefined }) };
  if (isText(page) && page.find !== '') return { ui: withPage(ui, { ...page, find: '' }) };
  if (page.kind === 'table' && page.marked.length > 0) return { ui: withPage(ui, { ...page, marked: [] }) };
  if ((page.kind === 'table' || page.kind === 'logs') && page.filter !== '')
    return { ui: withPage(ui, { ...page, filter: '' }) };
  if (page.kind === 'logs' && page.full) return { ui: withPage(ui, { ...page, full: false }) };
  return { ui: ui.pages.length > 1 ? { ...ui, pages: ui.pages.slice(0, -1) } : ui };
};

/** The plan is left at once: what becomes of it is seen on the page that it was asked from. */
const apply: Action = (ui) => {
  const page = pageOf(ui);
  if (page.kind !== 'plan' || !page.answer || 'code' in page.answer) return { ui };
  const left = { ...ui, pages: ui.pages.slice(0, -1) };
  return { ui: left, effect: { kind: 'apply', planned: page.answer } };
};

export const ACTIONS = {
  apply,
  open,
  face,
  logs,
  why,
  filter,
  find,
  nextMatch: toMatch(1),
  previousMatch: toMatch(-1),
  sort,
  sortPicked,
  pickLeft: pick(-1),
  pickRight: pick(1),
  columns,
  markRow: mark,
  markRange,
  clearMarks,
  copyName,
  copyCommand,
  shell: inTask('shell'),
  attach: inTask('attach'),
  more,
  fewer,
  verb,
  back,
  ...LOG_ACTIONS,
  down: (ui, context) => moveBy(ui, context, 1),
  up: (ui, context) => moveBy(ui, context, -1),
  pageDown: (ui, context) => moveBy(ui, context, Math.max(1, context.height - 1)),
  pageUp: (ui, context) => moveBy(ui, context, -Math.max(1, context.height - 1)),
  halfDown: (ui, context) => moveBy(ui, context, Math.max(1, Math.floor(context.height / 2))),
  halfUp: (ui, context) => moveBy(ui, context, -Math.max(1, Math.floor(context.height / 2))),
  first: (ui, context) => moveTo(ui, context, 'first'),
  last: (ui, context) => moveTo(ui, context, 'last'),
  view: (ui, _, name) => ({ ui: goTo(ui, pageOfView(findView(name)!)) }),
  command: (ui) => ({ ui: { ...ui, prompt: { kind: 'command', text: '', before: '', back: 0 } } }),
  menu: (ui) => ({ ui: { ...ui, menu: { filter: '', at: 0 } } }),
  help: (ui) => ({ ui: pageOf(ui).kind === 'help' ? ui : pushPage(ui, { kind: 'help', top: 0, find: '' }) }),
  earlier: turn(-1),
  later: turn(1),
  lastView: (ui: Ui) => ({ ui: goAlong(ui, ui.trail.before) }),
  mouse,
  suspend: (ui) => ({ ui, effect: { kind: 'suspend' } }),
  repl: (ui) => ({ ui, effect: { kind: 'repl' } }),
  leave: (ui) =>
    ui.pages.length > 1 ? { ui: { ...ui, pages: ui.pages.slice(0, -1) } } : { ui, effect: { kind: 'quit' } },
  quit: (ui) => ({ ui, effect: { kind: 'quit' } }),
} as const satisfies Record<string, Action>;

export type ActionName = keyof typeof ACTIONS;
