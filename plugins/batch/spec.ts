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
  required: z.array(parameter).max(100).default([]).describe('parameters that must be said'),
  optional: z
    .record(parameter, value)
    .prefault({})
    .describe('parameters that may be, with what they are when nobody says otherwise'),
  payload: z.enum(['none', 'optional', 'required']).default('none').describe('a text of at most 16 KiB'),
});

const codes = z.array(z.int().min(1).max(255)).max(100);
// What fails after a long run has failed all the same: nothing starts afresh.
const { reset: _, ...retry } = retryFields(3);

export const batchSchema = z
  .strictObject({
    ...jobFields,
    kind: z.literal('batch').default('batch').describe(jobFields.kind.description!),
    count: z.int().min(1).max(MAX_COUNT).default(1).describe('instances of a run, 1 to 100,000'),
    parallelism: z.int().min(1).optional().describe('so many of a run at a time; without it, all'),
    everywhere: z.boolean().default(false).describe('one on each agent that fits, instead of `count`'),
    timeout: duration
      .refine((ms) => ms > 0, { error: 'more than nothing' })
      .optional()
      .describe('so long one may run; then it is killed, and has failed'),
    retry: z
      .strictObject({
        ...retry,
        only: codes.optional().describe('exit codes after which it is tried again; without it, all but 0'),
        never: codes.optional().describe('exit codes after which it is not'),
      })
      .prefault({})
      .describe('what becomes of a failed instance'),
    schedule: schedule.optional().describe('when it runs: cron lines, with a time zone'),
    overlap: z
      .enum(['skip', 'queue', 'allow', 'replace'])
      .optional()
      .describe('what becomes of a run that is due while another is there'),
    catchUp: z.boolean().default(true).describe('one run for those that were missed'),
    dispatch: dispatch.optional().describe('it runs on request, with parameters and a payload'),
    after: z.array(jobName).min(1).max(100).optional().describe('jobs that come before it'),
    onLost: z
      .enum(['replace', 'wait'])
      .default('replace')
      .describe(
        'an instance whose machine is out of reach: `replace` it elsewhere, or `wait` until the machine is back or declared gone',
      ),
    history: z.int().min(1).max(100).default(10).describe('ended runs that are remembered'),
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
