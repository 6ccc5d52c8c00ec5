/**
 * Job files: YAML with one job a document, or several under `jobs:` by name. An error names the line, the path, what
 * was expected and what was found.
 */
import { type Document, isNode, LineCounter, parseAllDocuments } from 'yaml';
import { TenderError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';

export interface FileJob {
  readonly spec: { readonly [key: string]: Json };
  /** Where a path within this job stands: `FILE:LINE`. */
  where(path: string): string;
}

/** @throws TenderError `job.file` */
export function parseJobs(text: string, file: string): FileJob[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const jobs = (Array.isArray(documents) ? documents : []).flatMap((document) =>
    jobsOf(document, file, lines),
  );
  const twice = jobs.find(
    ({ spec }, i) => jobs.findIndex((other) => other.spec['name'] === spec['name']) < i,
  );
  if (twice)
    throw new TenderError('job.file', {
      file: twice.where('name'),
      cause: `the name "${twice.spec['name']}" is there twice`,
    });
  if (jobs.length === 0) throw new TenderError('job.file', { file, cause: 'there is no job in it' });
  return jobs;
}

function jobsOf(document: Document.Parsed, file: string, lines: LineCounter): FileJob[] {
  const [problem] = document.errors;
  if (problem) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw new TenderError('job.file', { file: `${file}:${line}:${col}`, cause: problem.message });
  }
  const content = document.toJS() as Json;
  if (content === null) return [];
  const where = (prefix: readonly string[]) => (path: string) =>
    `${file}:${lineOf(document, [...prefix, ...path.split('.')], lines)}`;
  if (!isGroup(content))
    throw new TenderError('job.file', { file, cause: 'expected a job with name, image or command' });
  if ('apiVersion' in content && 'kind' in content)
    throw new TenderError('job.file', {
      file: where([])('kind'),
      cause: `this is a ${content['kind']} of Kubernetes; tender takes its own job files, and Compose files`,
    });
  if (!('jobs' in content)) return [{ spec: content, where: where([]) }];
  const { jobs } = content;
  if (!isGroup(jobs)) throw new TenderError('job.file', { file, cause: 'jobs: expected names with jobs' });
  return Object.entries(jobs).map(([name, job]) => {
    if (!isGroup(job))
      throw new TenderError('job.file', {
        file: where(['jobs'])(name),
        cause: `jobs.${name}: expected a job`,
      });
    return { spec: { name, ...job }, where: where(['jobs', name]) };
  });
}

const isGroup = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The line of the deepest part of the path that is in the file. */
function lineOf(document: Document.Parsed, path: readonly string[], lines: LineCounter): number {
  for (let depth = path.length; depth >= 0; depth--) {
    const node = depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

/** An error of the job with its place in the file. */
export async function inFile<T>({ where }: FileJob, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof TenderError)) throw error;
    const { code, fields, message, next } = error;
    if (code === 'job.invalid')
      throw new TenderError('job.file', { file: where(String(fields['path'])), cause: message });
    if (code === 'framework.kind_unknown')
      throw new TenderError('job.file', { file: where('kind'), cause: `${message}; ${next}` });
    throw error;
  }
}
