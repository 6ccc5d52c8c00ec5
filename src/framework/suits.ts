/** Whether an agent would do for a job, were all of it free: what it can run, its platform, and its attributes. */
import type { JobBase } from '../core/job-spec.ts';
import type { AgentView } from '../wire/messages/framework.ts';
import * as filters from './filters.ts';
import { needsOf } from './needs.ts';
import { wantedOf } from './wanted.ts';

export const suits = (job: JobBase, agent: AgentView): boolean =>
  filters.suits(needsOf(wantedOf(job, job.name, {})), agent);
