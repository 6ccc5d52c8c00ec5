/**
 * The least that still fails: a plan that leads to a violation, without all the steps that have no part in it. Delta
 * debugging (Zeller, Hildebrandt 2002), after what comes later than the violation has been cut off.
 */
import type { Step } from './plan.ts';

/** Steps of a plan, by their place in it. */
export type Subset = readonly number[];

/**
 * @param fails whether these steps alone still lead to the same violation
 * @returns none of whose parts (as far as was tried) can be left out
 */
export async function shrink(
  plan: readonly Step[],
  fails: (subset: Subset) => Promise<boolean>,
  mayGoOn: () => boolean,
): Promise<Subset> {
  let least: Subset = plan.map((_, place) => place);
  for (let parts = 2; least.length > 1 && mayGoOn(); ) {
    const smaller = await withoutOnePart(least, parts, fails, mayGoOn);
    if (smaller) {
      least = smaller;
      parts = Math.max(2, parts - 1);
    } else if (parts >= least.length) break;
    else parts = Math.min(least.length, parts * 2);
  }
  return least;
}

async function withoutOnePart(
  all: Subset,
  parts: number,
  fails: (subset: Subset) => Promise<boolean>,
  mayGoOn: () => boolean,
): Promise<Subset | undefined> {
  const size = Math.ceil(all.length / parts);
  // The last ones first: what comes later is more often of no consequence.
  for (let part = parts - 1; part >= 0 && mayGoOn(); part--) {
    const rest = [...all.slice(0, part * size), ...all.slice((part + 1) * size)];
    if (rest.length < all.length && (await fails(rest))) return rest;
  }
  return undefined;
}
