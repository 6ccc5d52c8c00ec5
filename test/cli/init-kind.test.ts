/** A job file to start from, of a kind that nobody here has heard of: what its schema says is in it. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { templateFrom } from '../../src/cli/init-kind.ts';
import { checkJob, jobFields } from '../../src/core/job-spec.ts';
import { duration } from '../../src/core/units.ts';
import { jsonSchemaOf } from '../../src/framework/jobs/json-schema.ts';

it('names the fields that only this kind has, with what they take and their defaults', () => {
  const schema = z
    .strictObject({
      ...jobFields,
      kind: z.literal('lease'),
      for: duration.optional().describe('how long it runs'),
      owner: z.string(),
      size: z.enum(['small', 'large']).default('small'),
    })
    .superRefine(checkJob);
  const json = jsonSchemaOf(schema);
  expect(templateFrom('lease', json as never).split('\n')).toEqual([
    '# A job of kind lease. What it has in common with all jobs: docs/jobs.md',
    'name: lease',
    'kind: lease',
    "command: [sh, -c, 'echo hello; sleep 1000']",
    '# Only of this kind:',
    '# for:                         # how long it runs; time',
    'owner:                         # text',
    '# size:                        # small or large; default small',
    '',
  ]);
});
