/** What stands around every page: cluster and connection on top, the views, where one is, and the line at the bottom. */

import type { ClientStatus } from '../client/client.ts';
import { clockTime } from '../client/table/figures.ts';
import { plain } from '../client/table/width.ts';
import { age, counted } from '../client/tables.ts';
import type { Context } from './context.ts';
import { doableOn } from './doable.ts';
import { isText, matchesIn } from './find.ts';
import { type Binding, bindingsAt, keyOf, placeOf } from './keys.ts';
import { cutLine, type Line, line, lineWidth, rule, type Span, span, spread } from './line.ts';
import { logNotes } from './pages/logs-page.ts';
import type { Rows } from './rows.ts';
import { orderText } from './sorting.ts';
import { type Page, pageOf, type Ui } from './ui.ts';
import { VIEWS, type View } from './views.ts';
import { scrolled } from './window.ts';

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
  const address = span(`${plain(client.status.address)}  `, 'faint');
  const epoch = master.epoch > 0 ? [span(`epoch ${master.epoch}  `, 'faint')] : [];
  const ends = [[address, ...epoch], epoch, []].map((where) =>
    line(...where, ...phase(client.status, now), ' '),
  );
  // Which cluster it is matters more than where its master is.
  const fits = (end: Line): boolean => lineWidth(left) + 2 + lineWidth(end) <= size.columns;
  return spread(left, ends.find(fits) ?? ends.at(-1)!, size.columns);
}

type Tabs = readonly (readonly [view: View, spans: readonly Span[]])[];

/** As much of counts, names and space as there is room for: the same on every page, so that no name moves. */
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
  const build = (nameOf: (view: View) => string, gap: string, withCounts = false): Tabs =>
    VIEWS.filter(({ digit }) => digit !== undefined).map((view, i): [View, Span[]] => {
      const count = withCounts ? counts[view.name] : undefined;
      return [
        view,
        [
          span(`${i === 0 ? ' ' : gap}${keyOf(`view-${view.name}`, context) ?? ':'} `, 'key'),
          span(nameOf(view), view.name === here ? 'accent' : 'faint'),
          span(count === undefined ? '' : ` ${count}`, 'faint'),
        ],
      ];
    });
  const whole = ({ name }: View): string => name;
  const short = ({ name, short = name }: View): string => short;
  const made = [
    build(whole, '  ', true),
    build(whole, '  '),
    build(whole, ' '),
    build(short, ' '),
    build((view) => short(view).slice(0, LETTERS), ' '),
  ];
  return made.find((one) => lineWidth(lineOfTabs(one)) <= size.columns) ?? made.at(-1)!;
}

/** Of each name, on the narrowest screen. */
const LETTERS = 3;

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
      return `logs of ${page.title}`;
  }
}

/** `─ overview › jobs › tasks of web ──────── /run  3/12  by name ↑ ─` */
export function titleRule(ui: Ui, rows: Rows | undefined, context: Context): Line {
  const said = notes(ui, pageOf(ui), rows, context);
  const least = said.length === 0 ? 0 : lineWidth({ spans: said.slice(-1) }) + 3;
  const crumbs = crumbsIn(ui.pages, context.size.columns - least - 4);
  const room = context.size.columns - lineWidth({ spans: crumbs }) - 6;
  return rule(context.size.columns, crumbs, fitting(said, room));
}

/** Where one is stays, and as much of the way there as there is room for: `… › tasks of web › web.2`. */
function crumbsIn(pages: readonly Page[], room: number): Span[] {
  const build = (from: number): Span[] => [
    ...(from > 0 ? [span('…', 'faint')] : []),
    ...pages.slice(from).flatMap((page, i): Span[] => {
      const isLast = from + i === pages.length - 1;
      const gap = from + i === 0 ? [] : [span(' › ', 'rule')];
      return [...gap, span(plain(crumb(page)), isLast ? 'strong' : 'faint')];
    }),
  ];
  for (let from = 0; from < pages.length - 1; from++) {
    const spans = build(from);
    if (lineWidth({ spans }) <= room) return spans;
  }
  return [...cutLine({ spans: build(pages.length - 1) }, room).spans];
}

/** The last ones matter most, and stay where there is no room for all. */
function fitting(parts: readonly Span[], room: number): Span[] {
  const spaced = parts.flatMap((part, i) => (i === 0 ? [part] : [span('  '), part]));
  return parts.length > 1 && lineWidth({ spans: spaced }) > room ? fitting(parts.slice(1), room) : spaced;
}

function notes(ui: Ui, page: Page, rows: Rows | undefined, context: Context): Span[] {
  const { client, log, text, height } = context;
  const filter = page.kind === 'table' || page.kind === 'logs' ? page.filter : '';
  const parts: Span[] = [];
  if (page.kind === 'table' && page.table === 'offers' && ui.waiting && ui.waiting.length > 0)
    parts.push(span(counted(ui.waiting.length, 'waits', 'wait'), 'busy'));
  if (page.kind === 'why' && page.at !== undefined) parts.push(span(`as of ${clockTime(page.at)}`, 'faint'));
  if (page.kind === 'table' && page.marked.length > 0)
    parts.push(span(`${page.marked.length} marked`, 'accent'));
  if (filter !== '') parts.push(span(`${page.kind === 'logs' ? '&' : '/'}${plain(filter)}`, 'busy'));
  if (page.kind === 'table' && page.table !== 'offers' && rows) {
    const shown = rows.ids.length;
    if (filter === '' && shown < rows.total) parts.push(span('a filter finds the offers, too', 'faint'));
    parts.push(
      span(filter === '' && shown === rows.total ? String(shown) : `${shown}/${rows.total}`, 'faint'),
    );
  }
  if (isText(page) && page.find !== '') {
    const found = matchesIn(text, page.find).length;
    parts.push(span(`/${plain(page.find)}`, 'busy'), span(counted(found, 'line'), 'faint'));
  }
  if (isText(page) && text.length > height) parts.push(span(placeIn(page.top, height, text.length), 'faint'));
  const order = page.kind === 'table' ? ui.orders[page.table] : undefined;
  if (page.kind === 'table' && order) parts.push(span(orderText(page.table, order, client.state), 'faint'));
  if (page.kind === 'logs') parts.push(...logNotes(page, log));
  return parts;
}

/** `1-24 of 87 ↓`: that there is more, and where. */
function placeIn(wished: number, height: number, length: number): string {
  const top = scrolled(wished, 0, height, length);
  const below = top + height < length ? ' ↓' : '';
  return `${top + 1}-${Math.min(length, top + height)} of ${length}${top > 0 ? ' ↑' : ''}${below}`;
}

/** What can be done now, what only this view has first, as much of it as fits; the ways to all else are always there. */
export function hints(ui: Ui, context: Context): Line {
  const { size } = context;
  const page = pageOf(ui);
  const doable = doableOn(ui, context);
  const known = bindingsAt(placeOf(page), context).filter((b) => b.hint !== undefined && doable.can(b));
  const always = known.filter(({ action }) => ALWAYS.has(action));
  const rank = ({ action, own }: Binding): number =>
    action === 'open' ? 0 : own && page.kind === 'table' ? 1 : 2;
  const listed = known.filter(({ action }) => !ALWAYS.has(action)).sort((a, b) => rank(a) - rank(b));
  // Of several verbs the one that it would say now.
  const wordOf = (b: Binding): string => (b.with?.includes(' ') ? doable.verb(b.with)!.name : b.hint!);
  const left = [
    ...listed.map((b) => hint(b.keys[0]!, wordOf(b))),
    ...(ui.pages.length > 1 ? [hint('esc', 'back')] : []),
  ];
  const right = line(
    ...always.flatMap((b, i) => [span(i === 0 ? '' : HINT_GAP), ...hint(b.keys[0]!, b.hint!)]),
    ' ',
  );
  const spans: Span[] = [];
  let room = size.columns - lineWidth(right) - HINT_GAP.length;
  for (const one of left) {
    const made = [span(spans.length === 0 ? ' ' : HINT_GAP), ...one];
    room -= lineWidth({ spans: made });
    if (room < 0) break;
    spans.push(...made);
  }
  return spread({ spans }, right, size.columns);
}

const ALWAYS: ReadonlySet<string> = new Set(['menu', 'command', 'help']);
const HINT_GAP = '  ';

const hint = (key: string, word: string): Span[] => [span(key, 'key'), span(` ${word}`, 'faint')];
