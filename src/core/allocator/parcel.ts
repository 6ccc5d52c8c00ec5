/**
 * Resources in the form that the allocator counts in. Nearly all that is ever offered are plain amounts (unreserved
 * cpus, mem, disk) and unreserved ports: those are kept as numbers. Whatever is special (reserved, revocable, a disk of
 * its own, a set) stays a list, and costs only those who have it.
 */
import { add, canonical, type Resource, type Resources, subtract, UNRESERVED } from '../resources.ts';
import type { Columns } from './columns.ts';
import {
  difference,
  type FlatRanges,
  flatten,
  intersection,
  NO_PORTS,
  unflatten,
  union,
} from './flat-ranges.ts';

/** Thousandths by column; shorter than another: the rest is 0. */
export type Amounts = readonly number[];

export interface Parcel {
  readonly plain: Amounts;
  /** Unreserved ones. */
  readonly ports: FlatRanges;
  readonly special: Resources;
}

export const NO_PARCEL: Parcel = { plain: [], ports: NO_PORTS, special: [] };

const isOrdinary = ({ role, disk, revocable, shared }: Resource): boolean =>
  role === UNRESERVED && disk === undefined && revocable === undefined && shared === undefined;

/** What quota limits and headroom speak of: unreserved and not revocable, of whatever disk. */
export const isPlain = (r: Resource): boolean =>
  'scalar' in r && r.role === UNRESERVED && r.revocable === undefined && r.shared === undefined;

export function unpack(resources: Resources, columns: Columns): Parcel {
  const plain = columns.zeros();
  let ports = NO_PORTS;
  let special = NO_PARCEL.special;
  for (const r of resources) {
    if ('scalar' in r && isOrdinary(r)) addTo(plain, columns.of(r.name), r.scalar);
    else if ('ranges' in r && r.name === 'ports' && isOrdinary(r)) ports = flatten(r.ranges);
    else special = [...special, r];
  }
  return { plain, ports, special };
}

/** Canonical. */
export function pack({ plain, ports, special }: Parcel, columns: Columns): Resources {
  const out: Resource[] = [];
  let comePorts = ports.length > 0;
  for (const column of columns.order) {
    const scalar = plain[column] ?? 0;
    if (scalar <= 0) continue;
    const name = columns.names[column]!;
    if (comePorts && name > 'ports') out.push(portsEntry(ports));
    comePorts &&= name < 'ports';
    out.push({ name, role: UNRESERVED, scalar });
  }
  if (comePorts) out.push(portsEntry(ports));
  return special.length === 0 ? out : canonical([...out, ...special]);
}

const portsEntry = (ports: FlatRanges): Resource => ({
  name: 'ports',
  role: UNRESERVED,
  ranges: unflatten(ports),
});

/** Grows `amounts` to the column, and adds. */
export function addTo(amounts: number[], column: number, amount: number): void {
  while (amounts.length <= column) amounts.push(0);
  amounts[column]! += amount;
}

/** The scalars of `special` by column, added to `sums`. */
export function addScalars(sums: number[], special: Resources, columns: Columns): void {
  for (const r of special) if ('scalar' in r) addTo(sums, columns.of(r.name), r.scalar);
}

export function plus(a: Parcel, b: Parcel): Parcel {
  const plain = [...a.plain];
  for (let c = 0; c < b.plain.length; c++) addTo(plain, c, b.plain[c]!);
  return { plain, ports: union(a.ports, b.ports), special: add(a.special, b.special) };
}

/** @param b within `a` */
export function minus(a: Parcel, b: Parcel): Parcel {
  const plain = [...a.plain];
  for (let c = 0; c < b.plain.length; c++) addTo(plain, c, -b.plain[c]!);
  return { plain, ports: difference(a.ports, b.ports), special: subtract(a.special, b.special) };
}

/** What is in both. */
export function overlap(a: Parcel, b: Parcel): Parcel {
  const plain = b.plain.map((amount, c) => Math.min(amount, a.plain[c] ?? 0));
  const special = b.special.length === 0 ? b.special : subtract(a.special, subtract(a.special, b.special));
  return { plain, ports: intersection(a.ports, b.ports), special };
}

/** Equal in all amounts and ports, with nothing special. */
export const isSame = (a: Parcel, b: Parcel): boolean =>
  a.special.length + b.special.length === 0 && isEqual(a.plain, b.plain) && isEqual(a.ports, b.ports);

function isEqual(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
