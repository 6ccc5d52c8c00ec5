/** The job file of a batch job: what a run of it consists of, and what makes it run. */
import {
  checkJob,
  duration,
  jobFields,
  jobName,
  retryFields,
  type Schedule,
  scheduleFault,
  z,
} from 'tender/framework';

/** Instances of one run. */
export const MAX_COUNT = 100_000;

const line = z.string().min(1);
const lines = z.union([line, z.array(line).min(1).max(20)], {
  error: 'a cron line such as "30 2 * * *", a list of them, or {cron: …, timezone: Europe/Berlin}',
});
const listOf = (cron: string | readonly string[]): readonly string[] =>
  typeof cron === 'string' ? [cron] : cron;

const schedule = z
  .union([
    lines.transform((cron): Schedule => ({ cron: listOf(cron), timezone: 'UTC' })),
    z
      .strictObject({ cron: lines, timezone: z.string().default('UTC') })
      .transform(({ cron, timezone }): Schedule => ({ cron: listOf(cron), timezone })),
  ])
  .superRefine(({ cron, timezone }, context) => {
    for (const one of cron) {
      const fault = scheduleFault(one, timezone);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault, input: one });
    }
  });

/** Found under this very name in the environment. */
const parameter = z
  .string()
  .regex(/^[A-Za-z_]\w{0,63}$/, { error: 'the name of a variable' })
  .refine((name) => !name.startsWith('TENDER_'), { error: 'a name that does not begin with TENDER_' });
const value = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const dispatch = z.strictObject({
  required: z.array(parameter).max(100).default([]),
  /** With what they are when nobody says otherwise. */
  optional: z.record(parameter, value).default({}),
  payload: z.enum(['none', 'optional', 'required']).default('none'),
});

const codes = z.array(z.int().min(1).max(255)).max(100);
// What fails after a long run has failed all the same: nothing starts afresh.
const { reset: _, ...retry } = retryFields(3);

export const batchSchema = z
  .strictObject({
    ...jobFields,
    kind: z.literal('batch').default('batch'),
    /** Instances of one run, numbered from 0. */
    count: z.int().min(1).max(MAX_COUNT).default(1),
    /** So many of them at a time; absent: as many as there is room for. */
    parallelism: z.int().min(1).optional(),
    /** One on each agent that fits, instead of `count`. */
    everywhere: z.boolean().default(false),
    /** So long one may run; then it is killed, and has failed. */
    timeout: duration.refine((ms) => ms > 0, { error: 'more than nothing' }).optional(),
    retry: z
      .strictObject({
        ...retry,
        /** Exit codes after which it is tried again; absent: after all but 0. */
        only: codes.optional(),
        /** Exit codes after which it is not. */
        never: codes.optional(),
      })
      .prefault({}),
    schedule: schedule.optional(),
    /** When a run is due and another is there. */
    overlap: z.enum(['skip', 'queue', 'allow', 'replace']).optional(),
    /** One run for those that were missed. */
    catchUp: z.boolean().default(true),
    dispatch: dispatch.optional(),
    /** A run follows when all of these have ended well since the last one. */
    after: z.array(jobName).min(1).max(100).optional(),
    /** What becomes of an instance that is out of reach: another is started elsewhere, or it is waited for. */
    onLost: z.enum(['replace', 'wait']).default('replace'),
    /** So many ended runs are remembered. */
    history: z.int().min(1).max(100).default(10),
  })
  .superRefine(checkJob)
  .superRefine(({ everywhere, count, schedule: times, dispatch: asked, after }, context) => {
    const issue = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message, input: undefined });
    if (everywhere && count > 1) issue('count', 'none beside everywhere: there is one on each agent');
    const causes = Object.entries({ schedule: times, dispatch: asked, after }).filter(([, one]) => one);
    if (causes.length > 1) issue(causes[1]![0], `none beside ${causes[0]![0]}: a job is started in one way`);
  });

export type BatchSpec = z.output<typeof batchSchema>;

/** It runs when it is submitted, and then only when somebody says so. */
export const isPlain = ({ schedule: times, dispatch: asked, after }: BatchSpec): boolean =>
  times === undefined && asked === undefined && after === undefined;

/** What was begun under one may go on under the other: only what an instance is started with counts. */
export function sameWork(a: BatchSpec, b: BatchSpec): boolean {
  const work = ({
    count: _count,
    parallelism: _parallelism,
    timeout: _timeout,
    retry: _retry,
    history: _history,
    onLost: _onLost,
    overlap: _overlap,
    catchUp: _catchUp,
    priority: _priority,
    ...rest
  }: BatchSpec): string => JSON.stringify(rest);
  return work(a) === work(b);
}
