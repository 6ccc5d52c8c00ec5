/** A plugin's `index.ts` exports what this returns as default. */
import type { FrameworkDefinition } from './define.ts';
import { JobScheduler } from './jobs/job-scheduler.ts';
import type { Kinds } from './jobs/parse-job.ts';
import { COMMON_VERBS } from './jobs/verbs.ts';

/** A framework made of kinds of job: the kit's scheduler runs them. */
export interface KindsDefinition extends Omit<FrameworkDefinition, 'kinds' | 'verbs' | 'columns' | 'create'> {
  /** By what a job file says under `kind`; the first one is for those that say nothing. */
  readonly kinds: Kinds;
}

/** A framework: kinds of job for the kit's scheduler, or a scheduler of its own. */
export function defineFramework(definition: FrameworkDefinition | KindsDefinition): FrameworkDefinition {
  if ('create' in definition) return definition;
  const { kinds, ...others } = definition;
  const own = Object.values(kinds).flatMap(({ verbs = {} }) => Object.entries(verbs));
  return {
    ...others,
    kinds: Object.keys(kinds),
    verbs: { ...COMMON_VERBS, ...Object.fromEntries(own.map(([name, { help }]) => [name, help])) },
    columns: Object.values(kinds).flatMap(({ columns = [] }) => columns),
    create: (context) => new JobScheduler(context, kinds),
  };
}
