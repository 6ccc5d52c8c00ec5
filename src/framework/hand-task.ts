/** A task as a person writes it by hand, and what it becomes on an offer: the fields are those of a job file. */
import { z } from 'zod';
import type { Offer } from '../core/cluster.ts';
import { TenderError } from '../core/errors.ts';
import { parseOrExplain } from '../core/explain-issue.ts';
import { gateText } from '../core/gate-text.ts';
import { checkJob, type JobBase, jobFields, taskOf } from '../core/job-spec.ts';
import type { TaskId, TaskSpec } from '../core/task.ts';
import type { FrameworkContext } from './define.ts';
import { place } from './place.ts';
import { wantedOf } from './wanted.ts';

const { name, ports, volumes, health, readiness, devices, labels, killGrace } = jobFields;
const { image, command, entrypoint, pull, network, cwd, artifacts, env, cpus, mem, disk } = jobFields;

/** Strict: a misspelt field is an error. The rest of a job's fields is about where it goes, which is decided by hand. */
const handTask = z.strictObject({
  name: name.optional(),
  ...{ image, command, entrypoint, pull, network, cwd, artifacts, env, cpus, mem, disk },
  ...{ ports, volumes, health, readiness, devices, labels, killGrace },
});

export type HandTask = z.input<typeof handTask>;

/** @throws TenderError `job.invalid` */
export function parseHandTask(given: unknown, job: string): JobBase {
  const schema = handTask.superRefine((task, context) =>
    checkJob({ ...task, name: job, kind: job }, context),
  );
  return { ...parseOrExplain(schema, given, 'the task'), kind: job, name: job };
}

/**
 * These tasks on this one offer.
 * @throws TenderError `offer.short` with all that is missing
 */
export function tasksOn(
  offer: Offer,
  jobs: readonly (readonly [name: string, job: JobBase])[],
  context: FrameworkContext,
): TaskSpec[] {
  const wanted = jobs.map(([key, job]) => wantedOf(job, `${key} ${context.randomId()}`));
  const { groups, unplaced } = place(wanted, [offer], context.agents, () => 0, context.random);
  const [refused] = unplaced;
  if (refused) {
    const by = refused.refused.flatMap((blocked) => blocked.by.map((gate) => gateText(gate, context.now())));
    const [task = ''] = refused.wanted.key.split(' ');
    throw new TenderError('offer.short', { offer: offer.id, task, cause: [...new Set(by)].join('; ') });
  }
  return groups.flatMap(({ placements }) =>
    placements.map(({ wanted: { key }, hostPorts, resources }) => {
      const [task = '', random = ''] = key.split(' ');
      const job = jobs.find(([one]) => one === task)![1];
      return taskOf(job, { id: `${task}-${random}` as TaskId, name: task }, hostPorts, resources);
    }),
  );
}
