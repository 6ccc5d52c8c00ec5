/**
 * `tender init lease`: a job file of a kind that a framework of one's own has brought along, with the fields that only this
 * kind has, as its schema tells them. Fields of all jobs are in docs/jobs.md.
 */
import { fieldsOf, type Schema, schemaOf } from '../client/job-fields.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import { jobFields } from '../core/job-spec.ts';
import { TEMPLATES } from './init.ts';
import { type Global, withClient } from './session.ts';

/** @throws TenderError `usage` where no framework has such a kind, or none can be asked */
export async function templateOfKind(kind: string, global: Global): Promise<string> {
  try {
    return await withClient(global, async (client) => templateFrom(kind, await schemaOf(client, kind)));
  } catch (error) {
    const known = Object.keys(TEMPLATES).join(', ');
    const cause = `expected ${known} or the kind of a framework of your own, found "${kind}": ${causeOf(error)}`;
    throw new TenderError('usage', { cause });
  }
}

export function templateFrom(kind: string, schema: Schema): string {
  const own = fieldsOf(schema).filter(({ name }) => !Object.hasOwn(jobFields, name));
  const lines = own.map(({ name, says, type, standard, isRequired }) => {
    const said = [says, type, standard && `default ${standard}`].filter(Boolean).join('; ');
    return `${`${isRequired ? '' : '# '}${name}: `.padEnd(30)} # ${said}`;
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
