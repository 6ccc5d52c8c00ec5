/**
 * `tender init lease`: a job file of a kind that a framework of one's own has brought along, with the fields that only this
 * kind has, as its schema tells them. Fields of all jobs are in docs/jobs.md.
 */
import { callKind } from '../client/commands.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import { jobFields } from '../core/job-spec.ts';
import { TEMPLATES } from './init.ts';
import { type Global, withClient } from './session.ts';

/** What is read of a JSON schema. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
  readonly required?: readonly string[];
}

/** @throws TenderError `usage` where no framework has such a kind, or none can be asked */
export async function templateOfKind(kind: string, global: Global): Promise<string> {
  try {
    return await withClient(global, async (client) =>
      templateFrom(kind, (await callKind(client, kind, 'schema', { kind })) as Schema),
    );
  } catch (error) {
    const known = Object.keys(TEMPLATES).join(', ');
    const cause = `expected ${known} or the kind of a framework of your own, found "${kind}": ${causeOf(error)}`;
    throw new TenderError('usage', { cause });
  }
}

export function templateFrom(kind: string, { properties = {}, required = [] }: Schema): string {
  const own = Object.entries(properties).filter(([name]) => !Object.hasOwn(jobFields, name));
  const lines = own.map(([name, field]) => {
    const said = [field.description, typeText(field), defaultText(field)].filter(Boolean).join('; ');
    const line = `${required.includes(name) ? '' : '# '}${name}: `;
    return `${line.padEnd(30)} # ${said}`;
  });
  return [
    `# A job of kind ${kind}. What it has in common with all jobs: docs/jobs.md`,
    `name: ${kind}`,
    `kind: ${kind}`,
    "command: [sh, -c, 'echo hello; sleep 1000']",
    ...(lines.length > 0 ? ['# Only of this kind:', ...lines] : []),
    '',
  ].join('\n');
}

const defaultText = ({ default: value }: Schema): string =>
  value === undefined ? '' : `default ${JSON.stringify(value)}`;

/** `a list of text`, `rolling, canary or bluegreen`: in few words. */
function typeText(schema: Schema): string {
  const { type, items, properties, anyOf } = schema;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.join(', ');
  if (anyOf) return [...new Set(anyOf.map(typeText))].join(' or ');
  if (items) return `a list of ${typeText(items)}`;
  if (properties) return `{${Object.keys(properties).join(', ')}}`;
  return [type ?? 'anything']
    .flat()
    .join(' or ')
    .replace('boolean', 'true or false')
    .replace('string', 'text');
}
