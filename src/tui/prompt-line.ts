/** The line that is typed: what is there, the cursor in it, what tab would make of it, and what else there is. */
import { cut, plain, widthOf } from '../client/table/width.ts';
import { complete } from './complete.ts';
import type { Context } from './context.ts';
import { readFilter } from './filter.ts';
import { type Line, line, lineWidth, span, spread } from './line.ts';
import { halves } from './line-editor.ts';
import { type Prompt, pageOf, type Ui } from './ui.ts';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Cells for the sign before it, the cursor, and a word about more that is to the left or the right. */
const BESIDE = 6;

export function promptLine(ui: Ui, prompt: Prompt, context: Context): Line {
  const { columns } = context.size;
  const { text, tabbed } = prompt;
  const isCommand = prompt.kind === 'command';
  const isLogFilter = prompt.kind === 'filter' && pageOf(ui).kind === 'logs';
  const all = isCommand && !prompt.behind ? complete(tabbed?.text ?? text, context, ui.history) : [];
  const ghost = tabbed ? '' : (all[0] ?? '');
  const rest = ghost.startsWith(text) ? ghost.slice(text.length) : ghost === '' ? '' : `  ${ghost}`;
  const [before, after] = inView(prompt, columns - BESIDE);
  const typed = line(
    span(isCommand ? ' :' : isLogFilter ? ' &' : ' /', 'accent'),
    before,
    span('▏', 'accent'),
    after,
    span(rest, 'faint'),
    span(rest === '' ? '' : '  tab', 'rule'),
  );
  const problem = prompt.kind === 'filter' ? readFilter(text)?.problem : undefined;
  if (problem !== undefined) return spread(typed, line(span(`${problem} `, 'bad')), columns);
  // Of paths what follows the folder that is typed already.
  const from = (tabbed?.text ?? text).lastIndexOf('/');
  const last = (one: string): string => one.slice(Math.max(one.lastIndexOf(' ', one.length - 2), from) + 1);
  const others = all.length > 1 ? all.map(last).join('  ') : '';
  const room = Math.max(0, columns - lineWidth(typed) - 4);
  return spread(typed, line(span(`${cut(plain(others), room)} `, 'faint')), columns);
}

/** As much of what is before and behind the cursor as there is room for; the cursor is always seen. */
function inView(prompt: Prompt, room: number): readonly [before: string, after: string] {
  const [left, right] = halves(prompt).map(plain) as [string, string];
  if (widthOf(left) + widthOf(right) <= room) return [left, right];
  const after = cut(right, Math.max(Math.floor(room / 3), room - widthOf(left)));
  const cells = room - widthOf(after);
  return [widthOf(left) <= cells ? left : `…${lastCells(left, cells - 1)}`, after];
}

function lastCells(text: string, cells: number): string {
  const reversed = [...graphemes.segment(text)].reverse().map(({ segment }) => segment);
  let used = 0;
  const kept = reversed.findIndex((segment) => {
    used += widthOf(segment);
    return used > cells;
  });
  return (kept < 0 ? reversed : reversed.slice(0, kept)).reverse().join('');
}
