/** The job file of a service: `count` instances, kept running, and how they are changed. */
import { checkJob, duration, jobFields, retrySchema, z } from 'tender/framework';

const update = z.strictObject({
  strategy: z
    .enum(['rolling', 'canary', 'bluegreen'])
    .default('rolling')
    .describe('one after another; some at first; all of them beside the old ones'),
  maxParallel: z
    .number()
    .int()
    .min(1)
    .default(1)
    .describe('so many instances may be away at once for the sake of a change'),
  minHealthy: duration
    .prefault('10s')
    .describe('a new instance counts when it has served for so long without a break'),
  healthyDeadline: duration
    .prefault('5m')
    .describe(
      'the update fails if a new instance runs for so long without serving (or stops serving for so long)',
    ),
  progressDeadline: duration
    .prefault('10m')
    .describe(
      'it fails if no further instance is there within this time: no room, an image that does not come, …',
    ),
  overCapacity: z
    .boolean()
    .default(false)
    .describe('new instances start before old ones end: for a while there are more than `count`'),
  canaries: z
    .number()
    .int()
    .min(1)
    .default(1)
    .describe('new instances that are tried at first; for `canary`'),
  autoPromote: z
    .boolean()
    .default(false)
    .describe('the others follow as soon as those have shown that they work, without a person’s word'),
  autoRevert: z.boolean().default(true).describe('an update that fails is taken back'),
});

export const serviceSchema = z
  .strictObject({
    ...jobFields,
    kind: z.literal('service').default('service').describe(jobFields.kind.description!),
    count: z.number().int().min(0).max(10_000).default(1).describe('number of instances, 0 to 10,000'),
    perAgent: z.boolean().default(false).describe('one on each agent that it fits, instead of `count`'),
    update: update.prefault({}).describe('how changes are made'),
    retry: retrySchema().describe('what becomes of a failed instance'),
  })
  .superRefine(checkJob)
  .superRefine(({ count, perAgent, update: { strategy, canaries } }, context) => {
    if (perAgent && strategy !== 'rolling')
      context.addIssue({
        code: 'custom',
        path: ['update', 'strategy'],
        message: 'rolling, where one runs on each agent: two of it have no place there',
        input: strategy,
      });
    if (strategy === 'canary' && canaries > count)
      context.addIssue({
        code: 'custom',
        path: ['update', 'canaries'],
        message: `at most as many as there are instances (${count})`,
        input: canaries,
      });
  });

export type ServiceSpec = z.output<typeof serviceSchema>;

/** So many new instances are tried beside the old ones before a person (or `autoPromote`) lets the others follow. */
export function canariesOf({ update: { strategy, canaries } }: ServiceSpec): number {
  if (strategy === 'rolling') return 0;
  return strategy === 'bluegreen' ? Number.POSITIVE_INFINITY : canaries;
}

/** All that a running instance was started with; the rest may change while it goes on. */
function taskPart(spec: ServiceSpec): string {
  const {
    count: _,
    perAgent: _1,
    retry: _2,
    update: _3,
    needs: _4,
    affinity: _5,
    spread: _6,
    placement: _7,
    ...task
  } = spec;
  return JSON.stringify(task);
}

/** Whether running instances may stay as they are. */
export const sameTask = (a: ServiceSpec | undefined, b: ServiceSpec): boolean =>
  a !== undefined && (a === b || taskPart(a) === taskPart(b));
