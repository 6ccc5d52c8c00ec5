/**
 * Amounts by name, without saying which: `{cpus: 500, mem: 1024000}` is half a cpu and 1 GiB, wherever they are. What
 * quotas, shares and minimums are counted in; `Resources` (resources.ts) say which ones. Thousandths, never negative;
 * names that are absent mean nothing of it (an amount) or no bound (a limit).
 */
import { TenderError } from './errors.ts';
import type { Resources } from './resources.ts';
import { formatMilli, parseMilli } from './resources-text.ts';

export type Quantities = Readonly<Record<string, number>>;

/** The scalars of these, summed over all reservations. */
export function quantitiesOf(resources: Resources): Quantities {
  const sums = new Map<string, number>();
  for (const r of resources) if ('scalar' in r) sums.set(r.name, (sums.get(r.name) ?? 0) + r.scalar);
  return Object.fromEntries(sums);
}

/** Whether there is at least so much of each. */
export const covers = (has: Quantities, wanted: Quantities): boolean =>
  Object.entries(wanted).every(([name, amount]) => (Object.hasOwn(has, name) ? has[name]! : 0) >= amount);

const ITEM = /^([A-Za-z][\w.-]*)\s*:\s*(.*)$/;

/**
 * `cpus:2;mem:1024`; an amount may be 0, and an empty text is none at all.
 * @throws TenderError `resources.syntax`
 */
export function parseQuantities(text: string): Quantities {
  const out = new Map<string, number>();
  for (const item of text.split(';').map((part) => part.trim())) {
    if (item === '') continue;
    const [, name = '', value = ''] = ITEM.exec(item) ?? [];
    const amount = parseMilli(item, value, 'NAME:NUMBER');
    if (out.has(name)) throw new TenderError('resources.syntax', { item, expected: `${name} only once` });
    out.set(name, amount);
  }
  return Object.fromEntries(out);
}

export const formatQuantities = (quantities: Quantities): string =>
  Object.entries(quantities)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, amount]) => `${name}:${formatMilli(amount)}`)
    .join(';');
