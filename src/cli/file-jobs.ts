/**
 * Jobs from the files that a command names: job files, or Compose files, which are known by what is in them. What a Compose
 * file says that cannot be honoured is told before anything else is done.
 */
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { parseAllDocuments } from 'yaml';
import type { Client } from '../client/client.ts';
import { onJob } from '../client/commands.ts';
import { TenderError } from '../core/errors.ts';
import type { Composed } from './compose/compose-jobs.ts';
import { type FileJob, parseJobs } from './job-file.ts';
import { unreadable } from './unreadable.ts';

export interface FileOptions {
  readonly file: readonly string[];
  readonly projectName?: string | undefined;
  readonly profile: readonly string[];
  readonly envFile: readonly string[];
  readonly strict: boolean;
  /** The machine for services that belong together. */
  readonly on?: string | undefined;
}

/** A file and nothing more. */
export const PLAIN: FileOptions = { file: [], profile: [], envFile: [], strict: false };

export interface FromFiles {
  readonly files: readonly string[];
  readonly jobs: readonly FileJob[];
  readonly composed?: Composed | undefined;
}

/** Without a name, the first of these that is in this folder. */
export const USUAL = [
  'tender.yaml',
  'compose.yaml',
  'compose.yml',
  'docker-compose.yaml',
  'docker-compose.yml',
] as const;

/** @throws TenderError `job.file`, `compose.refused`, `usage` */
export async function jobsFrom(named: string | undefined, options: FileOptions): Promise<FromFiles> {
  const files = namesOf(named, options.file);
  const texts = new Map<string, string>();
  const read = (file: string): string => {
    const text = texts.get(file) ?? readText(file);
    texts.set(file, text);
    return text;
  };
  if (isCompose(read(files[0]!))) return composed(files, options, read);
  const strange = Object.entries({
    'project-name': options.projectName,
    profile: options.profile[0],
    on: options.on,
  });
  for (const [option, value] of strange)
    if (value !== undefined)
      throw new TenderError('usage', {
        cause: `--${option} is for Compose files, and ${files[0]} is a job file`,
      });
  return { files, jobs: files.flatMap((file) => parseJobs(read(file), file)) };
}

function namesOf(named: string | undefined, more: readonly string[]): string[] {
  const files = [...(named === undefined ? [] : [named]), ...more];
  if (files.length > 0) return files;
  const usual = USUAL.find((name) => existsSync(name));
  if (usual === undefined)
    throw new TenderError('usage', {
      cause: `expected a file: there is no ${USUAL.join(', ')} in this folder`,
    });
  const over = ['.yaml', '.yml'].map((end) => usual.replace(/\.ya?ml$/, `.override${end}`));
  return [usual, ...over.filter((name) => usual !== 'tender.yaml' && existsSync(name)).slice(0, 1)];
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new TenderError('job.file', { file, cause: unreadable(error) });
  }
}

/** By `services` (or `include`) at its top; what cannot be read is left to the reader of job files. */
function isCompose(text: string): boolean {
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents)) return false;
  return documents.some(
    (document) => (document.has('services') || document.has('include')) && !document.has('jobs'),
  );
}

async function composed(
  files: readonly string[],
  options: FileOptions,
  read: (file: string) => string,
): Promise<FromFiles> {
  const { composeJobs } = await import('./compose/compose-jobs.ts');
  const { noticeLines } = await import('./compose/notices.ts');
  const all = await composeJobs({
    files,
    project: options.projectName,
    profiles: options.profile,
    envFiles: options.envFile.length > 0 ? options.envFile : undefined,
    env: process.env,
    read: (path) => (files.includes(path) ? read(path) : readFileSync(path, 'utf8')),
    readBytes: (path) => readFileSync(path),
  });
  const lines = noticeLines(all.notices);
  const isRefused = all.notices.some(({ severity }) => severity === 'error');
  if (isRefused || (options.strict && lines.length > 0))
    throw new TenderError('compose.refused', {
      file: files.join(', '),
      notices: lines.map((line) => `\n  ${line}`).join(''),
    });
  if (all.jobs.length === 0)
    throw new TenderError('job.file', { file: files[0]!, cause: 'no service is to run' });
  return { files, jobs: all.jobs, composed: all };
}

/** Where remarks about a file go. */
export type Note = (text: string) => void;

const aloud: Note = (text) => console.error(text);

/** What does no harm, but is not as it was said. */
export async function tell({ composed: from }: FromFiles, note = aloud): Promise<void> {
  if (!from) return;
  const { noticeLines } = await import('./compose/notices.ts');
  for (const line of noticeLines(from.notices)) note(line);
}

/**
 * Services that belong together on one machine; jobs of a job file as they are.
 * @throws TenderError `compose.machine`
 */
export async function placed(
  client: Client,
  { jobs, composed: from }: FromFiles,
  on: string | undefined,
  note = aloud,
): Promise<readonly FileJob[]> {
  if (!from) return jobs;
  const { machineIn, onMachines } = await import('./compose/machine.ts');
  const before = new Map<string, string>();
  for (const { spec } of from.jobs) {
    const job = client.state.jobs.get(String(spec['name']));
    const answer =
      job && ((await onJob(client, job, 'spec', {})) as { readonly constraints?: readonly string[] });
    const machine = machineIn(answer?.constraints ?? []);
    if (job && machine !== undefined) before.set(job.name, machine);
  }
  const chosen = onMachines(from.jobs, { state: client.state, before, here: hostname(), on });
  for (const remark of [...chosen.remarks, ...orphans(client, from)]) note(`note: ${remark}`);
  return chosen.jobs;
}

/** What runs of this project and is not in its files any more. */
const orphans = ({ state }: Client, { project, services }: Composed): string[] =>
  jobsOfProject(state, project)
    .filter(({ service }) => !services.has(service))
    .map(({ job }) => `${job} is of project ${project}, and not in the file (any more): tender stop ${job}`);

/** As their tasks say it. */
export function jobsOfProject(
  { tasks, jobs }: Client['state'],
  project: string,
): { readonly job: string; readonly service: string }[] {
  const services = new Map<string, string>();
  for (const { job, labels } of tasks.values())
    if (labels['com.docker.compose.project'] === project && jobs.has(job))
      services.set(job, labels['com.docker.compose.service'] ?? '');
  return [...services].map(([job, service]) => ({ job, service }));
}
