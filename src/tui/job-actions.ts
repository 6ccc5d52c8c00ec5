/** What changes jobs. Starting more is done at once; whatever stops a task asks first and says what will happen. */
import { counted } from '../client/tables.ts';
import type { ClusterState, Job } from '../core/cluster.ts';
import { isTerminal } from '../core/task-state.ts';
import type { Action, Step } from './actions.ts';
import { jobOf, subjectOf } from './subject.ts';
import { pageOf, type Ui } from './ui.ts';

/** The count last asked for, while the job does not show it yet. */
function wanted(ui: Ui, job: Job): number {
  const asked = ui.asked[job.name];
  return asked && asked.desired === job.desired ? asked.count : job.desired;
}

export const more: Action = (ui, context) => {
  const job = jobOf(subjectOf(pageOf(ui), context), context.client.state);
  return job ? scaleTo(ui, job, wanted(ui, job) + 1) : { ui };
};

export const fewer: Action = (ui, context) => {
  const job = jobOf(subjectOf(pageOf(ui), context), context.client.state);
  if (!job) return { ui };
  const now = wanted(ui, job);
  return now > 0
    ? scaleTo(ui, job, now - 1)
    : { ui: { ...ui, notice: { tone: 'plain', text: `${job.name} has no instances` } } };
};

/** Asks before a count goes down. */
export function scaleTo(ui: Ui, job: Job, count: number): Step {
  const now = wanted(ui, job);
  const effect = { kind: 'scale', job: job.name, count } as const;
  const asked = { ...ui.asked, [job.name]: { count, desired: job.desired } };
  if (count >= now)
    return {
      ui: { ...ui, asked, notice: { tone: 'plain', text: `${job.name}: ${now} → ${count}` } },
      effect,
    };
  return {
    ui: {
      ...ui,
      dialog: {
        title: `scale ${job.name}`,
        sentence: `stops ${counted(now - count, 'instance')} of ${job.name}, leaves ${count}`,
        confirm: `scale to ${count}`,
        focus: 'cancel',
        effect,
      },
    },
  };
}

/** `stops web: 3 tasks on 2 agents`. */
export function stopSentence(job: Job, state: ClusterState): string {
  const live = [...state.tasks.values()].filter((task) => task.job === job.name && !isTerminal(task.state));
  const agents = new Set(live.map((task) => task.agent)).size;
  return live.length === 0
    ? `removes ${job.name}; no task of it runs`
    : `stops ${job.name}: ${counted(live.length, 'task')} on ${counted(agents, 'agent')}`;
}

export function askStop(ui: Ui, job: Job, state: ClusterState): Step {
  const sentence = stopSentence(job, state);
  const effect = { kind: 'stop', job: job.name } as const;
  return {
    ui: {
      ...ui,
      dialog: { title: `stop ${job.name}`, sentence, confirm: 'stop it', focus: 'cancel', effect },
    },
  };
}

export const stop: Action = (ui, context) => {
  const job = jobOf(subjectOf(pageOf(ui), context), context.client.state);
  return job ? askStop(ui, job, context.client.state) : { ui };
};
