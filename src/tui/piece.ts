/**
 * The part of a frame that a slow line takes in a moment: whole lines, the others stay as they are shown until their turn
 * comes. First what someone waits for, the row of the cursor before all; then round the screen, so that a busy top does
 * not starve the bottom.
 */
import { type Line, sameLine } from './line.ts';

export interface Piece {
  readonly lines: readonly Line[];
  /** Places whose lines are new. */
  readonly sent: readonly number[];
  /** Places whose lines wait. */
  readonly left: readonly number[];
}

export interface PieceOptions {
  /** So many lines at most. */
  readonly room: number;
  /** Only these places, while there are any of them. */
  readonly urgent: ReadonlySet<number>;
  /** The place to begin at. */
  readonly from: number;
}

export function pieceOf(
  shown: readonly Line[],
  wanted: readonly Line[],
  { room, urgent, from }: PieceOptions,
): Piece {
  const kept = wanted.map((l, i) => (shown[i] && sameLine(shown[i], l) ? shown[i] : l));
  const changed = [...kept.keys()].filter((i) => kept[i] !== shown[i]);
  // Of another size: there is nothing that could stay.
  if (shown.length !== wanted.length || room === Number.POSITIVE_INFINITY)
    return { lines: kept, sent: changed, left: [] };
  const awaited = changed.filter((i) => urgent.has(i));
  const isFirst = (i: number): boolean => isLookedAt(shown[i]!) || isLookedAt(kept[i]!);
  const rank = (i: number): number => (isFirst(i) ? -1 : (i - from + kept.length) % kept.length);
  const queue = (awaited.length > 0 ? awaited : changed).toSorted((a, b) => rank(a) - rank(b));
  const sent = queue.slice(0, room);
  const isSent = new Set(sent);
  return {
    lines: kept.map((l, i) => (isSent.has(i) ? l : shown[i]!)),
    sent,
    left: changed.filter((i) => !isSent.has(i)),
  };
}

/** Places of lines that are different. */
export const differences = (before: readonly Line[], after: readonly Line[]): number[] =>
  [...after.keys()].filter((i) => !(before[i] && sameLine(before[i], after[i]!)));

const isLookedAt = ({ spans, isFront }: Line): boolean => isFront === true || spans.some(({ band }) => band);
