/** Long work that goes on by itself, and how far it is (what is held is for `attentionIn`): updates, procedures, runs, drains, pulls of images. */
import type { Agent, ClusterState, Job } from '../core/cluster.ts';
import type { Task } from '../core/task.ts';
import { shareOf } from './table/job-work.ts';
import { leftOn } from './table/machines.ts';
import { compareValues, naturalKey } from './table/natural.ts';
import type { Tone } from './table/table.ts';

export interface UnderWay {
  readonly of: { readonly table: 'jobs' | 'agents' | 'tasks'; readonly id: string };
  readonly name: string;
  /** `rolling update`, `drain`, `pull`. */
  readonly what: string;
  /** 0 … 1; absent: nobody can say. */
  readonly share: number | undefined;
  /** What remains: `3 of 5 done`, `48 of 110 MiB`. */
  readonly remains: string;
  readonly step: string;
  readonly since: number;
  readonly tone: Tone;
}

export function underWay(state: ClusterState): UnderWay[] {
  const jobs = [...state.jobs.values()].flatMap(ofJob);
  const drains = [...state.agents.values()].flatMap((agent) => ofAgent(agent, state));
  const pulls = [...state.tasks.values()].flatMap(ofPull);
  const order = (one: UnderWay): string => naturalKey(one.name);
  const sorted = (list: UnderWay[]): UnderWay[] => list.sort((a, b) => compareValues(order(a), order(b)));
  return [...sorted(jobs), ...sorted(drains), ...sorted(pulls)];
}

function ofJob({ name, progress }: Job): UnderWay[] {
  if (!progress || progress.held !== undefined) return [];
  const { what, done, failed, of, step, since } = progress;
  const lost = failed === 0 ? '' : `, ${failed} failed`;
  return [
    {
      of: { table: 'jobs', id: name },
      name,
      what,
      share: shareOf(progress),
      remains: `${done} of ${of}${lost}`,
      step,
      since,
      tone: failed > 0 ? 'busy' : 'good',
    },
  ];
}

function ofAgent({ id, name, withdrawn }: Agent, state: ClusterState): UnderWay[] {
  if (withdrawn?.state !== 'draining') return [];
  const left = leftOn(id, state);
  const all = Math.max(left, withdrawn.tasks);
  return [
    {
      of: { table: 'agents', id },
      name,
      what: 'drain',
      share: all === 0 ? 1 : (all - left) / all,
      remains: `${left} of ${all} left`,
      step: '',
      since: withdrawn.since,
      tone: 'busy',
    },
  ];
}

const PULLED = /: (\d+) %(?: of (.+))?$/;

/** The agent says how far it is in the task's message. */
function ofPull({ id, name, what, state, reason, message, since }: Task): UnderWay[] {
  if (
    (state !== 'STAGING' && state !== 'STARTING') ||
    (reason !== 'pulling_image' && reason !== 'fetching_artifact')
  )
    return [];
  const [, percent, whole] = PULLED.exec(message) ?? [];
  return [
    {
      of: { table: 'tasks', id },
      name,
      what: reason === 'pulling_image' ? 'pull' : 'fetch',
      share: percent === undefined ? undefined : Number(percent) / 100,
      remains: percent === undefined ? '' : `${percent}%${whole ? ` of ${whole}` : ''}`,
      step: reason === 'pulling_image' ? what : message,
      since,
      tone: 'busy',
    },
  ];
}
