/** What stands around every page: cluster and connection on top, the views, where one is, and the line at the bottom. */

import type { ClientStatus } from '../client/client.ts';
import { clockTime } from '../client/table/figures.ts';
import { cut, plain } from '../client/table/width.ts';
import { age, counted, defaultOrder, type Order, tableOf } from '../client/tables.ts';
import { complete } from './complete.ts';
import type { Context } from './context.ts';
import { doableOn } from './doable.ts';
import { readFilter } from './filter.ts';
import { isText, matchesIn } from './find.ts';
import { bindingsAt, keyOf, placeOf } from './keys.ts';
import { type Line, line, lineWidth, rule, type Span, span, spread } from './line.ts';
import { logNotes } from './pages/logs-page.ts';
import type { Rows } from './rows.ts';
import { type Page, type Prompt, pageOf, type TablePage, type Ui } from './ui.ts';
import { VIEWS, type View } from './views.ts';

/** Coarse on purpose: a round trip that wavers by a millisecond is no news, and would redraw an idle screen. */
export function latencyText(ms: number): string {
  const step = [5, 10, 20, 50, 100, 200, 500, 1000].find((limit) => ms < limit);
  return step === undefined ? `${age(ms)} away` : `<${step} ms`;
}

/** A live replica is as old as the last thing heard at most, and that is a heartbeat: said once it is late. */
const FRESH = 6_000;

function dataAge({ heardAt }: ClientStatus, now: number): Span[] {
  if (heardAt === undefined || now - heardAt < FRESH) return [];
  return [span(`  data ${age(now - heardAt)} old`, 'busy')];
}

function phase(status: ClientStatus, now: number): Span[] {
  const heard = status.heardAt === undefined ? '' : ` ${age(now - status.heardAt)}`;
  const left = status.retryAt === undefined ? 0 : Math.ceil((status.retryAt - now) / 1000);
  const retry = status.phase === 'closed' ? '' : left > 0 ? `, again in ${left}s` : ', trying';
  switch (status.phase) {
    case 'live':
      return [
        span('● live', 'good'),
        ...(status.latency === undefined ? [] : [span(`  ${latencyText(status.latency)}`, 'faint')]),
        ...dataAge(status, now),
      ];
    case 'stale':
      return [span(`◌ stale${heard}`, 'bad'), span(retry, 'busy')];
    case 'connecting':
      return [span('◌ connecting', 'busy'), span(retry, 'faint')];
    case 'closed':
      return [span('○ closed', 'bad')];
  }
}

export function headerLine({ client, contextName, readOnly, now, size }: Context): Line {
  const { master } = client.state;
  const left = line(
    span(' tender', 'accent'),
    ...(master.cluster === '' ? [] : [span(`  ${plain(master.cluster)}`, 'strong')]),
    ...(contextName === undefined || contextName === master.cluster
      ? []
      : [span(`  as ${plain(contextName)}`, 'faint')]),
    ...(readOnly ? [span('  read-only', 'busy')] : []),
  );
  const where = [
    span(plain(client.status.address), 'faint'),
    ...(master.epoch > 0 ? [span(`  epoch ${master.epoch}`, 'faint')] : []),
  ];
  return spread(left, line(...where, '  ', ...phase(client.status, now), ' '), size.columns);
}

type Tabs = readonly (readonly [view: View, spans: readonly Span[]])[];

/** As much of counts and space as there is room for. */
function tabs(ui: Ui, context: Context): Tabs {
  const { client, size } = context;
  const { state } = client;
  const counts: Record<string, number | undefined> = {
    agents: state.agents.size,
    jobs: state.jobs.size,
    tasks: state.tasks.size,
    frameworks: state.frameworks.size,
    offers: state.offers.size,
  };
  const base = ui.pages[1] ?? ui.pages[0]!;
  const here = base.kind === 'table' ? base.table : base.kind;
  const build = (withCounts: boolean, gap: string, letters = LONGEST): Tabs =>
    VIEWS.filter(({ digit }) => digit !== undefined).map((view, i): [View, Span[]] => {
      const count = counts[view.name];
      const isHere = view.name === here;
      const name = isHere ? view.name : view.name.slice(0, letters);
      return [
        view,
        [
          span(`${i === 0 ? ' ' : gap}${keyOf(`view-${view.name}`, context) ?? ':'} `, 'key'),
          span(name, isHere ? 'accent' : 'faint'),
          span(withCounts && count !== undefined ? ` ${count}` : '', 'faint'),
        ],
      ];
    });
  const fits = (made: Tabs): boolean => lineWidth(lineOfTabs(made)) <= size.columns;
  const roomy = [build(true, '  '), build(false, '  ')].find(fits);
  if (roomy) return roomy;
  // As many letters of each name as there is room for; of the one here all.
  for (let letters = LONGEST; letters > 0; letters--) {
    const made = build(false, ' ', letters);
    if (fits(made)) return made;
  }
  return build(false, ' ', 0);
}

/** Letters of a view's name. */
const LONGEST = Math.max(...VIEWS.map(({ name }) => name.length));

const lineOfTabs = (made: Tabs): Line => line(...made.flatMap(([, spans]) => spans));

export const tabsLine = (ui: Ui, context: Context): Line => lineOfTabs(tabs(ui, context));

/** The view whose name is in this column of the line above. */
export function tabAt(column: number, ui: Ui, context: Context): View | undefined {
  let end = 0;
  for (const [view, spans] of tabs(ui, context)) {
    end += lineWidth({ spans });
    if (column < end) return view;
  }
  return undefined;
}

function crumb(page: Page): string {
  switch (page.kind) {
    case 'overview':
    case 'help':
      return page.kind;
    case 'table':
      return page.of ? `${page.table} of ${page.of.title}` : page.table;
    case 'detail':
      return page.title;
    case 'plan':
      return `plan of ${page.file}`;
    case 'token':
      return `a token for one ${page.role}`;
    case 'why':
      return page.name === '' ? 'what waits' : `why ${page.name}`;
    case 'logs':
      return `logs of ${page.name}`;
  }
}

/** `─ overview › jobs › tasks of web ──────── /run  3/12  by name ↑ ─` */
export function titleRule(ui: Ui, rows: Rows | undefined, context: Context): Line {
  const crumbs = ui.pages.map((page, i): Span[] => {
    const last = i === ui.pages.length - 1;
    return [span(i === 0 ? '' : ' › ', 'rule'), span(plain(crumb(page)), last ? 'strong' : 'faint')];
  });
  const room = context.size.columns - lineWidth({ spans: crumbs.flat() }) - 6;
  return rule(context.size.columns, crumbs.flat(), fitting(notes(ui, pageOf(ui), rows, context), room));
}

/** The last ones matter most, and stay where there is no room for all. */
function fitting(parts: readonly Span[], room: number): Span[] {
  const spaced = parts.flatMap((part, i) => (i === 0 ? [part] : [span('  '), part]));
  return parts.length > 1 && lineWidth({ spans: spaced }) > room ? fitting(parts.slice(1), room) : spaced;
}

function notes(ui: Ui, page: Page, rows: Rows | undefined, { log, text }: Context): Span[] {
  const filter = page.kind === 'table' || page.kind === 'logs' ? page.filter : '';
  const parts: Span[] = [];
  if (page.kind === 'table' && page.table === 'offers' && ui.waiting && ui.waiting.length > 0)
    parts.push(span(counted(ui.waiting.length, 'waits', 'wait'), 'busy'));
  if (page.kind === 'why' && page.at !== undefined) parts.push(span(`as of ${clockTime(page.at)}`, 'faint'));
  if (page.kind === 'table' && page.marked.length > 0)
    parts.push(span(`${page.marked.length} marked`, 'accent'));
  if (filter !== '') parts.push(span(`${page.kind === 'logs' ? '&' : '/'}${plain(filter)}`, 'busy'));
  if (page.kind === 'table' && page.table !== 'offers' && rows)
    parts.push(span(filter === '' ? String(rows.ids.length) : `${rows.ids.length}/${rows.total}`, 'faint'));
  if (isText(page) && page.find !== '') {
    const found = matchesIn(text, page.find).length;
    parts.push(span(`/${plain(page.find)}`, 'busy'), span(counted(found, 'line'), 'faint'));
  }
  if (page.kind === 'table' && ui.orders[page.table])
    parts.push(span(orderText(page, ui.orders[page.table]), 'faint'));
  if (page.kind === 'logs') parts.push(...logNotes(page, log));
  return parts;
}

function orderText({ table }: TablePage, order: Order | undefined): string {
  const by = order ?? defaultOrder(tableOf(table));
  return `by ${by.key} ${by.descending ? '↓' : '↑'}`;
}

/** The prompt while one types; else what went wrong, else what happened, else the keys. */
export function bottomLine(ui: Ui, context: Context): Line {
  const { size, client } = context;
  if (ui.prompt) return promptLine(ui, ui.prompt, context);
  if (ui.notice)
    return spread(
      line(
        span(` ${plain(ui.notice.text)}`, ui.notice.tone),
        ...(ui.notice.next ? [span(`  ${plain(ui.notice.next)}`, 'faint')] : []),
      ),
      line(),
      size.columns,
    );
  const { phase, problem } = client.status;
  if (phase !== 'live' && problem)
    return spread(
      line(span(` ${plain(problem.code)}: ${plain(problem.message)}`, 'bad')),
      line(),
      size.columns,
    );
  return hints(ui, context);
}

/** What is typed, what tab would make of it, and what else there is; of a filter, what is wrong with it. */
function promptLine(ui: Ui, prompt: Prompt, context: Context): Line {
  const { columns } = context.size;
  const { text, tabbed } = prompt;
  const isCommand = prompt.kind === 'command';
  const isLogFilter = prompt.kind === 'filter' && pageOf(ui).kind === 'logs';
  const all = isCommand ? complete(tabbed?.text ?? text, context, ui.history) : [];
  const ghost = tabbed ? '' : (all[0] ?? '');
  const rest = ghost.startsWith(text) ? ghost.slice(text.length) : ghost === '' ? '' : `  ${ghost}`;
  const typed = line(
    span(isCommand ? ' :' : isLogFilter ? ' &' : ' /', 'accent'),
    plain(text),
    span('▏', 'accent'),
    span(rest, 'faint'),
    span(rest === '' ? '' : '  tab', 'rule'),
  );
  const problem = prompt.kind === 'filter' ? readFilter(text)?.problem : undefined;
  if (problem !== undefined) return spread(typed, line(span(`${problem} `, 'bad')), columns);
  const last = (one: string): string => one.slice(one.lastIndexOf(' ', one.length - 2) + 1);
  const others = all.length > 1 ? all.map(last).join('  ') : '';
  const room = Math.max(0, columns - lineWidth(typed) - 4);
  return spread(typed, line(span(`${cut(plain(others), room)} `, 'faint')), columns);
}

/** What can be done now, as much of it as fits; the way to all the others is always there. */
function hints(ui: Ui, context: Context): Line {
  const { size } = context;
  const known = bindingsAt(placeOf(pageOf(ui)), context);
  const help = keyOf('help', context);
  const right = help === undefined ? line() : line(span(help, 'key'), span(' help ', 'faint'));
  const spans: Span[] = [span(' ')];
  let room = size.columns - lineWidth(right) - 1;
  const doable = doableOn(ui, context);
  const own = known.flatMap((b): (readonly [key: string, hint: string])[] => {
    if (b.hint === undefined || b.action === 'help' || !doable.can(b)) return [];
    // Of several verbs the one that it would say now.
    return [[b.keys[0]!, b.with?.includes(' ') ? doable.verb(b.with)!.name : b.hint]];
  });
  if (ui.pages.length > 1) own.push(['esc', 'back']);
  for (const [key, hint] of own) {
    const text = `${key} ${hint}   `;
    if (text.length > room) break;
    room -= text.length;
    spans.push(span(key, 'key'), span(` ${hint}   `, 'faint'));
  }
  return spread({ spans }, right, size.columns);
}
