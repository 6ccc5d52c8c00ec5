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
    /** Has to end with 0, at once. */
    check: command.optional(),
    /** Does something: it is not run twice, unless it may be. */
    run: command.optional(),
    /** Has to end with 0 within `timeout`; tried again and again. */
    until: command.optional(),
    /** Nothing, for so long. */
    pause: duration.optional(),
    /** Part of the names of its tasks. */
    name: label.optional(),
    /** Of `until` all tries together; of others the command. */
    timeout: duration.default(120_000),
    every: duration.default(2_000),
    /** It may be run once more where nobody knows whether it ran. */
    repeatable: z.boolean().default(false),
  })
  .refine((one) => DOES.filter((does) => one[does] !== undefined).length === 1, {
    error: `exactly one of ${DOES.join(', ')}`,
  });

const procedure = z.strictObject({
  before: z.array(step).max(50).default([]),
  after: z.array(step).max(50).default([]),
  /** After each instance. */
  pause: duration.default(0),
  /** So long an instance may take until it serves. */
  deadline: duration.default(600_000),
});

const runbook = z
  .strictObject({
    order: z
      .union([z.enum(['index', 'reverse']), z.strictObject({ last: command })], {
        error: 'index, reverse, or {last: a command that ends with 0 beside the instance that goes last}',
      })
      .default('reverse'),
    upgrade: procedure.prefault({}),
    /** @default as an upgrade */
    restart: procedure.optional(),
    scaleUp: procedure.prefault({}),
    scaleDown: procedure.prefault({}),
    replace: procedure.prefault({}),
    /** Of a machine that is being drained. @default what a restart does before it stops an instance */
    drain: procedure.optional(),
    /** Set aside for each instance's commands. */
    cpus: z.number().min(0.01).default(0.05),
    mem: size.default(64),
  })
  .prefault({});

const dataFields = z.strictObject({
  size,
  /** Where it finds its volume; a plain program in its sandbox. */
  target: z.string().min(1).optional(),
});

export const statefulSchema = z
  .strictObject({
    ...jobFields,
    kind: z.literal('stateful'),
    count: z.number().int().min(0).max(1_000).default(1),
    data: z.union([size.transform((all) => ({ size: all, target: undefined })), dataFields], {
      error: 'a size such as 10g, or {size: 10g, target: /var/lib/db}',
    }),
    /** Each when the one before it serves, or all at once. */
    start: z.enum(['ordered', 'parallel']).default('ordered'),
    /** All have to know where the others will be before the first one starts. */
    seeds: z.boolean().default(false),
    /** Of an instance whose machine is out of reach for so long. @default only by a person's word */
    replaceAfter: duration.optional(),
    retry: retrySchema(),
    runbook,
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
