/** The job file of a service: `count` instances, kept running. */
import { checkJob, jobFields, retrySchema, z } from 'tender/framework';

export const serviceSchema = z
  .strictObject({
    ...jobFields,
    kind: z.literal('service').default('service'),
    count: z.number().int().min(0).max(10_000).default(1),
    retry: retrySchema(),
  })
  .superRefine(checkJob);

export type ServiceSpec = z.output<typeof serviceSchema>;

/** Whether running instances may stay as they are: only what they were started with counts. */
export function sameTask(a: ServiceSpec | undefined, b: ServiceSpec): boolean {
  if (a === undefined) return false;
  const { count: _, retry: __, ...left } = a;
  const { count: ___, retry: ____, ...right } = b;
  return JSON.stringify(left) === JSON.stringify(right);
}
