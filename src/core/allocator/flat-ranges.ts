/**
 * Sets of port numbers as flat lists `[from, to, from, to, …]`: sorted, disjoint, not adjacent, both ends included.
 * What `Resources` say with a pair per range, in a form that costs one small array: an allocator splits and joins the
 * ports of every agent it offers. No function changes its arguments.
 */
import type { Range } from '../resources.ts';

export type FlatRanges = readonly number[];

export const NO_PORTS: FlatRanges = [];

export function flatten(ranges: readonly Range[]): FlatRanges {
  const out: number[] = [];
  for (const [from, to] of ranges) out.push(from, to);
  return out;
}

export function unflatten(flat: FlatRanges): Range[] {
  const out: Range[] = [];
  for (let i = 0; i < flat.length; i += 2) out.push([flat[i]!, flat[i + 1]!]);
  return out;
}

/** How many numbers. */
export function countOf(flat: FlatRanges): number {
  let count = 0;
  for (let i = 0; i < flat.length; i += 2) count += flat[i + 1]! - flat[i]! + 1;
  return count;
}

export function union(a: FlatRanges, b: FlatRanges): FlatRanges {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const out: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const fromA = j >= b.length || (i < a.length && a[i]! <= b[j]!);
    const from = fromA ? a[i]! : b[j]!;
    const to = fromA ? a[i + 1]! : b[j + 1]!;
    if (fromA) i += 2;
    else j += 2;
    const last = out.length - 1;
    if (last > 0 && from <= out[last]! + 1) out[last] = Math.max(out[last]!, to);
    else out.push(from, to);
  }
  return out;
}

/** What is in `a` and not in `b`. */
export function difference(a: FlatRanges, b: FlatRanges): FlatRanges {
  if (a.length === 0 || b.length === 0) return a;
  const out: number[] = [];
  let j = 0;
  for (let i = 0; i < a.length; i += 2) {
    let from = a[i]!;
    const to = a[i + 1]!;
    while (j < b.length && b[j + 1]! < from) j += 2;
    for (let k = j; k < b.length && b[k]! <= to; k += 2) {
      if (b[k]! > from) out.push(from, b[k]! - 1);
      from = b[k + 1]! + 1;
    }
    if (from <= to) out.push(from, to);
  }
  return out;
}

/** What is in both. */
export function intersection(a: FlatRanges, b: FlatRanges): FlatRanges {
  if (a.length === 0 || b.length === 0) return NO_PORTS;
  const out: number[] = [];
  let j = 0;
  for (let i = 0; i < a.length; i += 2) {
    const to = a[i + 1]!;
    while (j < b.length && b[j + 1]! < a[i]!) j += 2;
    for (let k = j; k < b.length && b[k]! <= to; k += 2)
      out.push(Math.max(a[i]!, b[k]!), Math.min(to, b[k + 1]!));
  }
  return out;
}

/** The highest `most` numbers. */
export function highest(flat: FlatRanges, most: number): FlatRanges {
  // Mostly the last range has as many.
  const last = flat[flat.length - 1];
  if (last !== undefined && most > 0 && last - most + 1 >= flat[flat.length - 2]!)
    return [last - most + 1, last];
  const out: number[] = [];
  let left = most;
  for (let i = flat.length - 2; i >= 0 && left > 0; i -= 2) {
    const from = Math.max(flat[i]!, flat[i + 1]! - left + 1);
    out.unshift(from, flat[i + 1]!);
    left -= flat[i + 1]! - from + 1;
  }
  return out;
}

/** The lowest `most` numbers. */
export function lowest(flat: FlatRanges, most: number): FlatRanges {
  const out: number[] = [];
  let left = most;
  for (let i = 0; i < flat.length && left > 0; i += 2) {
    const to = Math.min(flat[i + 1]!, flat[i]! + left - 1);
    out.push(flat[i]!, to);
    left -= to - flat[i]! + 1;
  }
  return out;
}
