/** Verbs on jobs: run, up, scale, why. */
import { check, type Submitted, scale, submit, why } from '../client/commands.ts';
import { submitNew } from '../client/submit-new.ts';
import { waiting, whyAll } from '../client/waiting.ts';
import { whyText } from '../client/why-table.ts';
import { TenderError } from '../core/errors.ts';
import { type FileOptions, jobsFrom, placed, tell } from './file-jobs.ts';
import { type FileJob, inFile } from './job-file.ts';
import { printJson, width } from './output.ts';
import { type RunOptions, runSpec } from './run-spec.ts';
import { type Global, withClient } from './session.ts';

const told = ({ job, version, changed }: Submitted): string =>
  changed
    ? version === 1
      ? `${job} submitted`
      : `${job} changed, version ${version}`
    : `${job} is exactly so already`;

export function run(
  words: readonly string[],
  program: boolean,
  options: RunOptions,
  global: Global,
): Promise<void> {
  return withClient(global, async (client) => {
    const spec = runSpec(words, program, options, (name) => client.state.jobs.has(name));
    const done = await submitNew(client, spec);
    if (global.json) printJson(done);
    else console.log(`${told(done)}. Watch it with: tender ps ${done.job}`);
  });
}

/**
 * All jobs of the files, in their order. All are checked before the first is submitted.
 * @param only versions that the jobs must have, as `web=3`, or `3` where there is one job
 */
export async function up(
  file: string | undefined,
  only: readonly string[],
  options: FileOptions,
  global: Global,
): Promise<void> {
  const from = await jobsFrom(file, options);
  await tell(from);
  const versionOf = versionsIn(only, from.jobs);
  return withClient(global, async (client) => {
    const jobs = await placed(client, from, options.on);
    for (const job of jobs) await inFile(job, check(client, job.spec));
    const done: Submitted[] = [];
    for (const job of jobs) {
      done.push(await inFile(job, submit(client, job.spec, versionOf(job))));
      if (!global.json) console.log(told(done.at(-1)!));
    }
    if (global.json) printJson(done);
  });
}

function versionsIn(only: readonly string[], jobs: readonly FileJob[]): (job: FileJob) => number | undefined {
  const versions = new Map(
    only.map((word): [string, number] => {
      const [name, version] = word.includes('=') ? word.split('=') : [String(jobs[0]?.spec['name']), word];
      const isClear = /^\d+$/.test(version ?? '') && (word.includes('=') || jobs.length === 1);
      if (isClear) return [name!, Number(version)];
      const cause = `expected --check-version NAME=VERSION such as web=3, found "${word}"`;
      throw new TenderError('usage', { cause });
    }),
  );
  return ({ spec }) => versions.get(String(spec['name']));
}

/** @param words `web=5`, several of them; of one job also `web 5`, or `web` with the count beside it */
export function scaleJobs(
  words: readonly string[],
  replicas: string | undefined,
  global: Global,
): Promise<void> {
  const isApart = words.length === 2 && !words.join().includes('=');
  const pairs = isApart ? [words.join('=')] : words.map((word) => (replicas ? `${word}=${replicas}` : word));
  const wanted = pairs.map((pair) => {
    const [name = '', count = ''] = pair.split('=');
    if (!/^\d+$/.test(count))
      throw new TenderError('usage', { cause: `expected NAME=COUNT such as web=5, found "${pair}"` });
    return { name, count: Number(count) };
  });
  return withClient(global, async (client) => {
    for (const { name, count } of wanted) {
      await scale(client, name, count);
      if (!global.json) console.log(`${name} scaled to ${count}`);
    }
    if (global.json) printJson(wanted);
  });
}

/** @param name absent: of everything that waits */
export function explain(name: string | undefined, global: Global): Promise<void> {
  return withClient(global, async (client) => {
    if (name !== undefined) {
      const answer = await why(client, name);
      if (global.json) printJson(answer);
      else console.log(whyText(answer, client.state, width()));
    } else {
      const all = await waiting(client);
      if (global.json) printJson(all);
      else console.log(whyText(whyAll(all, client.state), client.state, width()));
    }
  });
}
