/** How many instances of each job count on an agent: those that run there or, of a kind with homes, those at home there. */
import type { AgentId } from '../../core/task.ts';
import { type Running, runningOf } from '../tally.ts';
import type { Book } from './book.ts';
import { fills } from './instance.ts';
import type { JobKind, JobRecord } from './kind.ts';

export function runningIn(book: Book, kindOf: (job: JobRecord) => JobKind, jobs: Iterable<string>): Running {
  const counted = [...jobs].flatMap((name): { job: string; agent: AgentId }[] => {
    const job = book.jobs.get(name);
    const homes = job && kindOf(job).homes?.(job.memory);
    return homes?.map((agent) => ({ job: name, agent })) ?? book.of(name).filter(fills);
  });
  return runningOf(counted);
}
