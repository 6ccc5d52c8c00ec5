/**
 * Amounts by name, without saying which: `{cpus: 500, mem: 1024000}` is half a cpu and 1 GiB, wherever they are. What
 * quotas, shares and minimums are counted in; `Resources` (resources.ts) say which ones. Thousandths, never negative;
 * names that are absent mean nothing of it (an amount) or no bound (a limit).
 */
import { TenderError } from './errors.ts';
import type { Resources } from './resources.ts';
import { formatMilli, parseResources } from './resources-text.ts';

export type Quantities = Readonly<Record<string, number>>;

/** The scalars of these, summed over all reservations. */
export function quantitiesOf(resources: Resources): Quantities {
  const sums: Record<string, number> = {};
  for (const r of resources) if ('scalar' in r) sums[r.name] = (sums[r.name] ?? 0) + r.scalar;
  return sums;
}

/** Whether there is at least so much of each. */
export const covers = (has: Quantities, wanted: Quantities): boolean =>
  Object.entries(wanted).every(([name, amount]) => (has[name] ?? 0) >= amount);

/**
 * `cpus:2;mem:1024`; an amount may be 0, and an empty text is none at all.
 * @throws TenderError `resources.syntax`
 */
export function parseQuantities(text: string): Quantities {
  const out: Record<string, number> = {};
  for (const item of text.split(';').map((part) => part.trim())) {
    if (item === '') continue;
    const zero = /^([A-Za-z][\w.-]*)\s*:\s*0(\.0*)?$/.exec(item);
    const [entry] = zero ? [] : parseResources(item);
    const name = zero?.[1] ?? entry?.name ?? '';
    if (!zero && !(entry && 'scalar' in entry && entry.role === '*'))
      throw new TenderError('resources.syntax', { item, expected: 'NAME:NUMBER' });
    if (name in out) throw new TenderError('resources.syntax', { item, expected: `${name} only once` });
    out[name] = entry && 'scalar' in entry ? entry.scalar : 0;
  }
  return out;
}

export const formatQuantities = (quantities: Quantities): string =>
  Object.keys(quantities)
    .sort()
    .map((name) => `${name}:${formatMilli(quantities[name] ?? 0)}`)
    .join(';');
