/** What cannot be taken back of a job that keeps data: to leave its data behind, and to destroy it. */

import type { Client } from '../client/client.ts';
import { callVerb } from '../client/commands.ts';
import { exactJob } from '../client/names.ts';
import { TenderError } from '../core/errors.ts';
import { printJson } from './output.ts';
import { type Global, withClient } from './session.ts';
import { agrees } from './teardown.ts';

export function replace(instance: string, global: Global): Promise<void> {
  const [name = '', index] = instance.split('.');
  if (index === undefined)
    throw new TenderError('usage', { cause: `expected an instance such as db.1, found "${instance}"` });
  return withClient(global, async (client) => {
    const answer = await callVerb(client, name, 'replace', { name: instance });
    if (global.json) printJson(answer);
    else console.log(`${instance} gets another home. Watch it with: tender why ${name}`);
  });
}

export function purge(name: string, yes: boolean, global: Global): Promise<void> {
  return withClient(global, async (client) => {
    const answer = await purgeJob(client, name, yes);
    if (global.json) printJson(answer);
    else console.log(`${answer.job}: ${answer.volumes.length} volumes are destroyed`);
  });
}

/** @param yes without being asked */
export async function purgeJob(
  client: Client,
  name: string,
  yes: boolean,
): Promise<{ job: string; volumes: string[] }> {
  const job = exactJob(client.state, name);
  const isStopped = job.status === 'stopped' || job.status === 'stopping';
  const will = isStopped
    ? `all data of ${job.name} would be destroyed`
    : `what instances of ${job.name} have left behind would be destroyed`;
  if (!yes) await agrees(job.name, will);
  return (await callVerb(client, job.name, 'purge', {})) as { job: string; volumes: string[] };
}
