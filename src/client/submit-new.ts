/** A new job by a name that somebody chose for it: it must not change another one that happens to be called so. */
import { TenderError } from '../core/errors.ts';
import { plan } from './changes.ts';
import type { Client } from './client.ts';
import { type Spec, type Submitted, submit } from './commands.ts';

type NamedSpec = Spec & { readonly name: string };

/** One that is exactly so already is no other one. @throws TenderError `job.taken`, or as `submit` */
export async function submitNew(client: Client, spec: NamedSpec): Promise<Submitted> {
  if (client.state.jobs.has(spec.name)) return submitSame(client, spec);
  try {
    return await submit(client, spec, 0);
  } catch (error) {
    if (!(error instanceof TenderError) || error.code !== 'job.changed') throw error;
    return submitSame(client, spec); // it is so new that the replica has not heard of it
  }
}

async function submitSame(client: Client, spec: NamedSpec): Promise<Submitted> {
  const { version, stopping, diff } = await plan(client, spec);
  if (diff.length > 0 && !stopping) throw new TenderError('job.taken', { name: spec.name });
  return submit(client, spec, version);
}
