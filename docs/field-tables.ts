/**
 * The tables of a job's fields in docs/, from the schemas that check them. A page says where a table stands, and which
 * fields are in it, with links where there is more to read: `<!-- fields of service: count [update](#changes) -->`; without
 * names it has all of `<!-- fields of service.update -->`. The table follows that line.
 */
import { batch } from '../plugins/batch/batch.ts';
import { service } from '../plugins/service/service.ts';
import { stateful } from '../plugins/stateful/stateful.ts';
import { type Field, fieldsOf, type Schema, schemaAt } from '../src/client/job-fields.ts';
import { jsonSchemaOf } from '../src/framework/jobs/json-schema.ts';

export const SCHEMAS: Readonly<Record<string, Schema>> = {
  service: jsonSchemaOf(service.schema) as Schema,
  batch: jsonSchemaOf(batch.schema) as Schema,
  stateful: jsonSchemaOf(stateful.schema) as Schema,
};

/** Pages with such tables. */
export const FIELD_PAGES = ['jobs.md', 'batch.md', 'stateful.md'] as const;

const TABLE = /<!-- fields of ([\w.]+)(?::\s([^>]*?))? -->\n\n(?:\|.*\n)*/g;
const NAME = /\[(\w+)\]\(([^)]+)\)|(\w+)/g;

/** The page with its tables made anew. @throws Error where it names a field that there is none of */
export const fieldsPage = (page: string): string =>
  page.replaceAll(TABLE, (all, path: string, names?: string) => {
    const [marker = ''] = all.split('\n\n');
    return `${marker}\n\n${tableOf(path, names)}\n`;
  });

/** Names of the fields in the tables of a page that are about this: `service`, `service.update`. */
export const fieldsShown = (page: string, path: string): string[] =>
  [...page.matchAll(TABLE)].flatMap(([, of = '', names]) =>
    of === path ? chosen(path, names).map(({ field }) => field.name) : [],
  );

interface Row {
  readonly field: Field;
  readonly link?: string | undefined;
}

function chosen(path: string, names: string | undefined): Row[] {
  const [kind = '', ...rest] = path.split('.');
  const fields = fieldsOf(schemaAt(SCHEMAS[kind] ?? {}, rest) ?? {});
  if (names === undefined) return fields.map((field) => ({ field }));
  return [...names.matchAll(NAME)].map(([, linked, link, bare]) => {
    const field = fields.find(({ name }) => name === (linked ?? bare));
    if (!field) throw new Error(`${path} has no field ${linked ?? bare}`);
    return { field, link };
  });
}

function tableOf(path: string, names: string | undefined): string {
  const rows = chosen(path, names).map(({ field, link }) => {
    const { name, type, standard, isRequired, says } = field;
    const called = link === undefined ? `\`${name}\`` : `[\`${name}\`](${link})`;
    const normally = isRequired ? 'must be given' : standard && `\`${standard}\``;
    return `| ${[called, type, normally, says].map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return ['| field | takes | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
