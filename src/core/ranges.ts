/**
 * Ranges of whole numbers, as ports come: sets of numbers, written by their ends. Canonical: sorted, disjoint, and not
 * even adjacent, so that equal sets are equal lists.
 */

/** Both ends belong to the range. */
export type Range = readonly [from: number, to: number];

/** Sorts and joins overlapping or adjacent ranges: [1-2]+[3-4] = [1-4]. */
export function joinRanges(ranges: readonly Range[]): Range[] {
  const sorted = ranges.filter(([from, to]) => from <= to).sort((x, y) => x[0] - y[0]);
  const out: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = out.at(-1);
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else out.push([from, to]);
  }
  return out;
}

/** The parts of `a` that no range of `b` covers. Both canonical. */
export function cutRanges(a: readonly Range[], b: readonly Range[]): Range[] {
  const out: Range[] = [];
  let next = 0;
  for (const [from, to] of a) {
    let start = from;
    while (next < b.length && b[next]![1] < from) next++;
    for (let i = next; i < b.length && b[i]![0] <= to; i++) {
      const [cutFrom, cutTo] = b[i]!;
      if (cutFrom > start) out.push([start, cutFrom - 1]);
      start = cutTo + 1;
    }
    if (start <= to) out.push([start, to]);
  }
  return out;
}

/** How many numbers the ranges hold. */
export const countRanges = (ranges: readonly Range[]): number =>
  ranges.reduce((n, [from, to]) => n + to - from + 1, 0);
