/**
 * The lowest lines: the prompt while one types, else what went wrong, else what happened, else the keys. What is said is
 * not cut off: it takes the lines that it needs from the page, since its end is mostly what helps.
 */
import { cut, plain, wrap } from '../client/table/width.ts';
import { hints } from './chrome.ts';
import type { Context } from './context.ts';
import { cutLine, type Line, line, lineWidth, span } from './line.ts';
import { promptLine } from './prompt-line.ts';
import type { Notice, Ui } from './ui.ts';

type World = Pick<Context, 'client' | 'size'>;

/** Lines at most: a page has to stay behind it. */
const most = (rows: number): number => Math.max(1, Math.min(5, Math.floor(rows / 3)));

export function bottomLines(ui: Ui, context: Context): Line[] {
  if (ui.prompt) return [promptLine(ui, ui.prompt, context)];
  const said = saidNow(ui, context);
  return said ? saidLines(said, context.size) : [hints(ui, context)];
}

/** How many those are. */
export function bottomHeight(ui: Ui, world: World): number {
  const said = ui.prompt ? undefined : saidNow(ui, world);
  return said ? saidLines(said, world.size).length : 1;
}

function saidNow({ notice }: Ui, { client }: World): Notice | undefined {
  if (notice) return notice;
  const { phase, problem } = client.status;
  if (phase === 'live' || !problem) return undefined;
  // Where the master should be is in the line at the top.
  const cause = problem.code === 'client.unreachable' ? problem.fields['cause'] : undefined;
  return {
    tone: 'bad',
    text: `${problem.code}: ${cause ?? problem.message}`,
    next: 'it is tried again by itself',
  };
}

function saidLines({ tone, text, next = '' }: Notice, { columns, rows }: Context['size']): Line[] {
  const whole = line(span(` ${plain(text)}`, tone), span(next === '' ? '' : `  ${plain(next)}`, 'faint'));
  if (lineWidth(whole) < columns) return [whole];
  const room = columns - 2;
  const hint = next === '' ? [] : wrap(plain(next), room).map((one) => line(span(` ${one}`, 'faint')));
  const allowed = Math.max(1, most(rows) - hint.length);
  const said = wrap(plain(text), room);
  const shown = said.length > allowed ? [...said.slice(0, allowed - 1), rest(said, allowed, room)] : said;
  return [...shown.map((one) => line(span(` ${one}`, tone))), ...hint]
    .slice(0, most(rows))
    .map((one) => cutLine(one, columns));
}

/** The last line that there is room for, with a word that it is not the last. */
const rest = (lines: readonly string[], allowed: number, room: number): string =>
  cut(`${lines.slice(allowed - 1).join(' ')}`, room);
