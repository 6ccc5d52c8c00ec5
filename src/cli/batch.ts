/** Batch work from the command line: `batch`, `dispatch`, `run-now`, `runs`, `skip`, `cancel`. */
import { readFileSync } from 'node:fs';
import type { Client } from '../client/client.ts';
import { submit } from '../client/commands.ts';
import {
  cancel,
  clockTime,
  dispatch,
  RUN_COLUMNS,
  type RunRecord,
  runNow,
  runs,
  type Started,
  scheduleLines,
  skip,
} from '../client/runs.ts';
import type { Job } from '../core/cluster.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import { printJson, rowsText } from './output.ts';
import { numberOf, type RunOptions, runSpec } from './run-spec.ts';
import { type Global, withClient } from './session.ts';

export interface BatchOptions extends RunOptions {
  readonly parallelism?: string | undefined;
  readonly timeout?: string | undefined;
  readonly retries?: string | undefined;
  readonly everywhere: boolean;
  readonly schedule?: string | undefined;
  readonly timezone?: string | undefined;
  readonly after?: string | undefined;
  readonly wait: boolean;
}

export function runBatch(
  words: readonly string[],
  program: boolean,
  options: BatchOptions,
  global: Global,
): Promise<void> {
  return withClient(global, async (client) => {
    const { parallelism, timeout, retries, everywhere, schedule, timezone, after, wait } = options;
    if (timezone !== undefined && schedule === undefined)
      throw new TenderError('usage', { cause: '--timezone is that of a --schedule' });
    const spec = {
      ...runSpec(words, program, options, (name) => client.state.jobs.has(name)),
      kind: 'batch',
      ...(parallelism !== undefined && { parallelism: numberOf('--parallelism', parallelism) }),
      ...(timeout !== undefined && { timeout }),
      ...(retries !== undefined && { retry: { attempts: numberOf('--retries', retries) } }),
      ...(everywhere && { everywhere }),
      ...(schedule !== undefined && { schedule: { cron: schedule, ...(timezone && { timezone }) } }),
      ...(after !== undefined && { after: after.split(',') }),
    };
    // The same once more would do nothing, and be told as done.
    if (client.state.jobs.has(spec.name)) throw new TenderError('job.taken', { name: spec.name });
    const { job, version } = await submit(client, spec, 0);
    if (!wait) return said({ job, version }, `${job} submitted. Watch it with: tender runs ${job}`, global);
    await over(client, { job, run: undefined }, global);
  });
}

export function dispatchJob(
  job: string,
  pairs: readonly string[],
  { payload, wait }: { readonly payload?: string | undefined; readonly wait: boolean },
  global: Global,
): Promise<void> {
  const parameters = Object.fromEntries(pairs.map(parameterOf));
  const text = payload === undefined ? undefined : textOf(payload);
  return withClient(global, async (client) =>
    begun(client, await dispatch(client, job, parameters, text), wait, global),
  );
}

export function runJobNow(job: string, wait: boolean, global: Global): Promise<void> {
  return withClient(global, async (client) => begun(client, await runNow(client, job), wait, global));
}

export function listRuns(job: string, global: Global): Promise<void> {
  return withClient(global, async (client) => {
    const all = await runs(client, job);
    if (global.json) return printJson(all);
    if (all.runs.length > 0) console.log(rowsText(client, RUN_COLUMNS, all.runs));
    else console.log(`${all.job} has not run yet`);
    for (const line of scheduleLines(all)) console.log(line);
  });
}

export function skipNext(job: string, global: Global): Promise<void> {
  return withClient(global, async (client) => {
    const { skipped, next } = await skip(client, job);
    const { timezone } = await runs(client, job);
    const text = (at: number | null): string => (at === null ? 'never' : clockTime(at, timezone));
    said({ skipped, next }, `${job} lets ${text(skipped)} pass; it runs next at ${text(next)}`, global);
  });
}

export function cancelRun(job: string, run: number, global: Global): Promise<void> {
  return withClient(global, async (client) => {
    await cancel(client, job, run);
    said({ job, run }, `run ${run} of ${job} is being ended`, global);
  });
}

async function begun(client: Client, started: Started, wait: boolean, global: Global): Promise<void> {
  if (wait) return over(client, started, global);
  said(
    started,
    `run ${started.run} of ${started.job} started. Watch it with: tender runs ${started.job}`,
    global,
  );
}

/** Waits until the run (its last one) has ended, and ends with what it has come to. */
async function over(
  client: Client,
  { job, run: wanted }: { readonly job: string; readonly run: number | undefined },
  global: Global,
): Promise<void> {
  const ended = await endOf(client, job, wanted);
  const { run, state, succeeded, count, failures } = ended;
  said(ended, `run ${run} of ${job} ${state}: ${succeeded} of ${count} ended well`, global);
  if (!global.json)
    for (const { name, message } of failures.slice(0, 10)) console.error(`${name} ${message}`);
  if (state !== 'complete') process.exitCode = 1;
}

/** What is published of a job changes with each of its runs: only then there is anything to ask. */
function endOf(client: Client, job: string, run: number | undefined): Promise<RunRecord> {
  return new Promise((resolve, reject) => {
    let seen: Job | undefined;
    let asking = false;
    const look = async (): Promise<void> => {
      const now = client.state.jobs.get(job);
      // Just submitted, it is not yet known here.
      if (asking || now === seen) return;
      seen = now;
      asking = true;
      const all = (await runs(client, job)).runs;
      asking = false;
      const found = run === undefined ? all[0] : all.find((one) => one.run === run);
      if (found === undefined || found.endedAt === null) return look();
      end();
      resolve(found);
    };
    const ask = (): void =>
      void look().catch((error: unknown) => {
        end();
        reject(error as Error);
      });
    const end = client.subscribe(ask);
    ask();
  });
}

function said(value: unknown, text: string, { json }: Global): void {
  if (json) printJson(value);
  else console.log(text);
}

function parameterOf(pair: string): [string, string] {
  const at = pair.indexOf('=');
  if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
  throw new TenderError('usage', { cause: `expected NAME=VALUE, found "${pair}"` });
}

/** @throws TenderError `usage` for what is no text */
function textOf(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file === '-' ? 0 : file));
  } catch (error) {
    const isText = !(error instanceof TypeError);
    const cause = isText
      ? `cannot read ${file}: ${causeOf(error)}`
      : `${file} is no text; turn it into base64 first`;
    throw new TenderError('usage', { cause });
  }
}
