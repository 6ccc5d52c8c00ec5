/**
 * Resources as people read them, one amount for each name: `cpus 2, mem 22.5 GiB, ports 80 443 1024-32000`; what of it is
 * set aside for roles stands behind it: `cpus 2 (0.3 for stateful)`.
 */
import { type Range, type Resource, type Resources, UNRESERVED } from '../core/resources.ts';
import { amount } from './table/figures.ts';

export const resourcesSaid = (resources: Resources): string => each(resources, withRoles) || 'none';

/** Only how much it is, whoever it is set aside for. */
export const contentsText = (resources: Resources): string => each(resources, totalOf);

const each = (resources: Resources, text: (name: string, all: readonly Resource[]) => string): string =>
  [...Map.groupBy(resources, ({ name }) => name)]
    .map(([name, all]) => `${name} ${text(name, all)}`)
    .join(', ');

function withRoles(name: string, all: readonly Resource[]): string {
  const whole = totalOf(name, all);
  const roles = Map.groupBy(
    all.filter(({ role }) => role !== UNRESERVED),
    ({ role }) => role,
  );
  const aside = [...roles].map(([role, own]) => {
    const part = totalOf(name, own);
    return part === whole ? `for ${role}` : `${part} for ${role}`;
  });
  return aside.length === 0 ? whole : `${whole} (${aside.join(', ')})`;
}

function totalOf(name: string, all: readonly Resource[]): string {
  const scalars = all.flatMap((one) => ('scalar' in one ? [one.scalar] : []));
  if (scalars.length > 0)
    return amount(
      name,
      scalars.reduce((sum, milli) => sum + milli, 0),
    );
  const ranges = all.flatMap((one) => ('ranges' in one ? one.ranges : []));
  if (ranges.length > 0) return joined(ranges).map(rangeText).join(' ');
  return all.flatMap((one) => ('set' in one ? one.set : [])).join(' ');
}

const rangeText = ([from, to]: Range): string => (from === to ? String(from) : `${from}-${to}`);

/** Those that touch are one. */
function joined(ranges: readonly Range[]): Range[] {
  const all: Range[] = [];
  for (const [from, to] of [...ranges].sort(([a], [b]) => a - b)) {
    const last = all.at(-1);
    if (last && from <= last[1] + 1) all[all.length - 1] = [last[0], Math.max(last[1], to)];
    else all.push([from, to]);
  }
  return all;
}
