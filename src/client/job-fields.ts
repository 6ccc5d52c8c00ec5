/**
 * The fields of a job, as the schema of its kind tells them: what `tender explain`, Tab at the prompt, `tender init` and the
 * tables of docs/ show, of shipped kinds and of those that plugins bring along. The framework is asked for it by its verb
 * `schema`, so nothing of a kind has to be known here.
 */
import type { Json } from '../core/json.ts';
import type { Client } from './client.ts';
import { callKind } from './commands.ts';

/** What is read of a JSON schema. */
export interface Schema {
  /** What it is called in few words, where its type alone would not say it: `time`. */
  readonly title?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
}

/** A field in words. */
export interface Field {
  readonly name: string;
  readonly type: string;
  /** Empty: it has none. */
  readonly standard: string;
  readonly isRequired: boolean;
  readonly says: string;
  /** It has fields of its own. */
  readonly isGroup: boolean;
}

/** @throws TenderError `framework.kind_unknown`, `framework.verb_unknown` */
export const schemaOf = async (client: Client, kind: string): Promise<Schema> =>
  (await callKind(client, kind, 'schema', { kind } satisfies Json)) as Schema;

/** All that it may be; of a list, what is in it. */
const formsOf = ({ anyOf, items, ...own }: Schema): Schema[] => {
  if (anyOf) return anyOf.flatMap(formsOf);
  return items ? formsOf(items) : [own];
};

/** What lies at `update`, `runbook.upgrade.before`: lists are looked through, so their places have no names. */
export function schemaAt(schema: Schema, path: readonly string[]): Schema | undefined {
  const [name, ...rest] = path;
  if (name === undefined) return schema;
  for (const { properties = {}, additionalProperties } of formsOf(schema)) {
    const named = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    if (typeof named === 'object') return schemaAt(named, rest);
  }
  return undefined;
}

export const fieldsOf = (schema: Schema): Field[] =>
  formsOf(schema).flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties).map(([name, field]) => ({
      name,
      type: typeText(field),
      standard: standardText(field),
      isRequired: required.includes(name),
      says: field.description ?? '',
      isGroup: formsOf(field).some(({ properties: inner }) => inner !== undefined),
    })),
  );

/** That a list, or a group whose fields say their own, is empty without a word says nothing. */
function standardText({ default: value }: Schema): string {
  if (value === undefined || (typeof value === 'object' && Object.keys(value ?? {}).length === 0)) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `list of texts`, `rolling, canary or bluegreen`: in few words. */
function typeText({ title, type, const: only, enum: some, ...schema }: Schema): string {
  if (title !== undefined) return title;
  if (only !== undefined) return String(only);
  if (some) return oneOf(some.map(String));
  if (schema.anyOf) return oneOf([...new Set(schema.anyOf.map(typeText))]);
  if (schema.items) return `list of ${typeText(schema.items).replaceAll(SEVERAL, '$1s')}`;
  if (schema.properties) return 'group';
  if (typeof schema.additionalProperties === 'object')
    return `${typeText(schema.additionalProperties)} by name`;
  return oneOf([type ?? 'anything'].flat().map((word) => WORDS[word] ?? word));
}

const SEVERAL = /\b(text|number|group|time|size)\b/g;

const WORDS: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  string: 'text',
  integer: 'whole number',
};

const oneOf = (words: readonly string[]): string =>
  [words.slice(0, -1).join(', '), ...words.slice(-1)].filter((word) => word !== '').join(' or ');
