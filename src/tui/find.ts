/** Searching in pages that are read: the lines that match are marked, n and N go from one to the next. */
import type { Action } from './actions.ts';
import type { Context } from './context.ts';
import { expressionOf, filterOf } from './filter.ts';
import { type Line, type Span, span, textOf } from './line.ts';
import {
  type DetailPage,
  type HelpPage,
  type Page,
  type PlanPage,
  pageOf,
  type TokenPage,
  type Ui,
  type WhyPage,
  withPage,
} from './ui.ts';
import { scrolled } from './window.ts';

export type TextPage = DetailPage | WhyPage | HelpPage | PlanPage | TokenPage;

export const isText = (page: Page): page is TextPage => TEXTS.has(page.kind);

const TEXTS: ReadonlySet<Page['kind']> = new Set(['detail', 'why', 'help', 'plan', 'token']);

/** The lines in which it is found. */
export function matchesIn(lines: readonly Line[], find: string): number[] {
  const matches = filterOf(find);
  return matches ? lines.flatMap((l, i) => (matches(textOf(l)) ? [i] : [])) : [];
}

/** While one types: at the first line that matches from the top of what one sees. */
export function showMatch(ui: Ui, find: string, { text, height }: Context): Ui {
  const page = pageOf(ui);
  if (!isText(page)) return ui;
  const found = matchesIn(text, find);
  const first = found.find((at) => at >= page.top) ?? found[0];
  const isSeen = first === undefined || (first >= page.top && first < page.top + height);
  const top = isSeen ? page.top : scrolled(first, 0, height, text.length);
  return withPage(ui, { ...page, find, top });
}

export const toMatch =
  (way: 1 | -1): Action =>
  (ui, { text, height }) => {
    const page = pageOf(ui);
    if (!isText(page)) return { ui };
    const found = matchesIn(text, page.find);
    if (found.length === 0) {
      const words =
        page.find === '' ? 'nothing is searched for; / asks for it' : `nothing matches /${page.find}`;
      return { ui: { ...ui, notice: { tone: 'plain', text: words } } };
    }
    // Where one would not move there is nothing new to see.
    const tops = found.map((at) => scrolled(at, 0, height, text.length));
    const next = way > 0 ? tops.find((top) => top > page.top) : tops.findLast((top) => top < page.top);
    return { ui: withPage(ui, { ...page, top: next ?? (way > 0 ? tops[0]! : tops.at(-1)!) }) };
  };

/** The line with what was found standing out; half-typed expressions mark nothing. */
export function marked(l: Line, find: string): Line {
  const expression = expressionOf(find);
  if (!expression) return l;
  const spans = l.spans.flatMap((s): Span[] => {
    const parts: Span[] = [];
    let from = 0;
    for (const { 0: hit, index } of s.text.matchAll(expression)) {
      if (hit === '') continue;
      parts.push({ ...s, text: s.text.slice(from, index) }, span(hit, 'match'));
      from = index + hit.length;
    }
    return parts.length === 0
      ? [s]
      : [...parts, { ...s, text: s.text.slice(from) }].filter((p) => p.text !== '');
  });
  return { ...l, spans };
}
