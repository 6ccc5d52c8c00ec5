/** What a file would change, versions of jobs, and updates while they go on. */
import {
  endpoints,
  type JobVersion,
  type PlannedJob,
  plan,
  type Reachable,
  rebalance,
  rollback,
  versions,
} from '../client/changes.ts';
import { callVerb } from '../client/commands.ts';
import { findJob } from '../client/names.ts';
import { changesAnything, planText } from '../client/plan-text.ts';
import { age } from '../client/table/figures.ts';
import { column } from '../client/table/table.ts';
import type { Json } from '../core/json.ts';
import { type FileOptions, type FromFiles, jobsFrom, placed, tell } from './file-jobs.ts';
import { inFile } from './job-file.ts';
import { type ListGlobal, showList } from './listing.ts';
import { printJson, rowsText } from './output.ts';
import { type Global, withClient } from './session.ts';

export async function planFile(
  file: string | undefined,
  options: FileOptions,
  global: Global,
): Promise<void> {
  const from = await jobsFrom(file, options);
  await tell(from);
  return withClient(global, async (client) => {
    const jobs = await placed(client, from, options.on);
    const plans: PlannedJob[] = [];
    for (const job of jobs) plans.push(await inFile(job, plan(client, job.spec)));
    if (global.json) return printJson(plans);
    console.log(plans.map(planText).join('\n\n'));
    if (!plans.some(changesAnything)) return;
    const as = plans.map(({ job, version }) => `${job}=${version}`).join(' --check-version ');
    console.log(`\nExactly this, or nothing: tender up ${wordsOf(from, options)} --check-version ${as}`);
  });
}

/** The same files once more. */
function wordsOf({ files: [first, ...more] }: FromFiles, options: FileOptions): string {
  const given = (option: string, values: readonly (string | undefined)[]): string[] =>
    values.flatMap((value) => (value === undefined ? [] : [`${option} ${value}`]));
  return [
    first,
    ...given('-f', more),
    ...given('-p', [options.projectName]),
    ...given('--profile', options.profile),
    ...given('--env-file', options.envFile),
    ...given('--on', [options.on]),
  ].join(' ');
}

export function listVersions(name: string, global: ListGlobal): Promise<void> {
  return showList(global, async (client) => {
    const all = await versions(client, name);
    return {
      value: all,
      names: all.map(({ version }) => String(version)),
      text: rowsText(client, VERSION_COLUMNS, all),
      empty: `${name} has no versions`,
    };
  });
}

const VERSION_COLUMNS = [
  column<JobVersion>('version', 'VERSION', 0, ({ version, current }) => `${current ? '* ' : ''}${version}`, {
    align: 'right',
  }),
  column<JobVersion>('age', 'SUBMITTED', 0, ({ at }, _, now) => `${age(now - at)} ago`, { align: 'right' }),
  column<JobVersion>('spec', 'SPEC', 0, ({ input }) => JSON.stringify(input), { min: 20, max: 200 }),
];

const ENDPOINT_COLUMNS = [
  column<Reachable>('name', 'NAME', 0, ({ name }) => name, { min: 12 }),
  column<Reachable>('state', 'STATE', 1, ({ state }) => state),
  column<Reachable>('weight', 'WEIGHT', 2, ({ weight }) => String(weight), { align: 'right' }),
  column<Reachable>('agent', 'AGENT', 3, ({ agent }) => agent, { min: 6 }),
  column<Reachable>('ports', 'PORTS', 0, portsText, { min: 20 }),
];

function portsText({ ports }: Reachable): string {
  return Object.entries(ports)
    .map(([port, address]) => `${port} ${address}`)
    .join('  ');
}

export function rollBack(name: string, version: number | undefined, global: Global): Promise<void> {
  return withClient(global, async (client) => {
    const done = await rollback(client, name, version);
    if (global.json) printJson(done);
    else console.log(`${name} goes back. Watch it with: tender why ${name}`);
  });
}

/** What becomes of a job that was told so. */
const SAID: Readonly<Record<string, string>> = {
  pause: 'is held',
  resume: 'goes on',
  promote: 'lets the others follow',
  abort: 'goes back',
  restart: 'is started anew',
};

/** A verb without an answer that people would want to read. */
export function sayTo(
  name: string,
  verb: string,
  args: { readonly [key: string]: Json },
  global: Global,
): Promise<void> {
  return withClient(global, async (client) => {
    const answer = await callVerb(client, name, verb, args);
    if (global.json) printJson(answer);
    else console.log(`${name} ${SAID[verb] ?? `is told to ${verb}`}. Watch it with: tender why ${name}`);
  });
}

export function listEndpoints(name: string, global: ListGlobal): Promise<void> {
  return showList(global, (client) => {
    const all = endpoints(client, findJob(client.state, name));
    return {
      value: all,
      names: all.flatMap(({ ports }) => Object.values(ports)),
      text: rowsText(client, ENDPOINT_COLUMNS, all),
      empty: `${name} can be reached nowhere`,
    };
  });
}

export function moveJobs(
  options: { readonly plan: boolean; readonly most: number; readonly job?: string },
  global: Global,
): Promise<void> {
  return withClient(global, async (client) => {
    const moves = await rebalance(client, options);
    if (global.json) return printJson(moves);
    if (moves.length === 0) console.log('nothing would be better elsewhere');
    for (const { name, from, to, gain } of moves)
      console.log(`${name}: ${from} → ${to}  (${gain.toFixed(0)} % more even)`);
    if (moves.length > 0 && options.plan)
      console.log(`\nDo it with: tender rebalance${options.job === undefined ? '' : ` ${options.job}`}`);
  });
}
