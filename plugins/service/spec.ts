/** The job file of a service: `count` instances, kept running, and how they are changed. */
import { checkJob, duration, jobFields, retrySchema, z } from 'tender/framework';

const update = z.strictObject({
  /** `rolling`: one after another. `canary`: some at first. `bluegreen`: all of them beside the old ones. */
  strategy: z.enum(['rolling', 'canary', 'bluegreen']).default('rolling'),
  /** So many may be away at once for the sake of a change. */
  maxParallel: z.number().int().min(1).default(1),
  /** So long a new instance has to serve before it counts. */
  minHealthy: duration.default(10_000),
  /** So long it may run without being healthy. */
  healthyDeadline: duration.default(300_000),
  /** So long the next one may take to be healthy, from its start on. */
  progressDeadline: duration.default(600_000),
  /** New ones start before old ones end: for a while there are more than `count`. */
  overCapacity: z.boolean().default(false),
  /** New ones that are tried at first, beside all old ones. */
  canaries: z.number().int().min(1).default(1),
  /** As soon as those are healthy, without a person's word. */
  autoPromote: z.boolean().default(false),
  /** A change that fails is taken back. */
  autoRevert: z.boolean().default(true),
});

export const serviceSchema = z
  .strictObject({
    ...jobFields,
    kind: z.literal('service').default('service'),
    count: z.number().int().min(0).max(10_000).default(1),
    /** One on each agent that it fits, instead of `count`. */
    perAgent: z.boolean().default(false),
    update: update.prefault({}),
    retry: retrySchema(),
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
