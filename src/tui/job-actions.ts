/** One instance more, one fewer: `+` twice adds two, though no job shows the first yet. */
import type { Job } from '../core/cluster.ts';
import type { Action } from './actions.ts';
import { jobOf, subjectOf } from './subject.ts';
import { pageOf, type Ui } from './ui.ts';
import { findVerb } from './verbs/all-verbs.ts';
import { say } from './verbs/say.ts';

/** The count last asked for, while the job does not show it yet. */
function wanted(ui: Ui, job: Job): number {
  const asked = ui.asked[job.name];
  return asked && asked.desired === job.desired ? asked.count : job.desired;
}

const scaleBy =
  (by: 1 | -1): Action =>
  (ui, context) => {
    const { state } = context.client;
    const job = jobOf(subjectOf(pageOf(ui), context), state);
    if (!job) return { ui };
    const now = wanted(ui, job);
    if (now + by < 0)
      return { ui: { ...ui, notice: { tone: 'plain', text: `${job.name} has no instances` } } };
    const notice = { tone: 'plain', text: `${job.name}: ${now} → ${now + by}` } as const;
    const scale = findVerb('scale', state)!;
    // What is asked for counts, not what the job shows: of 3 that shall be 5, one fewer is 4.
    const step = say(ui, scale, [{ ...job, desired: now }], String(now + by), state);
    const asked = step.ui.asked[job.name];
    if (step.ui.dialog || !asked) return step;
    return {
      ...step,
      ui: { ...step.ui, notice, asked: { ...step.ui.asked, [job.name]: { ...asked, desired: job.desired } } },
    };
  };

export const more = scaleBy(1);
export const fewer = scaleBy(-1);
