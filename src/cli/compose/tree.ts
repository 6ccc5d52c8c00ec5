/**
 * What is written in a Compose file, with the place of every part: merging and extending put parts of several files
 * together, and each still knows where it was said, and which folder its paths start from.
 */
import type { Json } from '../../core/json.ts';

export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Where relative paths start. */
  readonly folder: string;
}

export type Scalar = string | number | boolean | null;

export interface Leaf {
  readonly kind: 'leaf';
  readonly at: Place;
  readonly value: Scalar;
  /** As it is written, for what YAML would make another number of: `0440`. */
  readonly source?: string | undefined;
  readonly tag?: string | undefined;
}

export interface List {
  readonly kind: 'list';
  readonly at: Place;
  readonly items: readonly Tree[];
  readonly tag?: string | undefined;
}

/** The place of an entry is that of its key. */
export interface Group {
  readonly kind: 'group';
  readonly at: Place;
  readonly entries: ReadonlyMap<string, Tree>;
  readonly tag?: string | undefined;
}

export type Tree = Leaf | List | Group;

export const leaf = (value: Scalar, at: Place): Leaf => ({ kind: 'leaf', at, value });
export const list = (items: readonly Tree[], at: Place): List => ({ kind: 'list', at, items });
export const group = (entries: Iterable<readonly [string, Tree]>, at: Place): Group => ({
  kind: 'group',
  at,
  entries: new Map(entries),
});

export const isNothing = (tree: Tree | undefined): boolean =>
  tree === undefined || (tree.kind === 'leaf' && tree.value === null);

/** Entries of a group; of anything else none. */
export const entriesOf = (tree: Tree | undefined): ReadonlyMap<string, Tree> =>
  tree?.kind === 'group' ? tree.entries : NONE;
const NONE: ReadonlyMap<string, Tree> = new Map();

export const get = (tree: Tree | undefined, ...path: readonly string[]): Tree | undefined =>
  path.reduce<Tree | undefined>((inner, key) => entriesOf(inner).get(key), tree);

/** Items of a list; of a single value that one. */
export function itemsOf(tree: Tree | undefined): readonly Tree[] {
  if (tree === undefined || isNothing(tree)) return [];
  return tree.kind === 'list' ? tree.items : [tree];
}

/** A value as text; undefined for a group, a list, and nothing. */
export const textOf = (tree: Tree | undefined): string | undefined =>
  tree?.kind === 'leaf' && tree.value !== null ? String(tree.value) : undefined;

export const isTrue = (tree: Tree | undefined): boolean => textOf(tree) === 'true';

export function toJson(tree: Tree): Json {
  switch (tree.kind) {
    case 'leaf':
      return tree.value;
    case 'list':
      return tree.items.map(toJson);
    case 'group':
      return Object.fromEntries([...tree.entries].map(([key, value]) => [key, toJson(value)]));
  }
}

/** The deepest part of the path that is there. */
export function placeOf(tree: Tree, path: readonly PropertyKey[]): Place {
  let found = tree;
  for (const key of path) {
    const inner: Tree | undefined =
      found.kind === 'list' ? found.items[Number(key)] : entriesOf(found).get(String(key));
    if (inner === undefined) break;
    found = inner;
  }
  return found.at;
}

export const placeText = ({ file, line, column }: Place): string => `${file}:${line}:${column}`;
