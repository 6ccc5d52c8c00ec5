/**
 * Cells to lines of a given width. Where there is not enough of it, columns that only add to the others go first, until
 * those have what they want; then all shrink towards their minimum, the widest first; and where that is not enough, more are
 * dropped: the highest `priority` first, unless they are narrow enough to stay. No line is ever wider than `width`.
 */
import type { ClusterState } from '../../core/cluster.ts';
import type { Column } from './table.ts';
import { cut, cutItems, cutMiddle, pad, plain, widthOf } from './width.ts';

/** From this priority on a column only adds to the others: it is left out before those are cut. */
const ADDS = 6;

const CUTS = { end: cut, middle: cutMiddle, item: cutItems } as const;

export interface Laid<R> {
  readonly columns: readonly Column<R>[];
  readonly widths: readonly number[];
  /** Spaces between two columns. */
  readonly gap: number;
  /** Padded cells of the titles, and of each row. */
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface LayoutOptions {
  readonly state: ClusterState;
  readonly now: number;
  readonly gap?: number;
  /** Widths that were shown before, by column key: columns don't jump while one scrolls. */
  readonly atLeast?: ReadonlyMap<string, number>;
}

interface Cells<R> {
  readonly column: Column<R>;
  readonly texts: readonly string[];
  readonly natural: number;
  width: number;
}

const least = <R>(cells: Cells<R>): number => Math.min(cells.natural, cells.column.min);

const wanted = <R>(cells: Cells<R>): number =>
  Math.min(cells.natural, Math.max(cells.column.min, cells.column.want ?? 0));

/** A single column that is too wide all the same. */
const none = (): number => 0;

export function layout<R>(
  columns: readonly Column<R>[],
  rows: readonly R[],
  width: number,
  options: LayoutOptions,
): Laid<R> {
  const gap = options.gap ?? 2;
  const room = (count: number): number => width - gap * (count - 1);
  const all = columns.map((column) => measure(column, rows, options));
  let kept = all;
  while (kept.length > 1 && sum(kept, least) > room(kept.length)) kept = withoutLeastImportant(kept);
  kept = withWhatFits(kept, all, room, least);
  if (sum(kept, wanted) > room(kept.length))
    kept = withWhatFits(
      kept.filter(({ column }) => column.priority < ADDS),
      kept,
      room,
      wanted,
    );
  for (const floor of [wanted, least, none]) shrink(kept, room(kept.length), floor);
  return {
    columns: kept.map((c) => c.column),
    widths: kept.map((c) => c.width),
    gap,
    header: kept.map((c) => pad(c.column.title, c.width, c.column.align)),
    rows: rows.map((_, i) =>
      kept.map(({ column, texts, width }) =>
        pad(texts[i]!, width, column.align, CUTS[column.cutAt ?? 'end']),
      ),
    ),
  };
}

function measure<R>(column: Column<R>, rows: readonly R[], options: LayoutOptions): Cells<R> {
  const texts = rows.map((row) => plain(column.text(row, options.state, options.now)));
  const widest = texts.reduce((most, text) => Math.max(most, widthOf(text)), widthOf(column.title));
  const natural = Math.min(
    Math.max(widest, options.atLeast?.get(column.key) ?? 0),
    column.max ?? Number.MAX_SAFE_INTEGER,
  );
  return { column, texts, natural, width: natural };
}

const sum = <R>(cells: readonly Cells<R>[], of: (c: Cells<R>) => number): number =>
  cells.reduce((total, c) => total + of(c), 0);

function withoutLeastImportant<R>(cells: readonly Cells<R>[]): Cells<R>[] {
  const worst = cells.reduce((at, c, i) => (c.column.priority >= cells[at]!.column.priority ? i : at), 0);
  return cells.filter((_, i) => i !== worst);
}

/** One that had to go for the sake of a wide one may be narrow enough to stay: the most important first. */
function withWhatFits<R>(
  kept: readonly Cells<R>[],
  all: readonly Cells<R>[],
  room: (count: number) => number,
  need: (cells: Cells<R>) => number,
): Cells<R>[] {
  const dropped = all.filter((c) => !kept.includes(c)).sort((a, b) => a.column.priority - b.column.priority);
  let chosen = new Set(kept);
  for (const one of dropped) {
    const more = new Set([...chosen, one]);
    if (sum([...more], need) <= room(more.size)) chosen = more;
  }
  return all.filter((c) => chosen.has(c));
}

/** The widest first, none below what `floor` says of it. */
function shrink<R>(cells: readonly Cells<R>[], room: number, floor: (cells: Cells<R>) => number): void {
  for (let over = sum(cells, (c) => c.width) - room; over > 0; ) {
    const candidates = cells.filter((c) => c.width > floor(c));
    if (candidates.length === 0) return;
    const widest = candidates.reduce((a, b) => (b.width > a.width ? b : a));
    const next = candidates.reduce((most, c) => (c !== widest && c.width > most ? c.width : most), 0);
    const step = Math.max(1, Math.min(over, widest.width - floor(widest), widest.width - next));
    widest.width -= step;
    over -= step;
  }
}

/** A row of cells as one line, without the spaces at its end. */
export const lineOf = (cells: readonly string[], gap: number): string =>
  cells.join(' '.repeat(gap)).trimEnd();

/** Title line and rows, ready to print. */
export const linesOf = <R>(laid: Laid<R>, width: number): string[] =>
  [laid.header, ...laid.rows].map((cells) => cut(lineOf(cells, laid.gap), width));
