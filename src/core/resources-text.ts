/**
 * Resources as Mesos writes them, entries separated by `;`:
 *
 *   cpus:2                          unreserved
 *   ports:[31000-32000,80-80]       ranges
 *   disks:{a,b}                     a set
 *   cpus(web):4                     reserved for a role by the agent's own configuration
 *   cpus{REV}:2                     revocable
 *   disk[mount:/mnt/data]:10240     a whole disk apart from the agent's own; `path`: a folder of one
 *   disk(web)[vol:db]:1024          a persistent volume; made by alice on such a disk: [mount:/mnt/data,vol:db,by:alice]
 *   disk(web)[vol:db]<SHARED>:64    one that several tasks may hold at once
 *   cpus(reservations: [(STATIC,eng),(DYNAMIC,eng/web,alice,{rack: a})]):4
 *                                   any other reservation: its layers, with who made them and their labels
 *
 * `parseResources(formatResources(r))` gives `r` again.
 */
import { TenderError } from './errors.ts';
import { ItemReader, quote, split, unquote } from './item-reader.ts';
import { brokenRule } from './resource-rules.ts';
import {
  canonical,
  type DiskFacts,
  type Range,
  type Reservation,
  type Resource,
  type Resources,
  toMilli,
  UNRESERVED,
  withLayers,
} from './resources.ts';

const NAME = /[A-Za-z][\w.-]*/y;
/** A comma, and then a principal: labels would come in braces. */
const BEFORE_PRINCIPAL = /\s*,(?!\s*\{)/y;
const NUMBER = /^\d+(\.\d+)?$|^\.\d+$/;
const RANGE = /^(\d+)-(\d+)$/;
const HEAD = 'NAME:VALUE or NAME(ROLE):VALUE';
const FACTS = ['mount', 'path', 'vol', 'by'] as const;
const FACTS_EXPECTED = 'mount:FOLDER or path:FOLDER, and vol:ID, in the brackets of a disk';

type Value = { scalar: number } | { ranges: Range[] } | { set: string[] };

/** @throws TenderError `resources.syntax`, naming the item and what was expected in its place. */
export const parseResources = (text: string): Resources => canonical(split(text, ';').map(parseItem));

function parseItem(item: string): Resource {
  const reader = new ItemReader(item);
  const name = reader.match(NAME) ?? reader.fail(HEAD);
  const layers = reader.takes('(') ? parseReservation(reader) : [];
  const disk = reader.takes('[') ? parseDisk(reader) : undefined;
  const revocable = reader.takes('{REV}');
  const shared = reader.takes('<SHARED>');
  if (!reader.takes(':')) return reader.fail(HEAD);
  const entry = withLayers(
    {
      name,
      role: UNRESERVED,
      ...(disk && { disk }),
      ...(revocable && { revocable }),
      ...(shared && { shared }),
      ...parseValue(item, reader.rest()),
    },
    layers,
  );
  const expected = brokenRule(entry);
  return expected === undefined ? entry : reader.fail(expected);
}

function parseReservation(reader: ItemReader): Reservation[] {
  const layers: Reservation[] = [];
  if (reader.takes('reservations:')) {
    reader.need('[');
    do layers.push(parseLayer(reader));
    while (reader.takes(','));
    reader.need(']');
  } else {
    const role = reader.word();
    if (role !== UNRESERVED) layers.push({ role, kind: 'static' });
  }
  reader.need(')');
  return layers;
}

function parseLayer(reader: ItemReader): Reservation {
  reader.need('(');
  const kind = reader.takes('STATIC') ? 'static' : reader.takes('DYNAMIC') ? 'dynamic' : undefined;
  if (!kind) return reader.fail('STATIC or DYNAMIC in each layer of a reservation');
  reader.need(',');
  const role = reader.word();
  const principal = reader.match(BEFORE_PRINCIPAL) ? reader.word() : undefined;
  const labels = reader.takes(',') ? parseLabels(reader) : undefined;
  reader.need(')');
  return { role, kind, ...(principal !== undefined && { principal }), ...(labels && { labels }) };
}

function parseLabels(reader: ItemReader): Record<string, string> {
  const labels: [key: string, value: string][] = [];
  reader.need('{');
  do {
    const key = reader.word();
    reader.need(':');
    labels.push([key, reader.word()]);
  } while (reader.takes(','));
  reader.need('}');
  return Object.fromEntries(labels);
}

function parseDisk(reader: ItemReader): DiskFacts {
  const facts = new Map<string, string>();
  do {
    const fact = FACTS.find((name) => reader.takes(`${name}:`));
    if (!fact || facts.has(fact)) return reader.fail(FACTS_EXPECTED);
    facts.set(fact, reader.word());
  } while (reader.takes(','));
  reader.need(']');
  const [mount, path, id, principal] = FACTS.map((fact) => facts.get(fact));
  const root = mount ?? path;
  if ((mount !== undefined && path !== undefined) || (principal !== undefined && id === undefined))
    return reader.fail(FACTS_EXPECTED);
  return {
    ...(root !== undefined && { source: { kind: mount === undefined ? 'path' : 'mount', root } }),
    ...(id !== undefined && { volume: { id, ...(principal !== undefined && { principal }) } }),
  };
}

function parseValue(item: string, value: string): Value {
  if (value.startsWith('[')) return { ranges: parseRanges(item, value) };
  if (value.startsWith('{')) return { set: inner(item, value, '}').map(unquote) };
  return { scalar: parseMilli(item, value, 'a number, [FROM-TO,…] or {a,b}') };
}

function parseRanges(item: string, value: string): Range[] {
  return inner(item, value, ']').map((part): Range => {
    const match = RANGE.exec(part);
    const range: Range = [Number(match?.[1]), Number(match?.[2])];
    if (!match || range[0] > range[1])
      throw new TenderError('resources.syntax', { item, expected: 'FROM-TO with FROM ≤ TO' });
    return range;
  });
}

function inner(item: string, value: string, close: string): string[] {
  if (!value.endsWith(close))
    throw new TenderError('resources.syntax', { item, expected: `a closing ${close}` });
  return split(value.slice(1, -1), ',');
}

/**
 * `1.5` → 1500.
 * @param item what the number is part of
 * @throws TenderError `resources.syntax`
 */
export function parseMilli(item: string, value: string, expected: string): number {
  const milli = NUMBER.test(value) ? toMilli(Number(value)) : Number.NaN;
  if (!Number.isSafeInteger(milli)) throw new TenderError('resources.syntax', { item, expected });
  if (milli === 0 && Number(value) !== 0)
    throw new TenderError('resources.syntax', { item, expected: 'at least 0.001' });
  return milli;
}

/** 1500 → `1.5`. */
export const formatMilli = (milli: number): string => String(milli / 1000);

export const formatRanges = (ranges: readonly Range[]): string =>
  `[${ranges.map(([from, to]) => `${from}-${to}`).join(',')}]`;

export const formatResources = (resources: Resources): string => resources.map(formatResource).join(';');

function formatResource(r: Resource): string {
  const flags = `${r.revocable ? '{REV}' : ''}${r.shared ? '<SHARED>' : ''}`;
  return `${r.name}${formatReservation(r)}${formatDisk(r.disk)}${flags}:${formatValue(r)}`;
}

function formatReservation({ role, reservations }: Resource): string {
  if (reservations) return `(reservations: [${reservations.map(formatLayer).join(',')}])`;
  return role === UNRESERVED ? '' : `(${quote(role)})`;
}

function formatLayer({ kind, role, principal, labels }: Reservation): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${quote(key)}: ${quote(value)}`);
  const words = [kind.toUpperCase(), quote(role)];
  if (principal !== undefined) words.push(quote(principal));
  if (pairs.length > 0) words.push(`{${pairs.join(', ')}}`);
  return `(${words.join(',')})`;
}

function formatDisk({ source, volume }: DiskFacts = {}): string {
  const facts: string[] = [];
  if (source) facts.push(`${source.kind}:${quote(source.root)}`);
  if (volume) facts.push(`vol:${quote(volume.id)}`);
  if (volume?.principal !== undefined) facts.push(`by:${quote(volume.principal)}`);
  return facts.length > 0 ? `[${facts.join(',')}]` : '';
}

function formatValue(r: Resource): string {
  if ('scalar' in r) return formatMilli(r.scalar);
  return 'ranges' in r ? formatRanges(r.ranges) : `{${r.set.map(quote).join(',')}}`;
}
