/**
 * `tender explain service.update`: the fields of a kind of job, or of a group among them, with what they take and what they
 * are without a word: as the schema says that refuses a wrong file. The framework of the kind is asked for it.
 */
import { Help } from 'commander';
import { type Field, fieldsOf, type Schema, schemaAt, schemaOf } from '../client/job-fields.ts';
import { meant } from '../client/names.ts';
import { TenderError } from '../core/errors.ts';
import { printJson } from './output.ts';
import { type Global, withClient } from './session.ts';

/** @param path `service`, `service.update` @throws TenderError `framework.kind_unknown`, `usage` */
export function explainKind(path: string, global: Global): Promise<void> {
  const [kind = '', ...names] = path.split('.');
  return withClient(global, async (client) => {
    const schema = partOf(await schemaOf(client, kind), [kind], names);
    if (global.json) printJson(schema);
    else console.log(explainText(path, schema, process.stdout.columns ?? 110));
  });
}

/** @throws TenderError `usage`, with the name that was meant */
function partOf(schema: Schema, way: readonly string[], [name, ...rest]: readonly string[]): Schema {
  if (name === undefined) return schema;
  const inner = schemaAt(schema, [name]);
  if (inner) return partOf(inner, [...way, name], rest);
  const known = fieldsOf(schema).map((field) => field.name);
  throw new TenderError('usage', {
    cause: `${way.join('.')} has no field "${name}"${meant(name, known)}; tender explain ${way.join('.')} lists them`,
  });
}

const INDENT = 18;

/** @param width of the terminal, in characters */
export function explainText(path: string, schema: Schema, width: number): string {
  const [whole] = fieldsOf({ properties: { [path]: schema } });
  const fields = fieldsOf(schema);
  const groups = fields.filter(({ isGroup }) => isGroup).map(({ name }) => `${path}.${name}`);
  return [
    fields.length > 0 ? [path, whole?.says].filter(Boolean).join(': ') : '',
    ...(fields.length > 0 ? fields : [whole!]).map((field) => fieldText(field, width)),
    groups.length > 0 ? new Help().boxWrap(`More of: tender explain ${groups.join(', ')}`, width) : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** Its name, what it takes, and below it what that means. */
function fieldText({ name, type, standard, isRequired, says }: Field, width: number): string {
  const takes = [type, standard && `default ${standard}`, isRequired && 'must be given'].filter(Boolean);
  const lines = [
    takes.join('; '),
    ...(says === '' ? [] : new Help().boxWrap(says, width - INDENT).split('\n')),
  ];
  const [first = '', ...below] = lines.map((line) => ' '.repeat(INDENT) + line);
  return [name.padEnd(INDENT - 1) + first.slice(Math.min(INDENT - 1, first.length)), ...below].join('\n');
}
