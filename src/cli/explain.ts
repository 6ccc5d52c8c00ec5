/** `tender explain service.update`, and `tender help service`: the fields of a kind of job. With --json its schema. */
import { explainText, schemaNamed } from '../client/explain-kind.ts';
import { printJson } from './output.ts';
import { type Global, withClient } from './session.ts';

/** @throws TenderError `framework.kind_unknown`, `usage` */
export function explainKind(path: string, global: Global): Promise<void> {
  return withClient(global, async (client) => {
    const schema = await schemaNamed(client, path);
    if (global.json) printJson(schema);
    else console.log(explainText(path, schema, process.stdout.columns ?? 110));
  });
}
