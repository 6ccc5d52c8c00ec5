/**
 * A schema's complaint as a person wants it: where in the file, what was expected, what was found, and for a typo the
 * nearest name that is known there.
 */
import { z } from 'zod';
import { TenderError } from './errors.ts';
import { CALLED_HERE, SUCH_AS } from './field-words.ts';
import { nearest } from './nearest.ts';

/**
 * @param whole what the input is called where it does not fit as a whole
 * @throws TenderError `job.invalid` for the first thing that does not fit
 */
export function parseOrExplain<S extends z.ZodType>(
  schema: S,
  input: unknown,
  whole = 'the job',
): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw explainIssue(issue as z.core.$ZodIssue, schema, input, whole);
}

function explainIssue(
  issue: z.core.$ZodIssue,
  schema: z.ZodType,
  input: unknown,
  whole: string,
): TenderError {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const known = keysAt(schema, path);
    const elsewhere = CALLED_HERE[key];
    const near = elsewhere && known.includes(elsewhere) ? elsewhere : nearest(key, known);
    return new TenderError('job.invalid', {
      path: [...path, key].join('.'),
      expected: near ? `"${near}"` : oneOf(known),
      found: `"${key}"`,
      hint: near ? ` (did you mean "${near}"?)` : '',
    });
  }
  if (issue.code === 'invalid_key')
    return new TenderError('job.invalid', {
      path: path.join('.'),
      expected: issue.issues[0]?.message ?? 'another name',
      found: describe(path.at(-1)),
      hint: '',
    });
  const found = path.reduce<unknown>(
    (value, key) => (value as Record<string, unknown> | undefined)?.[key],
    input,
  );
  return new TenderError('job.invalid', {
    path: path.join('.') || whole,
    expected: expectationOf(issue) + exampleOf(issue, path),
    found: describe(found),
    hint: hintFor(issue, found),
  });
}

/** So many are read through by somebody who looks for one; more belong on a page. */
const AT_A_GLANCE = 12;

const oneOf = (known: readonly string[]): string =>
  known.length === 0 || known.length > AT_A_GLANCE ? 'no such field' : `one of ${known.join(', ')}`;

/** How a field is written that is more than a word, or one of its members where it is a list. */
function exampleOf({ code }: z.core.$ZodIssue, path: readonly string[]): string {
  const isMember = /^\d+$/.test(path.at(-1) ?? '');
  const example = SUCH_AS[path.at(isMember ? -2 : -1) ?? ''];
  if (code !== 'invalid_type' || example === undefined) return '';
  return ` such as ${isMember ? example.slice(1, -1) : example}`;
}

function expectationOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return WORDS[issue.expected] ?? `a ${issue.expected}`;
  if (issue.code === 'invalid_value') return `one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_small')
    return `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}${unitOf(issue.origin)}`;
  if (issue.code === 'too_big')
    return `${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}${unitOf(issue.origin)}`;
  return issue.message;
}

const WORDS: Readonly<Record<string, string>> = {
  int: 'a whole number',
  object: 'a group of fields',
  array: 'a list',
  string: 'a text',
  boolean: 'true or false',
  record: 'names with values',
};

const unitOf = (origin: string): string =>
  origin === 'string' ? ' characters' : origin === 'array' || origin === 'set' ? ' entries' : '';

function hintFor(issue: z.core.$ZodIssue, found: unknown): string {
  if (issue.code !== 'invalid_value' || typeof found !== 'string') return '';
  const near = nearest(found, issue.values.map(String));
  return near ? ` (did you mean "${near}"?)` : '';
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** The fields that the schema knows at this path. */
function keysAt(schema: z.ZodType, path: readonly string[]): string[] {
  let at: z.ZodType | undefined = bare(schema);
  for (const key of path) {
    if (at instanceof z.ZodObject) at = bare(at.shape[key] as z.ZodType | undefined);
    else if (at instanceof z.ZodRecord) at = bare(at.valueType as z.ZodType);
    else if (at instanceof z.ZodArray) at = bare(at.element as z.ZodType);
    else return [];
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

/** Without what only wraps it: defaults, options, transformations. */
function bare(schema: z.ZodType | undefined): z.ZodType | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return bare(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodPipe) return bare(schema.in as z.ZodType);
  // Of several shapes, the one with fields is the one whose field was misspelt.
  if (schema instanceof z.ZodUnion)
    return schema.options
      .map((option) => bare(option as z.ZodType))
      .find((option) => option instanceof z.ZodObject);
  return schema;
}
