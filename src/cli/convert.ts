/** `tender convert`: a Compose file as the jobs that it becomes. No cluster is asked. */
import { TenderError } from '../core/errors.ts';
import { type FileOptions, jobsFrom, tell } from './file-jobs.ts';
import { printJson } from './output.ts';
import type { Global } from './session.ts';

export async function convert(file: string | undefined, options: FileOptions, global: Global): Promise<void> {
  const from = await jobsFrom(file, options);
  const { composed, files } = from;
  await tell(from);
  if (!composed)
    throw new TenderError('usage', { cause: `${files[0]} is a job file already, not one of Compose` });
  if (global.json) return printJson(composed.jobs.map(({ spec }) => spec));
  const { jobYaml } = await import('./compose/job-yaml.ts');
  process.stdout.write(jobYaml(composed, options.on));
}
