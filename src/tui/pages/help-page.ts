/** The keys of the page one came from, made from the table that dispatches them: it cannot be wrong. */
import { pad } from '../../client/table/width.ts';
import { COMMANDS } from '../commands.ts';
import type { Context } from '../context.ts';
import { type Binding, bindingsAt, placeOf } from '../keys.ts';
import { beside, EMPTY, type Line, line, lineWidth, span } from '../line.ts';
import type { Page } from '../ui.ts';

const GROUPS = [
  ['look', 'look'],
  ['act', 'act'],
  ['move', 'move'],
  ['screen', 'screen'],
  ['sort', 'sort (again: the other way)'],
] as const;

const KEYS_WIDTH = 22;

export function helpLines(of: Page, { readOnly, size }: Pick<Context, 'readOnly' | 'size'>): Line[] {
  const place = placeOf(of);
  const bindings = bindingsAt(place, readOnly);
  const title = (text: string): Line => line(span(`  ${text}`, 'accent'));
  const entry = (keys: string, help: string): Line => line('  ', span(pad(keys, KEYS_WIDTH), 'key'), help);
  const group = (name: Binding['group'], heading: string): Line[] => {
    const own = merged(bindings.filter((b) => b.group === name));
    return own.length === 0 ? [] : [title(heading), ...own.map(([keys, help]) => entry(keys, help)), EMPTY];
  };
  const commands = COMMANDS.filter((c) => !(readOnly && c.changes));
  const typed = [
    title('commands'),
    entry(':VIEW [REGEX]', 'any view, filtered'),
    ...commands.map((c) =>
      entry(
        `:${c.names[0]}${c.takes ? ` ${c.takes === 'job COUNT' ? 'JOB N' : c.takes === 'task' ? 'TASK' : c.takes === 'job' ? 'JOB' : 'NAME'}` : ''}`,
        c.help,
      ),
    ),
    EMPTY,
  ];
  const [look, act, move, screen, sort] = GROUPS.map(([name, heading]) =>
    group(name, name === 'look' || name === 'act' ? `${heading} (${place})` : heading),
  );
  const mode = readOnly ? [line(span('  read-only: nothing here changes the cluster', 'faint')), EMPTY] : [];
  const left = [...mode, ...look!, ...act!, ...screen!];
  const middle = [...move!, ...sort!];
  const rows = [
    [left, [...middle, ...typed]],
    [left, middle, typed],
  ] as const;
  // As many columns as fit.
  for (const columns of rows.toReversed()) {
    const gap = 3;
    const widths = columns.map((lines) => Math.max(...lines.map(lineWidth)));
    if (widths.reduce((sum, w) => sum + w, gap * (columns.length - 1)) > size.columns) continue;
    return columns.reduce<readonly Line[]>(
      (all, lines, i) => (i === 0 ? lines : beside(all, lines, widthOfAll(all), gap)),
      [],
    ) as Line[];
  }
  return [...left, ...middle, ...typed];
}

const widthOfAll = (lines: readonly Line[]): number => Math.max(...lines.map(lineWidth));

/** The digits of the views are one line. */
function merged(bindings: readonly Binding[]): (readonly [keys: string, help: string])[] {
  const views = bindings.filter((b) => b.action === 'view').map((b) => b.keys[0]!);
  const rest = bindings.filter((b) => b.action !== 'view').map((b) => [b.keys.join('  '), b.help] as const);
  return views.length > 0
    ? [[`${views[0]} … ${views.at(-1)}`, 'a view, by its number above'], ...rest]
    : rest;
}
