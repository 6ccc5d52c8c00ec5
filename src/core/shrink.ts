/**
 * Lists of resources cut down to amounts. Both ways, what is no number (ports, sets) stays as it is: amounts say
 * nothing of it. Entries in canonical order each take what those before them have left; an indivisible one (a volume,
 * a whole disk) that does not fit goes, and leaves its part to the next.
 */
import type { Quantities } from './quantities.ts';
import { isIndivisible } from './resource-identity.ts';
import type { Resource, Resources } from './resources.ts';

/** To at most these amounts; a name that is absent means nothing of it. */
export const shrink = (resources: Resources, amounts: Quantities): Resources =>
  shrinkBy(resources, new Map(Object.entries(amounts)), 0);

/** To at most these amounts; a name that is absent means no bound. */
export const shrinkToLimits = (resources: Resources, limits: Quantities): Resources =>
  shrinkBy(resources, new Map(Object.entries(limits)), Number.POSITIVE_INFINITY);

/** @param left of each name; used up */
function shrinkBy(resources: Resources, left: Map<string, number>, otherwise: number): Resources {
  const out: Resource[] = [];
  for (const entry of resources) {
    if (!('scalar' in entry)) {
      out.push(entry);
      continue;
    }
    const most = left.get(entry.name) ?? otherwise;
    const taken = entry.scalar <= most ? entry.scalar : isIndivisible(entry) ? 0 : most;
    if (taken > 0) out.push(taken === entry.scalar ? entry : { ...entry, scalar: taken });
    left.set(entry.name, most - taken);
  }
  return out;
}
