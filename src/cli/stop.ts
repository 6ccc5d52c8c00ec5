/**
 * `tender stop` and `tender down`: jobs are stopped in the order in which they are named, each when the one before has ended.
 * What runs on a machine that is away ends only when that is back: this is said, and nobody else waits for it.
 */
import type { Client } from '../client/client.ts';
import { stop } from '../client/commands.ts';
import { exactJob } from '../client/names.ts';
import { until } from '../client/until.ts';
import type { Agent } from '../core/cluster.ts';
import { isTerminal } from '../core/task-state.ts';
import { purgeJob } from './data.ts';
import { type FileOptions, jobsFrom, jobsOfProject } from './file-jobs.ts';
import { printJson } from './output.ts';
import { type Global, withClient } from './session.ts';
import { agrees } from './teardown.ts';

export interface StopOptions {
  /** Not until they are gone. */
  readonly detach: boolean;
  /** With the data that they keep. */
  readonly purge: boolean;
  /** Without being asked about that. */
  readonly yes: boolean;
}

export function stopJobs(names: readonly string[], options: StopOptions, global: Global): Promise<void> {
  const { detach, purge } = options;
  const say = global.json ? () => {} : (line: string) => console.log(line);
  return withClient(global, async (client) => {
    const jobs = names.map((name) => exactJob(client.state, name).name);
    const late: string[] = [];
    for (const job of jobs) {
      if (purge && !options.yes) await agrees(job, `all data of ${job} would be destroyed`);
      await stop(client, job);
      if (purge) await purgeJob(client, job, true);
      if (detach) say(`${job} is being stopped`);
      else if (await ended(client, job, purge)) say(`${job} stopped`);
      else late.push(job);
    }
    for (const job of late) {
      await until(client, () => isGone(client, job, purge));
      say(`${job} stopped`);
    }
    if (global.json) printJson(jobs);
  });
}

/** All jobs of the files, the last one first; of a Compose project everything that is known of it. */
export async function down(
  file: string | undefined,
  options: FileOptions & StopOptions,
  global: Global,
): Promise<void> {
  const { jobs, composed } = await jobsFrom(file, options);
  const state = await withClient(global, async (client) => client.state);
  const inFiles = jobs.map(({ spec }) => String(spec['name'])).filter((name) => state.jobs.has(name));
  const others = composed ? jobsOfProject(state, composed.project).map(({ job }) => job) : [];
  const names = [...new Set([...inFiles.reverse(), ...others])];
  if (names.length > 0) return stopJobs(names, options, global);
  if (global.json) printJson([]);
  else console.log('none of its jobs is there');
}

/** @returns false as soon as all that is left of it is on machines that are away */
async function ended(client: Client, job: string, whole: boolean): Promise<boolean> {
  const told = new Set<Agent['id']>();
  await until(client, () => {
    if (isGone(client, job, whole)) return true;
    const { away, here } = left(client, job);
    const news = [...away].filter(({ id }) => !told.has(id));
    for (const { id } of news) told.add(id);
    // To the terminal: a pipe, or --json, is for what has been done.
    if (news.length > 0) console.error(waitsFor(job, news));
    return away.size > 0 && here === 0;
  });
  return isGone(client, job, whole);
}

function waitsFor(job: string, away: readonly Agent[]): string {
  const names = away.map(({ name }) => name);
  const states = [...new Set(away.map(({ state }) => state))].join(' or ');
  return `${job} waits for ${names.join(', ')} (${states}): what runs there ends when the machine is back.
Ctrl-C leaves only the watching. If it will not come back: tender gone ${names[0]}`;
}

/** One that keeps its data stays in the list. @param whole without data either */
function isGone({ state }: Client, job: string, whole: boolean): boolean {
  const known = state.jobs.get(job);
  return !known || (!whole && known.status === 'stopped');
}

/** Machines that are away with tasks of it, and how many of its tasks are elsewhere. */
function left({ state }: Client, job: string): { away: Set<Agent>; here: number } {
  const away = new Set<Agent>();
  let here = 0;
  for (const task of state.tasks.values()) {
    if (task.job !== job || isTerminal(task.state)) continue;
    const agent = state.agents.get(task.agent);
    if (agent && agent.state !== 'ready') away.add(agent);
    else here += 1;
  }
  return { away, here };
}
