/**
 * Log lines: only those in view are wrapped or cut. Filtering marks what was found; `up` counts from the end, so that
 * new lines don't move what one reads while not following.
 */
import { cut, pad, take, widthOf } from '../../client/table/width.ts';
import type { Context } from '../context.ts';
import { type Line, line, type Span, span } from '../line.ts';
import type { LogLine } from '../log-buffer.ts';
import type { LogsPage } from '../ui.ts';

export interface LogView {
  readonly lines: readonly LogLine[];
  /** More than one task: each line says whose it is. */
  readonly several: boolean;
  readonly ended: boolean;
  readonly failure?: string | undefined;
}

export function logLines(page: LogsPage, view: LogView, { size, height }: Context): Line[] {
  const { lines } = view;
  if (lines.length === 0)
    return [line(span(`  ${emptySentence(page, view)}`, view.failure ? 'bad' : 'faint'))];
  const labels = view.several
    ? Math.min(
        20,
        lines.reduce((most, l) => Math.max(most, widthOf(l.from)), 0),
      )
    : 0;
  const width = size.columns - 2 - (labels > 0 ? labels + 3 : 0);
  const out: Line[] = [];
  const end = lines.length - Math.min(page.up, lines.length - 1);
  for (let i = end - 1; i >= 0 && out.length < height; i--) {
    const parts = page.wrap ? folded(lines[i]!.text, width) : [cut(lines[i]!.text, width)];
    for (let p = parts.length - 1; p >= 0 && out.length < height; p--)
      out.unshift(row(lines[i]!, parts[p]!, p === 0, labels, page.filter));
  }
  return out;
}

function folded(text: string, width: number): string[] {
  const parts: string[] = [];
  for (let rest = text; ; ) {
    const part = take(rest, Math.max(2, width));
    parts.push(part);
    rest = rest.slice(part.length);
    if (rest === '' || part === '') return parts;
  }
}

function row(entry: LogLine, text: string, first: boolean, labels: number, filter: string): Line {
  const whose: Span[] =
    labels > 0 ? [span(pad(first ? entry.from : '', labels), 'key'), span(' │ ', 'rule')] : [];
  const style = entry.channel === 'stderr' ? 'busy' : entry.channel === 'notice' ? 'faint' : 'plain';
  return line('  ', ...whose, ...marked(text, filter, style));
}

function marked(text: string, filter: string, style: 'busy' | 'faint' | 'plain'): Span[] {
  if (filter === '' || filter.startsWith('!')) return [span(text, style)];
  let found: RegExpExecArray | null = null;
  try {
    found = new RegExp(filter, 'i').exec(text);
  } catch {
    // Half-typed expression: nothing to mark.
  }
  if (!found || found[0] === '') return [span(text, style)];
  const end = found.index + found[0].length;
  return [
    span(text.slice(0, found.index), style),
    span(found[0], 'match'),
    span(text.slice(end), style),
  ].filter((s) => s.text !== '');
}

function emptySentence({ filter, name }: LogsPage, { failure, ended }: LogView): string {
  if (failure) return failure;
  if (filter !== '') return `no line matches /${filter}; esc clears the filter`;
  return ended ? `${name} has written nothing` : `waiting for the first line of ${name}`;
}
