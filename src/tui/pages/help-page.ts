/** The keys of the page one came from, made from the table that dispatches them: it cannot be wrong. */
import { pad, widthOf } from '../../client/table/width.ts';
import { commandsIn, verbsAllowed, wordsOfVerb } from '../commands.ts';
import type { Context } from '../context.ts';
import { type Binding, bindingsAt, placeOf } from '../keys.ts';
import { beside, EMPTY, type Line, line, lineWidth, span } from '../line.ts';
import type { Page } from '../ui.ts';
import { VIEWS } from '../views.ts';

type Entry = readonly [keys: string, help: string];

const GAP = 3;
/** Cells from which there are so many columns. */
const THREE = 170;
const TWO = 100;

export function helpLines(
  of: Page,
  { readOnly, bindings: table, size, client }: Pick<Context, 'readOnly' | 'bindings' | 'size' | 'client'>,
): Line[] {
  const place = placeOf(of);
  const bindings = bindingsAt(place, { bindings: table, readOnly });
  const group = (name: Binding['group']): Entry[] => merged(bindings.filter((b) => b.group === name));
  const typed: Entry[] = [
    [':VIEW [FILTER]', 'any view, filtered'],
    ...commandsIn(readOnly).map((c): Entry => [withWords(`:${c.names.join(' :')}`, c.words), c.help]),
  ];
  const said = verbsAllowed(readOnly, client.state).map(
    (verb): Entry => [`:${verb.name} ${wordsOfVerb(verb)}`, verb.help],
  );
  const views = VIEWS.map((view): Entry => [`:${view.name}`, view.aliases.map((a) => `:${a}`).join(' ')]);
  const left = [
    ...(readOnly ? [line(span('  read-only: nothing here changes the cluster', 'faint')), EMPTY] : []),
    ...block(`look (${place})`, group('look')),
    ...block(`act (${place})`, group('act')),
    ...block('screen', group('screen')),
  ];
  const middle = [
    ...block('move', group('move')),
    ...block('mark', group('mark')),
    ...block('sort (again: the other way)', group('sort')),
    ...block('views', views),
  ];
  const right = [...block('commands', typed), ...block('said to names, or to what one stands on', said)];
  if (size.columns >= THREE) return columnsOf([left, middle, right], size.columns);
  if (size.columns >= TWO) return columnsOf([[...left, ...middle], right], size.columns);
  return [...left, ...middle, ...right];
}

const withWords = (command: string, words: string | undefined): string =>
  words === undefined ? command : `${command} ${words}`;

function block(title: string, entries: readonly Entry[]): Line[] {
  if (entries.length === 0) return [];
  const keysWidth = Math.max(8, ...entries.map(([keys]) => widthOf(keys) + 2));
  const lines = entries.map(([keys, help]) => line('  ', span(pad(keys, keysWidth), 'key'), help));
  return [line(span(`  ${title}`, 'accent')), ...lines, EMPTY];
}

const widest = (lines: readonly Line[]): number => Math.max(...lines.map(lineWidth));

/** Side by side, each as wide as it needs to be; where that is too much the widest give way. */
function columnsOf(columns: readonly (readonly Line[])[], width: number): Line[] {
  const widths = columns.map(widest);
  const room = width - GAP * (columns.length - 1);
  while (widths.reduce((sum, one) => sum + one, 0) > room) widths[widths.indexOf(Math.max(...widths))]!--;
  let used = widths[0]!;
  return columns.slice(1).reduce<Line[]>(
    (all, lines, i) => {
      const both = beside(all, lines, used, GAP);
      used += GAP + widths[i + 1]!;
      return both;
    },
    [...columns[0]!],
  );
}

const DIGIT = /^\d$/;

/** The digits of the views are one line; views with another key have their own. */
function merged(bindings: readonly Binding[]): Entry[] {
  const isByDigit = (b: Binding): boolean => b.action === 'view' && b.keys.every((key) => DIGIT.test(key));
  const views = bindings.filter(isByDigit).flatMap((b) => b.keys);
  const rest = bindings
    .filter((b) => !isByDigit(b))
    .map((b): Entry => [b.keys.join('  '), b.action === 'view' ? `the view ${b.help}` : b.help]);
  return views.length > 0
    ? [[`${views[0]} … ${views.at(-1)}`, 'a view, by its number above'], ...rest]
    : rest;
}
