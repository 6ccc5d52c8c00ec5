/** Verbs on jobs: run, up, scale, stop, why. */
import type { Client } from '../client/client.ts';
import { check, type Submitted, scale, stop, submit, type Why, why } from '../client/commands.ts';
import { exactJob } from '../client/names.ts';
import { waiting, whyAll } from '../client/waiting.ts';
import { TenderError } from '../core/errors.ts';
import { type FileJob, readJobs } from './job-file.ts';
import { printJson } from './output.ts';
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
    const done = await submit(client, spec);
    if (global.json) printJson(done);
    else console.log(`${told(done)}. Watch it with: tender ps ${done.job}`);
  });
}

/** All jobs of the file, in its order. All are checked before the first is submitted. */
export function up(file: string, global: Global): Promise<void> {
  const jobs = readJobs(file);
  return withClient(global, async (client) => {
    for (const job of jobs) await inFile(job, check(client, job.spec));
    const done: Submitted[] = [];
    for (const job of jobs) {
      done.push(await inFile(job, submit(client, job.spec)));
      if (!global.json) console.log(told(done.at(-1)!));
    }
    if (global.json) printJson(done);
  });
}

/** An error of the job with its place in the file. */
async function inFile<T>({ where }: FileJob, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof TenderError) || error.code !== 'job.invalid') throw error;
    throw new TenderError('job.file', { file: where(String(error.fields['path'])), cause: error.message });
  }
}

/** `web=5` */
export function scaleJobs(words: readonly string[], global: Global): Promise<void> {
  const wanted = words.map((word) => {
    const [name = '', count = ''] = word.split('=');
    if (!/^\d+$/.test(count))
      throw new TenderError('usage', { cause: `expected NAME=COUNT such as web=5, found "${word}"` });
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

/** @param detach do not wait until they are gone */
export function stopJobs(names: readonly string[], detach: boolean, global: Global): Promise<void> {
  return withClient(global, async (client) => {
    const jobs = names.map((name) => exactJob(client.state, name).name);
    for (const job of jobs) {
      await stop(client, job);
      if (!detach) await gone(client, job);
      if (!global.json) console.log(`${job} ${detach ? 'is being stopped' : 'stopped'}`);
    }
    if (global.json) printJson(jobs);
  });
}

function gone(client: Client, job: string): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (client.state.jobs.has(job)) return;
      end();
      resolve();
    };
    const end = client.subscribe(look);
    look();
  });
}

/** @param name absent: of everything that waits */
export function explain(name: string | undefined, global: Global): Promise<void> {
  return withClient(global, async (client) => {
    if (name !== undefined) {
      const answer = await why(client, name);
      if (global.json) printJson(answer);
      else console.log(whyText(answer));
    } else {
      const all = await waiting(client);
      if (global.json) printJson(all);
      else console.log(whyText(whyAll(all, client.state)));
    }
  });
}

export function whyText({ sentence, agents, help }: Why): string {
  const rows = agents.map(({ agent, reasons }) => `  ${agent}: ${reasons.join('; ')}`);
  return [sentence, ...rows, ...(help ? [help] : [])].join('\n');
}
