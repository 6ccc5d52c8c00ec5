/**
 * `service.update` explained: the fields of a kind of job, or of a group among them, with what they take and what they are
 * without a word; as the schema says that refuses a wrong file. The framework of the kind is asked for it.
 */
import { TenderError } from '../core/errors.ts';
import type { Client } from './client.ts';
import { type Field, fieldsOf, type Schema, schemaAt, schemaOf } from './job-fields.ts';
import { meant } from './names.ts';
import { plain, wrap } from './table/width.ts';

/** @param path `service`, `service.update` @throws TenderError `framework.kind_unknown`, `usage` */
export async function schemaNamed(client: Client, path: string): Promise<Schema> {
  const [kind = '', ...names] = path.split('.');
  return partOf(await schemaOf(client, kind), [kind], names);
}

/** @throws TenderError `usage`, with the name that was meant */
function partOf(schema: Schema, way: readonly string[], [name, ...rest]: readonly string[]): Schema {
  if (name === undefined) return schema;
  const inner = schemaAt(schema, [name]);
  if (inner) return partOf(inner, [...way, name], rest);
  const hint = meant(
    name,
    fieldsOf(schema).map((field) => field.name),
  );
  throw new TenderError('usage', { cause: `${way.join('.')} has no field "${name}"${hint}` });
}

const INDENT = 18;

/** @param width of the terminal, in characters */
export function explainText(path: string, schema: Schema, width: number): string {
  const [whole] = fieldsOf({ properties: { [path]: schema } });
  const fields = fieldsOf(schema);
  if (fields.length === 0) return fieldText(whole!, width);
  const groups = fields.filter(({ isGroup }) => isGroup).map(({ name }) => `${path}.${name}`);
  return [
    [path, whole?.says].filter(Boolean).join(': '),
    ...fields.map((field) => fieldText(field, width)),
    ...(groups.length > 0
      ? [wrap(`These have fields of their own: ${groups.join(', ')}`, width).join('\n')]
      : []),
  ].join('\n\n');
}

/** Its name, what it takes, and below it what that means. */
function fieldText({ name, type, standard, isRequired, says }: Field, width: number): string {
  const takes = [type, standard && `default ${standard}`, isRequired && 'must be given'].filter(Boolean);
  const room = Math.max(20, width - INDENT);
  const [first = '', ...below] = [takes.join('; '), says].flatMap((text) =>
    text === '' ? [] : wrap(plain(text), room),
  );
  return [`${plain(name)} `.padEnd(INDENT) + first, ...below.map((line) => ' '.repeat(INDENT) + line)].join(
    '\n',
  );
}
