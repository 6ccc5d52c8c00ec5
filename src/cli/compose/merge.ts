/**
 * Two trees made one, by the rules of the specification: groups are merged, lists appended, what is one value is
 * replaced. Commands are replaced as a whole; ports, volumes, configs, secrets and devices are the same thing where they are for
 * the same place. `!reset` takes away what was there, `!override` takes its place.
 */
import { entriesOf, type Group, isNothing, type List, type Tree, textOf } from './tree.ts';

type Path = readonly string[];

const REPLACED = new Set(['command', 'entrypoint', 'test']);

/** What makes two items of a list the same one. */
const KEYS: Readonly<Record<string, (item: Tree) => string>> = {
  ports: (item) => (item.kind === 'leaf' ? portKey(String(item.value)) : longPortKey(item)),
  volumes: (item) => (item.kind === 'leaf' ? volumeTarget(String(item.value)) : field(item, 'target')),
  configs: (item) =>
    item.kind === 'leaf' ? `/${item.value}` : field(item, 'target') || `/${field(item, 'source')}`,
  secrets: (item) =>
    item.kind === 'leaf' ? String(item.value) : field(item, 'target') || field(item, 'source'),
  devices: (item) =>
    item.kind === 'leaf' ? (String(item.value).split(':')[1] ?? String(item.value)) : field(item, 'target'),
  expose: (item) => String(textOf(item)),
  cap_add: (item) => String(textOf(item)),
  cap_drop: (item) => String(textOf(item)),
};

const field = (item: Tree, name: string): string => textOf(entriesOf(item).get(name)) ?? '';

/** `127.0.0.1:8080:80/tcp` and its long way. */
function portKey(text: string): string {
  const [, rest = '', protocol = 'tcp'] = /^(.*?)(?:\/(\w+))?$/.exec(text) ?? [];
  const parts = rest.split(':');
  const target = parts.pop() ?? '';
  const published = parts.pop() ?? '';
  return [parts.join(':'), published, target, protocol].join(' ');
}

const longPortKey = (item: Tree): string =>
  [
    field(item, 'host_ip'),
    field(item, 'published'),
    field(item, 'target'),
    field(item, 'protocol') || 'tcp',
  ].join(' ');

const volumeTarget = (text: string): string => {
  const parts = text.split(':');
  return parts.length === 1 ? parts[0]! : parts[1]!;
};

export function merge(base: Tree | undefined, over: Tree | undefined, path: Path = []): Tree | undefined {
  if (over?.tag === '!reset') return undefined;
  if (over === undefined || base === undefined) return clean(over ?? base);
  if (over.tag === '!override') return clean({ ...over, tag: undefined });
  if (isNothing(over)) return base;
  if (base.kind === 'group' && over.kind === 'group') return mergeGroups(base, over, path);
  if (base.kind === 'list' && over.kind === 'list' && !REPLACED.has(path.at(-1) ?? ''))
    return mergeLists(base, over, path.at(-1) ?? '');
  return clean(over);
}

function mergeGroups(base: Group, over: Group, path: Path): Group {
  const entries = new Map(base.entries);
  for (const [key, value] of over.entries) {
    const merged = merge(entries.get(key), value, [...path, key]);
    if (merged) entries.set(key, merged);
    else entries.delete(key);
  }
  return { ...over, entries };
}

function mergeLists(base: List, over: List, name: string): List {
  const items = clean(over) as List;
  const key = KEYS[name];
  if (!key) return { ...over, items: [...base.items, ...items.items] };
  const all = new Map<string, Tree>(base.items.map((item) => [key(item), item]));
  for (const item of items.items) {
    const before = all.get(key(item));
    const both = before?.kind === 'group' && item.kind === 'group' ? mergeGroups(before, item, []) : item;
    all.set(key(item), both);
  }
  return { ...over, items: [...all.values()] };
}

/** Without what is taken away by `!reset`: there was nothing to take it from. */
export function clean<T extends Tree | undefined>(tree: T): T {
  if (tree?.kind === 'group') {
    const kept = [...tree.entries].filter(([, value]) => value.tag !== '!reset');
    return { ...tree, entries: new Map(kept.map(([key, value]) => [key, clean(value)])) };
  }
  return tree;
}
