/**
 * Resources: what an agent has, an offer carries and a task takes. A value is a list of plain, immutable entries,
 * so it travels as JSON unchanged. Kept canonical by every function here (one entry per name and role, sorted,
 * nothing empty), so that equal resources are equal lists. Scalars are integers in thousandths (0.5 cpus = 500),
 * as in Mesos' fixed point; mem and disk count MiB.
 */
import { TenderError } from './errors.ts';

/** Role of what is reserved for nobody. */
export const UNRESERVED = '*';

/** Both ends belong to the range. */
export type Range = readonly [from: number, to: number];

/** One layer of a reservation: set aside for a role, by the agent's own configuration or by an operation. */
export interface Reservation {
  readonly role: string;
  readonly kind: 'static' | 'dynamic';
  /** Who made it. */
  readonly principal?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** What is special about a disk. */
export interface DiskFacts {
  /** Apart from the agent's own file system: a folder of another one (`path`), or a whole one (`mount`: indivisible). */
  readonly source?: { readonly kind: 'path' | 'mount'; readonly root: string } | undefined;
  /** A persistent volume: survives its tasks, indivisible. The id is unique per role and agent. */
  readonly volume?: { readonly id: string; readonly principal?: string | undefined } | undefined;
}

interface Entry {
  readonly name: string;
  /** The role it is reserved for (of several layers: the innermost), or `*`. */
  readonly role: string;
  /**
   * The layers, outer to inner, each for a role below the one before. Absent: not reserved, or by one static layer
   * without principal and labels.
   */
  readonly reservations?: readonly Reservation[] | undefined;
  readonly disk?: DiskFacts | undefined;
  /** May be taken away at any time. */
  readonly revocable?: true | undefined;
  /** Of a persistent volume: several tasks may hold it at once. */
  readonly shared?: true | undefined;
}
export type Resource = Entry &
  ({ readonly scalar: number } | { readonly ranges: readonly Range[] } | { readonly set: readonly string[] });
export type Resources = readonly Resource[];

export const NOTHING: Resources = [];

/** Fixed point of a number: half away from zero, three decimals. */
export const toMilli = (value: number): number => Math.sign(value) * Math.round(Math.abs(value) * 1000);

const order = (a: Entry, b: Entry): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : a.role < b.role ? -1 : a.role > b.role ? 1 : 0;

const sameKey = (a: Entry, b: Entry): boolean => a.name === b.name && a.role === b.role;

const isEmptyEntry = (r: Resource): boolean =>
  'scalar' in r ? r.scalar <= 0 : 'ranges' in r ? r.ranges.length === 0 : r.set.length === 0;

/** Sorts and joins overlapping or adjacent ranges: [1-2]+[3-4] = [1-4]. */
export function joinRanges(ranges: readonly Range[]): Range[] {
  const sorted = ranges.filter(([a, b]) => a <= b).sort((x, y) => x[0] - y[0]);
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
  for (const [from, to] of a) {
    let start = from;
    for (const [cutFrom, cutTo] of b) {
      if (cutTo < start) continue;
      if (cutFrom > to) break;
      if (cutFrom > start) out.push([start, cutFrom - 1]);
      start = cutTo + 1;
    }
    if (start <= to) out.push([start, to]);
  }
  return out;
}

function mismatch(name: string): never {
  throw new TenderError('resources.kind', { name });
}

function join(a: Resource, b: Resource): Resource {
  if ('scalar' in a && 'scalar' in b) return { ...a, scalar: a.scalar + b.scalar };
  if ('ranges' in a && 'ranges' in b) return { ...a, ranges: joinRanges([...a.ranges, ...b.ranges]) };
  if ('set' in a && 'set' in b) return { ...a, set: [...new Set([...a.set, ...b.set])].sort() };
  return mismatch(a.name);
}

function cut(a: Resource, b: Resource): Resource {
  if ('scalar' in a && 'scalar' in b) return { ...a, scalar: a.scalar - b.scalar };
  if ('ranges' in a && 'ranges' in b) return { ...a, ranges: cutRanges(a.ranges, b.ranges) };
  if ('set' in a && 'set' in b) return { ...a, set: a.set.filter((item) => !b.set.includes(item)) };
  return a; // of another kind: an agent may have changed what a name means, and that must not stop an allocation
}

/** Brings entries in any order, with repeats, into canonical form. */
export function canonical(entries: readonly Resource[]): Resources {
  const out: Resource[] = [];
  for (const entry of [...entries].sort(order)) {
    const last = out.at(-1);
    if (last && sameKey(last, entry)) out[out.length - 1] = join(last, entry);
    else if ('ranges' in entry) out.push({ ...entry, ranges: joinRanges(entry.ranges) });
    else if ('set' in entry) out.push({ ...entry, set: [...new Set(entry.set)].sort() });
    else out.push(entry);
  }
  return out.filter((r) => !isEmptyEntry(r));
}

export const add = (a: Resources, b: Resources): Resources =>
  a.length === 0 ? b : b.length === 0 ? a : canonical([...a, ...b]);

/** What is left of `a` without `b`; never negative: what `a` lacks is not owed. */
export function subtract(a: Resources, b: Resources): Resources {
  if (b.length === 0) return a;
  const out = a.map((r) => {
    const other = b.find((o) => sameKey(o, r));
    return other ? cut(r, other) : r;
  });
  return out.filter((r) => !isEmptyEntry(r));
}

/** Whether all of `b` is within `a`, entry by entry (a reservation does not stand for unreserved). */
export function contains(a: Resources, b: Resources): boolean {
  return b.every((wanted) => {
    const had = a.find((r) => sameKey(r, wanted));
    if (!had) return false;
    if ('scalar' in had && 'scalar' in wanted) return had.scalar >= wanted.scalar;
    return isEmptyEntry(cut(wanted, had));
  });
}

export const isEmpty = (r: Resources): boolean => r.length === 0;

export const equals = (a: Resources, b: Resources): boolean => contains(a, b) && contains(b, a);

/** Thousandths of the named scalar, over all roles. */
export function scalar(resources: Resources, name: string): number {
  let sum = 0;
  for (const r of resources) if (r.name === name && 'scalar' in r) sum += r.scalar;
  return sum;
}

/** All ranges of that name, over all roles. */
export const rangesOf = (resources: Resources, name: string): readonly Range[] =>
  joinRanges(resources.flatMap((r) => (r.name === name && 'ranges' in r ? r.ranges : [])));

/** How many numbers the ranges hold. */
export const countRanges = (ranges: readonly Range[]): number =>
  ranges.reduce((n, [from, to]) => n + to - from + 1, 0);

/** What `role` may use of these: unreserved, and reserved for it or an ancestor of it. */
export const usableBy = (resources: Resources, role: string): Resources =>
  resources.filter((r) => r.role === UNRESERVED || role === r.role || role.startsWith(`${r.role}/`));

/** The unreserved entries of these amounts: `resourcesOf({cpus: 500}, {ports: [[80, 80]]})`. */
export function resourcesOf(
  scalars: Readonly<Record<string, number>>,
  ranges: Readonly<Record<string, readonly Range[]>> = {},
): Resources {
  return canonical([
    ...Object.entries(scalars).map(([name, milli]) => ({ name, role: UNRESERVED, scalar: milli })),
    ...Object.entries(ranges).map(([name, list]) => ({ name, role: UNRESERVED, ranges: list })),
  ]);
}
