/**
 * Everything in the cluster that waits, the worst first: jobs, in the words of their frameworks; and frameworks that are
 * offered less than they want, where no job of theirs has said so.
 */
import type { Job } from '../core/cluster.ts';
import { type Explained, onOneLine } from '../core/explanation.ts';
import type { Client } from './client.ts';
import { counted } from './table/figures.ts';
import { compareValues, naturalKey } from './table/natural.ts';
import { jobTone, needsAttention } from './table/work.ts';
import type { Why } from './why.ts';
import { demandsText } from './why-offered.ts';

export interface Waiting {
  readonly kind: 'job' | 'framework';
  /** What to ask `why` of. */
  readonly name: string;
  /** Of a framework. */
  readonly role?: string | undefined;
  /** Why it waits: the rest of a sentence that begins with its name. */
  readonly why: string;
}

export async function waiting(client: Client): Promise<Waiting[]> {
  const told = await client.request('allocator.explain', {});
  const { state } = client;
  const jobs = [...state.jobs.values()].filter(needsAttention);
  const said = new Set(jobs.map(({ name }) => name));
  const frameworks = told.filter(
    ({ waits, demands }) => waits && (demands.length === 0 || demands.some(({ name }) => !said.has(name))),
  );
  return [
    ...jobs.sort(worstFirst).map((job): Waiting => ({ kind: 'job', name: job.name, why: ofJob(job) })),
    ...frameworks.map(
      (explained): Waiting => ({
        kind: 'framework',
        name: explained.framework,
        role: explained.role,
        why: ofFramework(explained),
      }),
    ),
  ];
}

/** All of it as one answer. */
export function whyAll(all: readonly Waiting[], { jobs }: Client['state']): Why {
  const [worst] = all;
  if (!worst)
    return {
      sentence:
        jobs.size === 0
          ? 'Nothing waits.'
          : `Nothing waits: ${counted(jobs.size, 'job is as it should be', 'jobs are as they should be')}.`,
      agents: [],
      help: '',
    };
  return {
    sentence: all.length === 1 ? 'One thing waits:' : `${all.length} things wait, the worst first:`,
    agents: all.map(({ name, role, why }) => ({
      agent: role === undefined || role === name ? name : `${name} (role ${role})`,
      reasons: [why],
    })),
    about: 'what waits',
    help: `all that is known of one: tender why ${worst.name}`,
  };
}

/** What has failed, and of what nothing runs, before what lacks a part. */
const worstFirst = (a: Job, b: Job): number =>
  badness(b) - badness(a) || compareValues(naturalKey(a.name), naturalKey(b.name));

const badness = (job: Job): number =>
  (jobTone(job) === 'bad' ? 1 : 0) + 1 - job.running / Math.max(1, job.desired);

/** Messages mostly begin with the name of their job. */
const ofJob = ({ name, message, healthy, desired }: Job): string =>
  message === ''
    ? `has ${healthy} of ${desired} healthy`
    : message.startsWith(`${name} `)
      ? message.slice(name.length + 1).replace(/\.$/, '')
      : message;

function ofFramework(explained: Explained): string {
  const what = explained.demands.length === 0 ? 'is offered nothing' : `waits for ${demandsText(explained)}`;
  const because = onOneLine(explained);
  return because === '' ? what : `${what}: ${because}`;
}
