/** `tender inspect NAME`: all that is known of one thing, whatever it is: of a job also what was asked for. */
import { stringify } from 'yaml';
import type { Client } from '../client/client.ts';
import { specOf } from '../client/commands.ts';
import { findTask } from '../client/names.ts';
import { TenderError } from '../core/errors.ts';
import type { FrameworkId } from '../core/task.ts';
import { printJson } from './output.ts';
import { type Global, withClient } from './session.ts';

export function inspect(name: string, global: Global): Promise<void> {
  return withClient(global, async (client) => {
    const found = await thingNamed(client, name);
    if (global.json) printJson(found);
    else console.log(stringify(found, { lineWidth: 0 }).trimEnd());
  });
}

/** In the order in which people speak of them; a name may stand for several kinds of things. */
async function thingNamed(client: Client, name: string): Promise<object> {
  const { state } = client;
  const job = state.jobs.get(name);
  if (job) return { job, spec: await specOf(client, name) };
  const agent = [...state.agents.values()].find((one) => one.name === name || one.id === name);
  if (agent) return { agent };
  const framework = state.frameworks.get(name as FrameworkId);
  if (framework) return { framework };
  const role = state.roles.get(name);
  if (role) return { role };
  const member = state.members.get(name);
  if (member) return { member };
  return { task: taskNamed(client, name) };
}

function taskNamed({ state }: Client, name: string): object {
  try {
    return findTask(state, name);
  } catch (error) {
    if (!(error instanceof TenderError) || error.code !== 'task.unknown') throw error;
    throw new TenderError('thing.unknown', { name });
  }
}
