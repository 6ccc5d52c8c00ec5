/**
 * The whole screen as lines: exactly `rows` of them, none wider than `columns`. Pure apart from the column widths a
 * table remembers. What a page needs (which rows, how much text there is) is worked out here once, for keys and for eyes.
 */
import { plain } from '../client/table/width.ts';
import { counted, tableOf } from '../client/tables.ts';
import { bottomHeight, bottomLines } from './bottom-lines.ts';
import { headerLine, tabsLine, titleRule } from './chrome.ts';
import type { Context } from './context.ts';
import { isText, marked } from './find.ts';
import { cutLine, EMPTY, type Line, line, rule, span } from './line.ts';
import type { LogView } from './log-session.ts';
import { entriesShown } from './menu.ts';
import { detailLines } from './pages/detail-page.ts';
import { helpLines } from './pages/help-page.ts';
import { logLines } from './pages/logs-page.ts';
import { offersLines, waitingHeight, waitingId, waitingIn } from './pages/offers-page.ts';
import { overviewIds, overviewLines } from './pages/overview-page.ts';
import { planLines } from './pages/plan-page.ts';
import { tableLines, type Widths } from './pages/table-page.ts';
import { tokenLines } from './pages/token-page.ts';
import { whyLines } from './pages/why-page.ts';
import { chooserBox, dialogBox, menuBox, over } from './popup.ts';
import type { Rows } from './rows.ts';
import { chosenOn } from './subject.ts';
import { overview, type Page, pageOf, type Ui } from './ui.ts';
import { scrolled } from './window.ts';

export const SMALLEST = { columns: 60, rows: 12 } as const;
/** A rule above the bottom line, where there is a line to spare. */
const ROOMY = 20;

export interface Scene {
  readonly ui: Ui;
  readonly rows: Rows | undefined;
  readonly logs: LogView;
  readonly widths: Widths;
  readonly base: Omit<Context, 'ids' | 'above' | 'records' | 'log' | 'height' | 'text' | 'length'>;
}

export const isTooSmall = ({ columns, rows }: Context['size']): boolean =>
  columns < SMALLEST.columns || rows < SMALLEST.rows;

/** Pages that are read: all their lines. */
function textLines(page: Page, ui: Ui, context: Context): Line[] | undefined {
  switch (page.kind) {
    case 'detail':
      return detailLines(page, context);
    case 'plan':
      return planLines(page, context);
    case 'why':
      return whyLines(page, context);
    case 'token':
      return tokenLines(page, context);
    case 'help':
      return helpLines(ui.pages.at(-2) ?? overview, context);
    default:
      return undefined;
  }
}

/** Only the page itself, and the lowest line where something is said or typed there. */
const isFull = (page: Page): boolean => page.kind === 'logs' && page.full;
const isBottomUsed = ({ prompt, notice }: Ui): boolean => prompt !== undefined || notice !== undefined;

/** Lines for the page itself. The overview has rules of its own and needs no title. */
function heightOf(ui: Ui, base: Scene['base']): number {
  const page = pageOf(ui);
  const { rows } = base.size;
  const bottom = bottomHeight(ui, base);
  if (isFull(page)) return rows - (isBottomUsed(ui) ? bottom : 0);
  return rows - (rows >= ROOMY ? 4 : 3) - bottom + (page.kind === 'overview' ? 1 : 0);
}

export function contextOf({ ui, rows, logs, base }: Scene): Context {
  const page = pageOf(ui);
  const height = heightOf(ui, base);
  const listed = page.kind === 'overview' ? overviewIds(base) : (rows?.ids ?? []);
  const isOffers = page.kind === 'table' && page.table === 'offers';
  const above = isOffers ? waitingIn(page, ui) : [];
  const context: Context = {
    ...base,
    height:
      page.kind === 'table'
        ? height - 1 - (isOffers ? 1 + waitingHeight(above.length, listed.length, height) : 0)
        : height,
    ids: above.length > 0 ? [...above.map(waitingId), ...listed] : listed,
    above,
    records: rows?.records ?? [],
    log: logs,
    text: [],
    length: page.kind === 'logs' ? logs.lines.length : 0,
  };
  const text = textLines(page, ui, context);
  return text ? { ...context, text, length: text.length } : context;
}

export function paint(scene: Scene): Line[] {
  const { ui, base } = scene;
  const { columns, rows } = base.size;
  if (isTooSmall(base.size))
    return [
      cutLine(line(`tender needs ${SMALLEST.columns}x${SMALLEST.rows}, this is ${columns}x${rows}`), columns),
    ];
  const context = contextOf(scene);
  const roomy = rows >= ROOMY;
  const height = heightOf(ui, base);
  const old = base.client.status.phase !== 'live';
  const body = bodyLines(scene, { ...context, height }).slice(0, height);
  while (body.length < height) body.push(EMPTY);
  if (isFull(pageOf(ui)))
    return [...body, ...(isBottomUsed(ui) ? bottomLines(ui, context) : [])].map((l) => cutLine(l, columns));
  const whole = [
    headerLine(context),
    tabsLine(ui, context),
    ...(pageOf(ui).kind === 'overview' ? [] : [titleRule(ui, scene.rows, context)]),
    ...body.map((l) => (old ? { ...l, stale: true } : l)),
    ...(roomy ? [rule(columns)] : []),
    ...bottomLines(ui, context),
  ].map((l) => cutLine(l, columns));
  const box = boxOf(ui, context);
  return box ? over(whole, box, base.size).map((l) => cutLine(l, columns)) : whole;
}

function boxOf(ui: Ui, context: Context): Parameters<typeof over>[1] | undefined {
  const { size } = context;
  if (ui.dialog) return dialogBox(ui.dialog, size);
  if (ui.chooser) return chooserBox(ui.chooser, size);
  if (!ui.menu) return undefined;
  const chosen = chosenOn(pageOf(ui), context);
  const names = chosen?.records.map((record) => tableOf(chosen.table).title(record)) ?? [];
  const about = names.length > 1 ? counted(names.length, 'marked row') : names[0];
  const title = about === undefined ? 'what can be done here' : `what can be done with ${plain(about)}`;
  return menuBox(title, ui.menu.filter, entriesShown(ui, ui.menu, context), ui.menu.at, size);
}

function bodyLines(scene: Scene, context: Context): Line[] {
  const { ui, widths } = scene;
  const page = pageOf(ui);
  if (context.client.state.seq === 0 && context.client.status.phase === 'connecting' && page.kind !== 'help')
    return connecting(context);
  switch (page.kind) {
    case 'overview':
      return overviewLines(page, context);
    case 'table':
      if (page.table === 'offers') return offersLines(page, ui, context, widths, scene.rows!);
      return tableLines(page, ui, context, widths);
    case 'logs':
      return logLines(page, context);
    default: {
      const { text, height } = context;
      const top = scrolled(page.top, 0, height, text.length);
      const shown = text.slice(top, top + height);
      return isText(page) ? shown.map((l) => marked(l, page.find)) : shown;
    }
  }
}

function connecting({ client }: Context): Line[] {
  const { address, problem } = client.status;
  return [
    EMPTY,
    line(span(`  connecting to ${plain(address)}`, 'busy')),
    ...(problem
      ? [
          EMPTY,
          line(span(`  ${plain(problem.message)}`, 'bad')),
          line(span('  it is tried again by itself', 'faint')),
        ]
      : []),
  ];
}
