/** Compose files that are only texts, as jobs: what a test gives and looks at. */
import { dirname, join, resolve } from 'node:path';
import { batchSchema } from '../../../plugins/batch/spec.ts';
import { serviceSchema } from '../../../plugins/service/spec.ts';
import { statefulSchema } from '../../../plugins/stateful/spec.ts';
import { type Composed, composeJobs } from '../../../src/cli/compose/compose-jobs.ts';
import { noticeLines } from '../../../src/cli/compose/notices.ts';
import { parseOrExplain } from '../../../src/core/explain-issue.ts';

export interface Given {
  /** Texts by path, `compose.yaml` among them; they are all in /shop. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly over?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly profiles?: readonly string[];
  readonly envFiles?: readonly string[];
  readonly project?: string;
}

const FOLDER = '/shop';

export function compose(text: string, given: Given = {}): Promise<Composed> {
  const files = new Map(
    Object.entries({ 'compose.yaml': text, ...given.files }).map(([path, one]) => [join(FOLDER, path), one]),
  );
  const find = (path: string): string | Uint8Array => {
    const found = files.get(resolve(FOLDER, path));
    if (found !== undefined) return found;
    throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
  };
  const inFolder = (path: string): string => join(FOLDER, path);
  return composeJobs({
    files: ['compose.yaml', ...(given.over ?? [])].map(inFolder),
    env: { HOME: '/home/me', ...given.env },
    profiles: given.profiles,
    envFiles: given.envFiles?.map(inFolder),
    project: given.project,
    read: (path) => String(find(path)),
    readBytes: (path) => Buffer.from(find(path)),
  });
}

export const SCHEMAS = { service: serviceSchema, batch: batchSchema, stateful: statefulSchema } as const;

/** The jobs by their services, each taken by the schema of its kind. */
export async function jobs(
  text: string,
  given: Given = {},
): Promise<Record<string, Record<string, unknown>>> {
  const { jobs: all, notices } = await compose(text, given);
  const errors = notices.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(noticeLines(errors).join('\n'));
  for (const { spec } of all)
    parseOrExplain(SCHEMAS[spec['kind'] as keyof typeof SCHEMAS], JSON.parse(JSON.stringify(spec)));
  return Object.fromEntries(all.map(({ service, spec }) => [service, spec]));
}

/** One service with these lines, as a job. */
export const job = async (lines: string, rest = '', given: Given = {}): Promise<Record<string, unknown>> =>
  (await jobs(`${serviceText(lines)}\n${rest}`, given))['web']!;

export const serviceText = (lines: string): string =>
  `services:\n  web:\n    image: nginx\n${lines.replaceAll(/^/gm, '    ')}`;

/** What is remarked, each with its file and line. */
export async function remarks(text: string, given: Given = {}): Promise<string[]> {
  const { notices } = await compose(text, given);
  return noticeLines(notices).map((line) => line.replaceAll(`${dirname(`${FOLDER}/x`)}/`, ''));
}
