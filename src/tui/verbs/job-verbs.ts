/**
 * What people can do to jobs. Those of the usual frameworks are known here, with what they will do; what a stranger's
 * framework adds is offered under its own name, with its own help, and always asks.
 */

import { rollback } from '../../client/changes.ts';
import type { Client } from '../../client/client.ts';
import { callVerb, scale, stop } from '../../client/commands.ts';
import { cancel, dispatch, runNow, skip } from '../../client/runs.ts';
import { counted, momentText } from '../../client/tables.ts';
import type { ClusterState, Job, VerbInfo } from '../../core/cluster.ts';
import { TenderError } from '../../core/errors.ts';
import type { Task } from '../../core/task.ts';
import { isTerminal } from '../../core/task-state.ts';
import { listed, type Verb } from './verb.ts';

type JobVerb = Verb<'jobs'>;

/** Verbs that programs use, that have a page of their own, or that are said of an instance. */
const NOT_FOR_PEOPLE = new Set([
  'check',
  'submit',
  'spec',
  'plan',
  'versions',
  'why',
  'schema',
  'runs',
  'replace',
]);

const verbsOf = (job: Job, state: ClusterState): readonly VerbInfo[] =>
  state.frameworks.get(job.framework)?.verbs ?? [];

const has =
  (verb: string) =>
  (job: Job, state: ClusterState): boolean =>
    verbsOf(job, state).some(({ name }) => name === verb);

/** What may be said to its change and its runs now. A framework of before tells of its timetable only whether it is paused. */
const sayable = ({ progress, timetable }: Job): readonly string[] => [
  ...(progress?.verbs ?? []),
  ...(timetable?.verbs ??
    (timetable ? ['run-now', 'dispatch', 'skip', timetable.paused ? 'resume' : 'pause'] : [])),
];

/** About a change or a run: only while the job itself says that there is one to say it to. */
const now =
  (verb: string) =>
  (job: Job, state: ClusterState): boolean =>
    has(verb)(job, state) && sayable(job).includes(verb);

/** Starts or skips runs: what is known of them is in the timetable, where the framework has one. */
const ofRuns =
  (verb: string) =>
  (job: Job, state: ClusterState): boolean =>
    job.timetable === undefined ? has(verb)(job, state) : now(verb)(job, state);

const isStopping = ({ status }: Job): boolean => status === 'stopping';

const live = (job: Job, state: ClusterState): Task[] =>
  [...state.tasks.values()].filter((task) => task.job === job.name && !isTerminal(task.state));

const namesOf = (jobs: readonly Job[]): string => listed(jobs.map(({ name }) => name));

/** `web: 3 tasks on 2 agents`; of several, each with its own. */
export function stopSentence(jobs: readonly Job[], state: ClusterState): string {
  const parts = jobs.map((job) => {
    const tasks = live(job, state);
    const agents = [...new Set(tasks.map((task) => state.agents.get(task.agent)?.name ?? task.agent))];
    const where = agents.length === 1 ? agents[0]! : counted(agents.length, 'agent');
    return { job, tasks, where };
  });
  const [only] = parts;
  if (parts.length === 1 && only)
    return only.tasks.length === 0
      ? `removes ${only.job.name}; no task of it runs`
      : `stops ${only.job.name}: ${counted(only.tasks.length, 'task')} on ${only.where}`;
  const each = parts.map(({ job, tasks, where }) =>
    tasks.length === 0 ? `${job.name} (nothing runs)` : `${job.name} (${tasks.length} on ${where})`,
  );
  const all = parts.reduce((sum, { tasks }) => sum + tasks.length, 0);
  return `stops ${counted(jobs.length, 'job')} with ${counted(all, 'task')}: ${each.join(', ')}`;
}

function scaleSentence(jobs: readonly Job[], count: string): string | undefined {
  const fewer = jobs.filter(({ desired }) => desired > Number(count));
  if (fewer.length === 0) return undefined;
  const stopped = fewer.reduce((sum, { desired }) => sum + desired - Number(count), 0);
  return `stops ${counted(stopped, 'instance')} of ${namesOf(fewer)}, leaves ${count}${fewer.length > 1 ? ' of each' : ''}`;
}

const aCount = (text: string): void => {
  if (!/^\d{1,6}$/.test(text))
    throw new TenderError('usage', { cause: 'scale needs a job and a count, as in: scale web 3' });
};

const aNumber =
  (what: string) =>
  (text: string): void => {
    if (!/^\d*$/.test(text))
      throw new TenderError('usage', { cause: `${what} is a number, found "${text}"` });
  };

/** One that needs nothing but the job's name. */
const plainVerb = (name: string, help: string, done: string, more: Partial<JobVerb> = {}): JobVerb => ({
  name,
  on: 'jobs',
  help,
  fits: has(name),
  run: async (client, job) => {
    await callVerb(client, job, name);
    return done;
  },
  ...more,
});

export const JOB_VERBS: readonly JobVerb[] = [
  {
    name: 'scale',
    on: 'jobs',
    help: 'run so many instances',
    takes: { word: 'COUNT', check: aCount },
    fits: has('scale'),
    question: (jobs, count) => scaleSentence(jobs, count),
    run: async (client, job, count) => {
      await scale(client, job, Number(count));
      return `is to run ${count}`;
    },
  },
  {
    name: 'stop',
    on: 'jobs',
    help: 'stop all of it and forget it',
    fits: (job) => !isStopping(job),
    question: (jobs, _, state) => stopSentence(jobs, state),
    run: async (client, job) => {
      await stop(client, job);
      return 'is stopping';
    },
  },
  plainVerb('pause', 'hold its change or its schedule', 'is held', { fits: now('pause') }),
  plainVerb('resume', 'let what is held go on', 'goes on', { fits: now('resume') }),
  plainVerb('promote', 'let all instances follow the canaries', 'is promoted', {
    fits: now('promote'),
    question: (jobs) => `lets the other instances of ${namesOf(jobs)} follow the canaries`,
  }),
  plainVerb('abort', 'give the change up', 'gives its change up', {
    fits: now('abort'),
    question: (jobs) => `gives up the change of ${namesOf(jobs)} that is under way`,
  }),
  {
    name: 'rollback',
    on: 'jobs',
    help: 'back to an earlier version; the one before, if not said',
    takes: { word: 'VERSION', isOptional: true, check: aNumber('a version') },
    fits: (job, state) => job.version > 1 && has('rollback')(job, state),
    question: (jobs, version) =>
      `takes ${namesOf(jobs)} back to ${version === '' ? 'the version before' : `version ${version}`}`,
    run: async (client, job, version) => {
      await rollback(client, job, version === '' ? undefined : Number(version));
      return 'goes back';
    },
  },
  plainVerb('restart', 'start its instances anew, with the care of a change', 'starts anew', {
    fits: (job, state) => has('restart')(job, state) && !isStopping(job),
    question: (jobs, _, state) =>
      `starts all instances of ${namesOf(jobs)} anew, with the care of a change: ${counted(
        jobs.reduce((sum, job) => sum + live(job, state).length, 0),
        'task',
      )}`,
  }),
  plainVerb('retry', 'do the step again at which its change is held', 'tries again', {
    fits: now('retry'),
  }),
  plainVerb('undo', 'put the instance of the held change back as it was', 'is put back', {
    fits: now('undo'),
    question: (jobs) => `puts the instance of ${namesOf(jobs)} at which the change is held back as it was`,
  }),
  plainVerb('rebalance', 'move instances where they had better run', 'is moving', {
    question: (jobs) => `moves up to 5 instances of ${namesOf(jobs)} to better agents, one after the other`,
  }),
  {
    name: 'run-now',
    on: 'jobs',
    help: 'start a run of it now',
    fits: ofRuns('run-now'),
    run: async (client, job) => `has begun run ${(await runNow(client, job)).run}`,
  },
  {
    name: 'dispatch',
    on: 'jobs',
    help: 'start a run with these parameters',
    takes: { word: 'NAME=VALUE', isOptional: true, check: (text) => void parametersOf(text) },
    fits: ofRuns('dispatch'),
    run: async (client, job, text) =>
      `has begun run ${(await dispatch(client, job, parametersOf(text))).run}`,
  },
  {
    name: 'skip',
    on: 'jobs',
    help: 'let the next time of its schedule pass',
    fits: ofRuns('skip'),
    run: skipped,
  },
  {
    name: 'cancel',
    on: 'jobs',
    help: 'end one of its runs',
    takes: { word: 'RUN', check: aNumber('a run') },
    fits: now('cancel'),
    question: (jobs, run) => `ends run ${run} of ${namesOf(jobs)} with its tasks`,
    run: async (client, job, run) => {
      await cancel(client, job, Number(run));
      return `ends run ${run}`;
    },
  },
  plainVerb('purge', 'destroy the data it has left behind', 'has its data destroyed', {
    question: (jobs) =>
      `destroys for ever what stopped instances of ${namesOf(jobs)} have left; of a stopped job, all its data`,
  }),
];

async function skipped(client: Client, job: string): Promise<string> {
  const { skipped: time, next } = await skip(client, job);
  if (time === null) return 'has no time to come';
  const text = (at: number): string => momentText(at, at).trim();
  return `lets ${text(time)} pass${next === null ? '' : `, then ${text(next)}`}`;
}

function parametersOf(text: string): Record<string, string> {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const wrong = words.find((word) => !/^[^=]+=/.test(word));
  if (wrong !== undefined)
    throw new TenderError('usage', { cause: `a parameter is NAME=VALUE, found "${wrong}"` });
  return Object.fromEntries(
    words.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
  );
}

const KNOWN = new Set(JOB_VERBS.map(({ name }) => name));

/** What frameworks that are there add to all these. */
export function addedVerbs(state: ClusterState): JobVerb[] {
  const added = new Map<string, JobVerb>();
  for (const { verbs } of state.frameworks.values())
    for (const { name, help } of verbs) {
      if (KNOWN.has(name) || NOT_FOR_PEOPLE.has(name) || added.has(name)) continue;
      const question = (jobs: readonly Job[]): string => `${namesOf(jobs)}: ${help}`;
      added.set(name, plainVerb(name, help, `${name}: done`, { question }));
    }
  return [...added.values()];
}
