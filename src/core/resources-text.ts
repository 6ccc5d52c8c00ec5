/**
 * Resources as Mesos writes them: `cpus:2;mem:1024;cpus(role):4;ports:[31000-32000];disks:{a,b}`.
 * `parseResources(formatResources(r))` gives `r` again.
 */
import { TenderError } from './errors.ts';
import { canonical, type Range, type Resource, type Resources, toMilli, UNRESERVED } from './resources.ts';

const ITEM = /^([A-Za-z][\w.-]*)(?:\(([^()\s]+)\))?:(.+)$/;
const NUMBER = /^\d+(\.\d+)?$|^\.\d+$/;
const RANGE = /^(\d+)-(\d+)$/;

/** @throws TenderError `resources.syntax`, naming the item and what was expected in its place. */
export function parseResources(text: string): Resources {
  const items = text.split(';').map((item) => item.trim());
  return canonical(items.filter((item) => item !== '').map(parseItem));
}

function parseItem(item: string): Resource {
  const match = ITEM.exec(item);
  if (!match) throw new TenderError('resources.syntax', { item, expected: 'NAME:VALUE or NAME(ROLE):VALUE' });
  const [, name = '', role = UNRESERVED, rest = ''] = match;
  const value = rest.trim();
  if (value.startsWith('[')) return { name, role, ranges: parseRanges(item, value) };
  if (value.startsWith('{')) return { name, role, set: parseSet(item, value) };
  const scalar = NUMBER.test(value) ? toMilli(Number(value)) : Number.NaN;
  if (!Number.isSafeInteger(scalar))
    throw new TenderError('resources.syntax', { item, expected: 'a number, [FROM-TO,…] or {a,b}' });
  if (scalar === 0 && Number(value) !== 0)
    throw new TenderError('resources.syntax', { item, expected: 'at least 0.001' });
  return { name, role, scalar };
}

function inner(item: string, value: string, close: string): string[] {
  if (!value.endsWith(close))
    throw new TenderError('resources.syntax', { item, expected: `a closing ${close}` });
  return value
    .slice(1, -1)
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

const parseSet = (item: string, value: string): string[] => inner(item, value, '}');

function parseRanges(item: string, value: string): Range[] {
  return inner(item, value, ']').map((part): Range => {
    const match = RANGE.exec(part);
    const range: Range = [Number(match?.[1]), Number(match?.[2])];
    if (!match || range[0] > range[1])
      throw new TenderError('resources.syntax', { item, expected: 'FROM-TO with FROM ≤ TO' });
    return range;
  });
}

/** 1500 → `1.5`. */
export const formatMilli = (milli: number): string => String(milli / 1000);

export const formatRanges = (ranges: readonly Range[]): string =>
  `[${ranges.map(([from, to]) => `${from}-${to}`).join(',')}]`;

export function formatResources(resources: Resources): string {
  return resources
    .map((r) => `${r.name}${r.role === UNRESERVED ? '' : `(${r.role})`}:${formatValue(r)}`)
    .join(';');
}

function formatValue(r: Resource): string {
  if ('scalar' in r) return formatMilli(r.scalar);
  return 'ranges' in r ? formatRanges(r.ranges) : `{${r.set.join(',')}}`;
}
