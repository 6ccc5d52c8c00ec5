/** What the keys of a logs page do: where one stands in it, how it is shown, and what is searched for. */
import type { Action } from './actions.ts';
import type { Context } from './context.ts';
import { rowsOf } from './pages/logs-page.ts';
import { type LogsPage, type LogWord, pageOf, type Since, type Ui, withPage } from './ui.ts';

/** @param title what it is called, where its name is only an id */
export const logsPage = (name: string, title = name): LogsPage => ({
  kind: 'logs',
  name,
  title,
  since: 'tail',
  wrap: false,
  times: false,
  full: false,
  follow: true,
  up: 0,
  skip: 0,
  left: 0,
  filter: '',
  search: '',
});

const change =
  (how: (page: LogsPage, context: Context, argument: string) => LogsPage): Action =>
  (ui, context, argument) => {
    const page = pageOf(ui);
    return { ui: page.kind === 'logs' ? withPage(ui, how(page, context, argument)) : ui };
  };

const ask =
  (word: LogWord): Action =>
  (ui) => {
    const page = pageOf(ui);
    return page.kind === 'logs' ? { ui, effect: { kind: 'log', word } } : { ui };
  };

const prompt =
  (kind: 'filter' | 'search', start = ''): Action =>
  (ui) => {
    const page = pageOf(ui);
    if (page.kind !== 'logs') return { ui };
    const before = kind === 'search' ? page.search : page.filter;
    return withPrompt(ui, kind, start === '' || before.startsWith(start) ? before : start, before);
  };

const withPrompt = (ui: Ui, kind: 'filter' | 'search', text: string, before: string) => ({
  ui: { ...ui, prompt: { kind, text, before, back: 0 } },
});

const atEnd = { up: 0, skip: 0 } as const;

const SINCE: Readonly<Record<string, Since>> = { tail: 'tail', head: 'head', all: 'all' };

export const LOG_ACTIONS = {
  follow: change((page) => ({ ...page, follow: !page.follow, ...(page.follow ? {} : atEnd) })),
  wrap: change((page) => ({ ...page, wrap: !page.wrap, skip: 0, left: 0 })),
  times: change((page) => ({ ...page, times: !page.times })),
  full: change((page) => ({ ...page, full: !page.full })),
  since: change((page, _, since) => ({
    ...page,
    ...atEnd,
    since: SINCE[since] ?? Number(since),
    follow: since !== 'head',
    found: undefined,
  })),
  left: change((page) => ({ ...page, left: Math.max(0, page.left - SIDEWAYS) })),
  right: change((page) => ({ ...page, left: page.wrap ? 0 : page.left + SIDEWAYS })),
  search: prompt('search'),
  only: prompt('filter'),
  without: prompt('filter', '!'),
  next: (ui, context) => toMatch(ui, context, 1),
  previous: (ui, context) => toMatch(ui, context, -1),
  mark: ask('mark'),
  clear: ask('clear'),
  copy: ask('copy'),
  save: ask('save'),
} as const satisfies Record<string, Action>;

const SIDEWAYS = 20;

const bottomOf = (page: LogsPage, { log }: Context): number => log.lines.length - 1 - page.up;

/** The next match in this direction, from the last one found or else from what is seen; round at the ends. */
export function toMatch(ui: Ui, context: Context, way: 1 | -1): ReturnType<Action> {
  const page = pageOf(ui);
  if (page.kind !== 'logs') return { ui };
  const { lines, matches } = context.log;
  if (matches.length === 0) {
    const text =
      page.search === '' ? 'nothing is searched for; / asks for it' : `no line matches /${page.search}`;
    return { ui: { ...ui, notice: { tone: 'plain', text } } };
  }
  const last = page.found === undefined ? undefined : lines.findIndex(({ seq }) => seq === page.found);
  const here = last ?? bottomOf(page, context) + 1;
  const next =
    way > 0
      ? (matches.find((i) => i > here) ?? matches[0]!)
      : (matches.findLast((i) => i < here) ?? matches.at(-1)!);
  return { ui: withPage(ui, standAt(page, context, next)) };
}

function standAt(page: LogsPage, context: Context, index: number): LogsPage {
  const { log, height } = context;
  const found = log.lines[index]!.seq;
  const bottom = bottomOf(page, context);
  const isSeen = !page.wrap && index <= bottom && index > bottom - height;
  if (isSeen) return { ...page, found, follow: false };
  const below = page.wrap ? 0 : Math.floor(height / 2);
  const up = Math.max(0, log.lines.length - 1 - index - below);
  return { ...page, found, follow: false, up, skip: 0 };
}

/** So many rows down, or up where that is less than 0; at the end it follows again only when asked to. */
export function scrollLog(page: LogsPage, context: Context, by: number): LogsPage {
  const { log, height } = context;
  if (log.lines.length === 0) return page;
  const most = log.lines.length - 1;
  if (!page.wrap) {
    const up = Math.max(0, Math.min(page.up - by, Math.max(0, log.lines.length - height)));
    return { ...page, up, skip: 0, follow: up === 0 && page.follow };
  }
  let up = Math.min(page.up, most);
  let { skip } = page;
  const rows = (place: number): number => rowsOf(log.lines[most - place]!, page, context);
  for (let left = Math.min(-by, ROWS); left > 0 && isMoreAbove(up, skip); left--) {
    skip += 1;
    if (skip < rows(up) || up === most) continue;
    skip = 0;
    up += 1;
  }
  for (let left = Math.min(by, ROWS); left > 0 && (up > 0 || skip > 0); left--) {
    if (skip === 0) {
      up -= 1;
      skip = rows(up);
    }
    skip -= 1;
  }
  return { ...page, up, skip, follow: up === 0 && skip === 0 && page.follow };

  function isMoreAbove(place: number, below: number): boolean {
    let seen = -below;
    for (let at = place; at <= most; at++) {
      seen += rows(at);
      if (seen > height) return true;
    }
    return false;
  }
}

/** The first line at the top of the screen. */
export function topOfLog(page: LogsPage, context: Context): LogsPage {
  const { log, height } = context;
  const most = Math.max(0, log.lines.length - 1);
  if (!page.wrap) return { ...page, up: Math.max(0, log.lines.length - height), follow: false };
  let seen = 0;
  for (let i = 0; i <= most; i++) {
    seen += rowsOf(log.lines[i]!, page, context);
    if (seen >= height) return { ...page, up: most - i, skip: seen - height, follow: false };
  }
  return { ...page, up: 0, skip: 0 };
}

/** To the end of any log in one go. */
const ROWS = 1_000_000;
