/**
 * Whether a Compose file is one: by the JSON schema of the Compose Specification (compose-spec.json, see NOTICE). The schema is
 * read when the first Compose file comes.
 */
import type { z } from 'zod';
import { nearest } from '../../core/nearest.ts';
import { SERVICE_KEYS } from './keys.ts';
import { clean } from './merge.ts';
import type { Notices } from './notices.ts';
import { get, placeOf, type Tree, toJson } from './tree.ts';

type Issue = z.core.$ZodIssue;

let schema: Promise<z.ZodType> | undefined;

async function compile(): Promise<z.ZodType> {
  const { z: zod } = await import('zod');
  const { default: json } = await import('./compose-spec.json', { with: { type: 'json' } });
  return zod.fromJSONSchema(json as Parameters<typeof zod.fromJSONSchema>[0]);
}

/** Everything that is wrong with it is an error among the notices. */
export async function validate(tree: Tree, notices: Notices): Promise<void> {
  schema ??= compile();
  const checked = (await schema).safeParse(toJson(clean(tree)));
  for (const issue of checked.success ? [] : checked.error.issues.flatMap(meant)) {
    const path = issue.path.map(String);
    if (issue.code === 'unrecognized_keys')
      for (const key of issue.keys)
        notices.error(
          get(tree, ...path, key) ?? at(tree, path),
          [...path, key].join('.'),
          unknown(key, path),
        );
    else notices.error(at(tree, path), path.join('.') || 'the file', words(issue));
  }
}

const at = (tree: Tree, path: readonly string[]): Tree => ({
  kind: 'leaf',
  at: placeOf(tree, path),
  value: null,
});

function unknown(key: string, path: readonly string[]): string {
  if (path.length === 1) return 'a name has only letters, digits, - _ and .';
  const near = path[0] === 'services' && path.length === 2 ? nearest(key, SERVICE_KEYS) : undefined;
  return near === undefined
    ? 'there is no such key in the Compose specification'
    : `there is no such key in the Compose specification (did you mean "${near}"?)`;
}

/** Of the ways in which a value may be written, the one that came closest. */
function meant(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const ways = issue.errors.map((errors) => errors.flatMap(meant));
  const depth = (way: readonly Issue[]): number => Math.max(0, ...way.map(({ path }) => path.length));
  const deepest = Math.max(...ways.map(depth));
  const [closest = []] = ways.filter((way) => depth(way) === deepest);
  if (deepest === 0) {
    const types = ways.flat().flatMap((one) => (one.code === 'invalid_type' ? one.expected : []));
    if (types.length > 0)
      return [{ code: 'custom', path: issue.path, message: expected(types), input: issue.input }];
  }
  return closest.map((one) => ({ ...one, path: [...issue.path, ...one.path] }));
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group',
  record: 'a group',
  null: 'nothing',
};

const expected = (types: readonly string[]): string =>
  `expected ${[...new Set(types.map((type) => TYPES[type] ?? type))].join(' or ')}`;

function words(issue: Issue): string {
  if (issue.code === 'invalid_type') return expected([issue.expected]);
  if (issue.code === 'invalid_value') return `expected ${issue.values.map(String).join(' or ')}`;
  return issue.message.replace(/^Invalid input: /, '');
}
