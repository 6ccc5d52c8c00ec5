/** The job file of a service: `count` instances, kept running. */
import { checkJob, duration, type Json, jobFields, parseOrExplain, z } from 'tender/framework';

const count = z.number().int().min(0).max(10_000);

export const serviceSchema = z
  .strictObject({
    ...jobFields,
    kind: z.literal('service').default('service'),
    count: count.default(1),
    /** How long a failed instance waits for its replacement: first, doubling, at most. */
    backoff: z.strictObject({ first: duration.default(500), most: duration.default(300_000) }).prefault({}),
  })
  .superRefine(checkJob);

export type ServiceSpec = z.output<typeof serviceSchema>;

/** @throws TenderError `job.invalid` */
export const parseService = (input: Json): ServiceSpec => parseOrExplain(serviceSchema, input);

/** @throws TenderError `job.invalid` */
export const parseCount = (input: Json | undefined): number =>
  parseOrExplain(z.object({ count }), { count: input }).count;

/** Whether running instances may stay as they are: only what they were started with counts. */
export function sameTask(a: ServiceSpec, b: ServiceSpec): boolean {
  const { count: _, backoff: __, ...left } = a;
  const { count: ___, backoff: ____, ...right } = b;
  return JSON.stringify(left) === JSON.stringify(right);
}
