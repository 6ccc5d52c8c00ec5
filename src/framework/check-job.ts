/** The rules of the core that span the fields of a job, and the one that the core cannot judge: whether a pattern is one. */
import type { z } from 'zod';
import { parseConstraint } from '../core/constraint.ts';
import { checkJob as checkFields, type JobBase } from '../core/job-spec.ts';
import { patternFault } from './patterns.ts';

/** For `superRefine` of a framework's schema. */
export function checkJob(job: JobBase, context: z.RefinementCtx): void {
  checkFields(job, context);
  job.constraints?.forEach((line, i) => {
    checkPattern(line, ['constraints', i], context);
  });
  job.affinity?.forEach(({ constraint }, i) => {
    checkPattern(constraint, ['affinity', i, 'constraint'], context);
  });
}

function checkPattern(line: string, path: (string | number)[], context: z.RefinementCtx): void {
  const constraint = parseConstraint(line);
  if (constraint.is !== '~' && constraint.is !== '!~') return;
  const fault = patternFault(constraint.value);
  if (fault !== undefined) context.addIssue({ code: 'custom', path, message: fault, input: line });
}
