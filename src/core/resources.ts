/**
 * Resources: what an agent has, an offer carries and a task takes. A value is a list of plain, immutable entries,
 * so it travels as JSON unchanged. Kept canonical by every function here (one entry per resource, sorted, nothing
 * empty), so that equal resources are equal lists. Scalars are integers in thousandths (0.5 cpus = 500), as in Mesos'
 * fixed point; mem and disk count MiB.
 *
 * Entries of different resources (resource-identity.ts) never mix: a reservation does not stand for unreserved. An
 * indivisible one (a persistent volume, a whole disk) behaves like an element of a set: adding it again keeps it once,
 * taking it away takes all of it, and only the whole of it is within something.
 */
import { TenderError } from './errors.ts';
import { cutRanges, joinRanges, type Range } from './ranges.ts';
import { isIndivisible, order, sameResource } from './resource-identity.ts';

export * from './ranges.ts';
export { isIndivisible, sameResource } from './resource-identity.ts';
export * from './shrink.ts';

/** Role of what is reserved for nobody. */
export const UNRESERVED = '*';

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

const isEmptyEntry = (r: Resource): boolean =>
  'scalar' in r ? r.scalar <= 0 : 'ranges' in r ? r.ranges.length === 0 : r.set.length === 0;

function mismatch(name: string): never {
  throw new TenderError('resources.kind', { name });
}

function join(a: Resource, b: Resource): Resource {
  if ('scalar' in a && 'scalar' in b)
    return { ...a, scalar: isIndivisible(a) ? Math.max(a.scalar, b.scalar) : a.scalar + b.scalar };
  if ('ranges' in a && 'ranges' in b) return { ...a, ranges: joinRanges([...a.ranges, ...b.ranges]) };
  if ('set' in a && 'set' in b) return { ...a, set: [...new Set([...a.set, ...b.set])].sort() };
  return mismatch(a.name);
}

function cut(a: Resource, b: Resource): Resource {
  if ('scalar' in a && 'scalar' in b) return { ...a, scalar: isIndivisible(a) ? 0 : a.scalar - b.scalar };
  if ('ranges' in a && 'ranges' in b) return { ...a, ranges: cutRanges(a.ranges, b.ranges) };
  if ('set' in a && 'set' in b) return { ...a, set: a.set.filter((item) => !b.set.includes(item)) };
  return a; // of another kind: an agent may have changed what a name means, and that must not stop an allocation
}

/** Whether all of `b` is within `a`, of the same resource. */
function holds(a: Resource, b: Resource): boolean {
  if ('scalar' in a && 'scalar' in b) return isIndivisible(a) ? a.scalar === b.scalar : a.scalar >= b.scalar;
  if ('ranges' in a && 'ranges' in b) return cutRanges(b.ranges, a.ranges).length === 0;
  if ('set' in a && 'set' in b) return b.set.every((item) => a.set.includes(item));
  return false;
}

/**
 * Where the same resource is in a list; −1 if it is not there. Of two canonical lists that are walked together it is
 * mostly the one after the last (`from`), or one soon after that.
 */
function indexOf(list: Resources, entry: Resource, from: number): number {
  for (let i = from; i < list.length; i++) if (sameResource(list[i]!, entry)) return i;
  for (let i = 0; i < from; i++) if (sameResource(list[i]!, entry)) return i;
  return -1;
}

/** Brings entries in any order, with repeats, into canonical form. */
export function canonical(entries: readonly Resource[]): Resources {
  const out: Resource[] = [];
  for (const entry of entries.map(withImpliedLayer).sort(order)) {
    const last = out.at(-1);
    if (last && sameResource(last, entry)) out[out.length - 1] = join(last, entry);
    else if ('ranges' in entry) out.push({ ...entry, ranges: joinRanges(entry.ranges) });
    else if ('set' in entry) out.push({ ...entry, set: [...new Set(entry.set)].sort() });
    else out.push(entry);
  }
  return out.filter((r) => !isEmptyEntry(r));
}

export function add(a: Resources, b: Resources): Resources {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const out = [...a];
  let at = -1;
  for (const entry of b) {
    const found = indexOf(out, entry, at + 1);
    if (found < 0) out.push(entry);
    else {
      out[found] = join(out[found]!, entry);
      at = found;
    }
  }
  return out.length > a.length ? out.sort(order) : out;
}

/** What is left of `a` without `b`; never negative: what `a` lacks is not owed. */
export function subtract(a: Resources, b: Resources): Resources {
  if (b.length === 0) return a;
  const out: Resource[] = [];
  let at = -1;
  for (const entry of a) {
    const found = indexOf(b, entry, at + 1);
    if (found < 0) out.push(entry);
    else {
      const rest = cut(entry, b[found]!);
      if (!isEmptyEntry(rest)) out.push(rest);
      at = found;
    }
  }
  return out;
}

/** Whether all of `b` is within `a`, entry by entry. */
export function contains(a: Resources, b: Resources): boolean {
  let at = -1;
  for (const entry of b) {
    at = indexOf(a, entry, at + 1);
    if (at < 0 || !holds(a[at]!, entry)) return false;
  }
  return true;
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

/** All items of that name, over all roles. */
export const setOf = (resources: Resources, name: string): ReadonlySet<string> =>
  new Set(resources.flatMap((r) => (r.name === name && 'set' in r ? r.set : [])));

/** What `role` may use of these: unreserved, and reserved for it or an ancestor of it. */
export const usableBy = (resources: Resources, role: string): Resources =>
  resources.filter((r) => r.role === UNRESERVED || role === r.role || role.startsWith(`${r.role}/`));

/** The layers of its reservation, outer to inner; none: it is unreserved. */
export function layersOf({ role, reservations }: Resource): readonly Reservation[] {
  return reservations ?? (role === UNRESERVED ? [] : [{ role, kind: 'static' }]);
}

/** The same amount under these layers, in canonical form: a single one that the role says already is not written. */
export function withLayers(entry: Resource, layers: readonly Reservation[]): Resource {
  const { reservations: _, ...bare } = entry;
  const role = layers.at(-1)?.role ?? UNRESERVED;
  const [outer] = layers;
  const isImplied =
    !outer ||
    (layers.length === 1 &&
      outer.kind === 'static' &&
      outer.principal === undefined &&
      outer.labels === undefined);
  return isImplied ? { ...bare, role } : { ...bare, role, reservations: layers };
}

const withImpliedLayer = (entry: Resource): Resource =>
  entry.reservations === undefined ? entry : withLayers(entry, entry.reservations);

/** These under one more layer, the innermost. */
export const reserved = (resources: Resources, layer: Reservation): Resources =>
  canonical(resources.map((entry) => withLayers(entry, [...layersOf(entry), layer])));

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
