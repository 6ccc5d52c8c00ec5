/** The job file of a service that keeps data: its volume, how it starts, and the runbook by which it is changed. */
import { checkJob, duration, jobFields, retrySchema, size, TenderError, z } from 'tender/framework';

const command = z.union([z.string().min(1), z.array(z.string()).min(1)], {
  error: 'a command line, or a list of words',
});
const label = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, {
  error: 'a word of lower-case letters, digits and dashes',
});

const DOES = ['check', 'run', 'until', 'pause'] as const;

const step = z
  .strictObject({
    check: command.optional().describe('has to end with 0, at once'),
    run: command
      .optional()
      .describe('does something. It is never run twice, unless it is `repeatable: true`'),
    until: command.optional().describe('has to end with 0 within `timeout`; tried again until then'),
    pause: duration.optional().describe('nothing, for so long'),
    name: label.optional().describe('shows in lists (`db.1-flush`) and in `tender logs db.1-flush`'),
    timeout: duration.prefault('2m').describe('of `until` all tries together, of others the command'),
    every: duration.prefault('2s').describe('between two tries of `until`'),
    repeatable: z
      .boolean()
      .default(false)
      .describe('it may be run once more where nobody knows whether it ran'),
  })
  .refine((one) => DOES.filter((does) => one[does] !== undefined).length === 1, {
    error: `exactly one of ${DOES.join(', ')}`,
  });

const procedure = z.strictObject({
  before: z.array(step).max(50).default([]).describe('steps before the instance is stopped or started'),
  after: z.array(step).max(50).default([]).describe('steps when it serves, or is gone'),
  pause: duration.prefault('0s').describe('is waited after each instance'),
  deadline: duration.prefault('10m').describe('so long an instance may take until it serves'),
});

const runbook = z
  .strictObject({
    order: z
      .union([z.enum(['index', 'reverse']), z.strictObject({ last: command })], {
        error: 'index, reverse, or {last: a command that ends with 0 beside the instance that goes last}',
      })
      .default('reverse')
      .describe(
        'which goes first; `{last: COMMAND}`: run beside each, where it ends with 0 goes last (the leader)',
      ),
    upgrade: procedure.prefault({}).describe('the spec has changed in what an instance is started with'),
    restart: procedure.optional().describe('`tender restart`; without it, as `upgrade`'),
    scaleUp: procedure.prefault({}).describe('`count` grows'),
    scaleDown: procedure.prefault({}).describe('`count` becomes less'),
    replace: procedure.prefault({}).describe('a lost instance gets another home'),
    drain: procedure
      .optional()
      .describe('`tender drain` of its machine; without it, what `restart` has as `before`'),
    cpus: z.number().min(0.01).default(0.05).describe('set aside at each home for commands'),
    mem: size.prefault('64m').describe('set aside at each home for commands'),
  })
  .prefault({});

const dataFields = z.strictObject({
  size: size.describe('of the volume'),
  target: z
    .string()
    .min(1)
    .optional()
    .describe(
      'where it is found: by a plain program in its sandbox (`data`), by a container at this path (`/data`)',
    ),
});

export const statefulSchema = z
  .strictObject({
    ...jobFields,
    kind: z.literal('stateful').describe(jobFields.kind.description!),
    count: z.number().int().min(0).max(1_000).default(1).describe('number of instances, 0 to 1,000'),
    data: z
      .union([size.transform((all) => ({ size: all, target: undefined })), dataFields], {
        error: 'a size such as 10g, or {size: 10g, target: /var/lib/db}',
      })
      .describe('the size of its volume, or `{size, target}`. It stays as it is for good'),
    start: z
      .enum(['ordered', 'parallel'])
      .default('ordered')
      .describe(
        '`ordered`: 0, 1, 2, each when the one before serves; stopped in reverse. `parallel`: all at once',
      ),
    seeds: z.boolean().default(false).describe('all homes are found before the first instance starts'),
    replaceAfter: duration
      .optional()
      .describe('an instance whose machine is out of reach for so long gets another home; without it, never'),
    retry: retrySchema().describe('what becomes of a failed instance'),
    runbook: runbook.describe('by what steps it is changed'),
  })
  .superRefine(checkJob)
  .superRefine(({ image, data }, context) => {
    const isAbsolute = data.target?.startsWith('/') ?? false;
    if (data.target === undefined || isAbsolute === (image !== undefined)) return;
    const message = image === undefined ? 'a path in the sandbox, such as data' : 'an absolute path';
    context.addIssue({ code: 'custom', path: ['data', 'target'], message, input: data.target });
  });

export type StatefulSpec = z.output<typeof statefulSchema>;
export type RunbookStep = z.output<typeof step>;
export type RunbookPart = z.output<typeof procedure>;

export const targetOf = ({ data, image }: StatefulSpec): string =>
  data.target ?? (image === undefined ? 'data' : '/data');

/** Whether a running instance may stay as it is: only what it was started with counts. */
export function sameTask(a: StatefulSpec | undefined, b: StatefulSpec): boolean {
  return a !== undefined && JSON.stringify(taskPart(a)) === JSON.stringify(taskPart(b));
}

const taskPart = ({
  count: _,
  retry: __,
  runbook: ___,
  replaceAfter: ____,
  start: _____,
  seeds: ______,
  constraints: _______,
  affinity: ________,
  spread: _________,
  needs: __________,
  ...task
}: StatefulSpec) => task;

/** @throws TenderError `job.invalid` */
export function refuseOtherSize(before: StatefulSpec, spec: StatefulSpec): void {
  if (before.data.size === spec.data.size) return;
  throw new TenderError('job.invalid', {
    path: 'data.size',
    expected: `${before.data.size} (MiB), as it is: a volume neither grows nor shrinks`,
    found: spec.data.size,
    hint: '',
  });
}
