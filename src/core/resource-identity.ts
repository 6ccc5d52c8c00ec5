/**
 * Which entries are amounts of the same resource: those that differ in nothing but the amount. So a reservation for
 * another role, by another principal or with other labels is another resource, and so is each volume and each disk.
 * `order` is the one definition; entries are compared by what is cheap and mostly differs first, since these run for
 * every entry of every offer.
 */
import type { DiskFacts, Reservation, Resource } from './resources.ts';

/** Of canonical lists, and so also the order in which a shrinking list gives to its entries. Plain ones come first. */
export const order = (a: Resource, b: Resource): number =>
  compare(a.name, b.name) || compare(a.role, b.role) || compareExtras(a, b);

/** Whether everything but the amount is the same. */
export const sameResource = (a: Resource, b: Resource): boolean =>
  a.name === b.name &&
  a.role === b.role &&
  ((a.reservations === b.reservations &&
    a.disk === b.disk &&
    a.revocable === b.revocable &&
    a.shared === b.shared) ||
    compareExtras(a, b) === 0);

/**
 * A persistent volume, or a whole disk: there whole or not at all. Such an entry is one thing, known by its id or its
 * root: it can't be halved, and twice the same is still one.
 */
export const isIndivisible = ({ disk }: Resource): boolean =>
  disk !== undefined && (disk.volume !== undefined || disk.source?.kind === 'mount');

const compareExtras = (a: Resource, b: Resource): number =>
  compareLayers(a.reservations, b.reservations) ||
  compareDisks(a.disk, b.disk) ||
  compareFlags(a.revocable, b.revocable) ||
  compareFlags(a.shared, b.shared);

/** What is absent comes first. */
const compare = (a: string | undefined, b: string | undefined): number =>
  a === b ? 0 : a === undefined || (b !== undefined && a < b) ? -1 : 1;

const compareFlags = (a: true | undefined, b: true | undefined): number => (a === b ? 0 : a ? 1 : -1);

function compareLayers(a: readonly Reservation[] = [], b: readonly Reservation[] = []): number {
  for (let i = 0; i < a.length || i < b.length; i++) {
    const [x, y] = [a[i], b[i]];
    const way =
      compare(x?.role, y?.role) ||
      compare(x?.kind, y?.kind) ||
      compare(x?.principal, y?.principal) ||
      compareLabels(x?.labels, y?.labels);
    if (way !== 0) return way;
  }
  return 0;
}

function compareLabels(a: Reservation['labels'] = {}, b: Reservation['labels'] = {}): number {
  if (a === b) return 0;
  const [x, y] = [wordsOf(a), wordsOf(b)];
  for (let i = 0; i < x.length || i < y.length; i++) {
    const way = compare(x[i], y[i]);
    if (way !== 0) return way;
  }
  return 0;
}

/** Keys and values in turn; the order in which labels were written says nothing. */
function wordsOf(labels: Readonly<Record<string, string>>): string[] {
  const keys = Object.keys(labels);
  if (keys.length === 1) return [keys[0]!, labels[keys[0]!] ?? '']; // as most have
  return keys.sort().flatMap((key) => [key, labels[key] ?? '']);
}

const compareDisks = (a: DiskFacts | undefined, b: DiskFacts | undefined): number =>
  compare(a?.source?.kind, b?.source?.kind) ||
  compare(a?.source?.root, b?.source?.root) ||
  compare(a?.volume?.id, b?.volume?.id) ||
  compare(a?.volume?.principal, b?.volume?.principal);
