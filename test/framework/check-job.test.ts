/** What a framework refuses in the fields of a job that only it can judge: patterns that are none. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { parseOrExplain } from '../../src/core/explain-issue.ts';
import { jobFields } from '../../src/core/job-spec.ts';
import { checkJob } from '../../src/framework/check-job.ts';

const schema = z.strictObject(jobFields).superRefine(checkJob);
const parsed = (fields: object) => parseOrExplain(schema, { name: 'web', image: 'nginx', ...fields });

it.each([
  [{ constraints: ['a is_set', 'hostname ~ (nuc'] }, 'constraints.1: expected a pattern of RE2'],
  [{ affinity: [{ constraint: 'hostname !~ [z-a]' }] }, 'affinity.0.constraint: expected a pattern of RE2'],
  [{ constraints: [`hostname ~ ${'(a|b|c)+'.repeat(30)}`] }, 'constraints.0: expected a smaller pattern'],
  [{ constraints: ['hostname ~ (nuc', 'foo'] }, 'constraints.1: expected == != <'],
  [{ image: undefined }, 'image: expected an image, or a command for a plain program'],
])('%j is refused: %s', (fields, sentence) => {
  expect(() => parsed(fields)).toThrow(sentence);
});

it('patterns of RE2 are taken, in constraints and in wishes', () => {
  const fields = { constraints: ['hostname ~ (nuc|pi)[0-9]+'], affinity: [{ constraint: 'rack !~ r\\d' }] };
  expect(parsed(fields)).toMatchObject({ constraints: fields.constraints });
});
