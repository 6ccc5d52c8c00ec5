/** Where the cursor is and which rows are mounted: never more than the screen has, however many there are. */
import type { Cursor } from './ui.ts';

const clamp = (n: number, low: number, high: number): number => Math.max(low, Math.min(high, n));

/** The cursor's place among `ids`: where its row is now, or near where it was. -1 without rows. */
export function placeOf(cursor: Cursor, ids: readonly string[]): number {
  if (ids.length === 0) return -1;
  if (cursor.id !== undefined) {
    if (ids[cursor.index] === cursor.id) return cursor.index;
    const found = ids.indexOf(cursor.id);
    if (found >= 0) return found;
  }
  return clamp(cursor.index, 0, ids.length - 1);
}

/** The first row to show so that `place` is in view, moving as little as possible from `top`. */
export function topFor(top: number, place: number, height: number, count: number): number {
  const most = Math.max(0, count - height);
  if (place < 0) return 0;
  return clamp(place < top ? place : place >= top + height ? place - height + 1 : top, 0, most);
}

export const scrolled = (top: number, by: number, height: number, length: number): number =>
  clamp(top + by, 0, Math.max(0, length - height));
