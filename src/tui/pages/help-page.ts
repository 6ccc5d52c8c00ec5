/** The keys of the page one came from, made from the table that dispatches them: it cannot be wrong. */
import { widthOf, wrap } from '../../client/table/width.ts';
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
  const left: Block[] = [
    { title: `look (${place})`, entries: group('look') },
    { title: `act (${place})`, entries: group('act') },
    { title: 'screen', entries: group('screen') },
  ];
  const middle: Block[] = [
    { title: 'move', entries: group('move') },
    { title: 'mark', entries: group('mark') },
    { title: 'sort (again: the other way)', entries: group('sort') },
    { title: 'views', entries: views },
  ];
  const right: Block[] = [
    { title: 'commands', entries: typed },
    { title: 'said to names, or to what one stands on', entries: said },
  ];
  const { columns } = size;
  const side =
    columns >= THREE
      ? [left, middle, right]
      : columns >= TWO
        ? [[...left, ...middle], right]
        : [[...left, ...middle, ...right]];
  const note = readOnly ? [line(span('  read-only: nothing here changes the cluster', 'busy')), EMPTY] : [];
  return [...note, ...columnsOf(side, columns)];
}

const withWords = (command: string, words: string | undefined): string =>
  words === undefined ? command : `${command} ${words}`;

interface Block {
  readonly title: string;
  readonly entries: readonly Entry[];
}

/** Cells of keys and commands, with what is around them. */
const keysWidth = ({ entries }: Block): number =>
  2 + Math.max(8, ...entries.map(([keys]) => widthOf(keys) + 2));

const widthOfBlock = (block: Block): number =>
  Math.max(2 + widthOf(block.title), ...block.entries.map(([, help]) => keysWidth(block) + widthOf(help)));

/** What it does is wrapped, never cut; a command that leaves too little room beside it has it below. */
function blockLines(block: Block, width: number): Line[] {
  const { title, entries } = block;
  if (entries.length === 0) return [];
  const most = Math.floor(width * 0.45);
  const short = entries.filter(([keys]) => 2 + widthOf(keys) + 2 <= most);
  const indent = Math.min(keysWidth(block), keysWidth({ title, entries: short }));
  const lines = entries.flatMap(([keys, help]) => {
    const own = line('  ', span(keys, 'key'));
    const told = wrap(help, Math.max(10, width - indent));
    const rows = told.map((part) => line(' '.repeat(indent), part));
    if (lineWidth(own) + 2 > indent) return [own, ...rows];
    return [line(...own.spans, ' '.repeat(indent - lineWidth(own)), told[0] ?? ''), ...rows.slice(1)];
  });
  return [line(span(`  ${title}`, 'accent')), ...lines, EMPTY];
}

/** Side by side, each as wide as it needs to be; where that is too much the widest give way. */
function columnsOf(columns: readonly (readonly Block[])[], width: number): Line[] {
  const widths = columns.map((blocks) => Math.max(...blocks.map(widthOfBlock)));
  const room = width - GAP * (columns.length - 1) - 1;
  while (widths.reduce((sum, one) => sum + one, 0) > room) widths[widths.indexOf(Math.max(...widths))]!--;
  const drawn = columns.map((blocks, i) => blocks.flatMap((block) => blockLines(block, widths[i]!)));
  let used = widths[0]!;
  return drawn.slice(1).reduce<Line[]>((all, lines, i) => {
    const both = beside(all, lines, used, GAP);
    used += GAP + widths[i + 1]!;
    return both;
  }, drawn[0]!);
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
