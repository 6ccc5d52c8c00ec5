/** `tender teardown`: what can't be undone says what it will do, and asks for the name. */
import { createInterface } from 'node:readline/promises';
import type { Client } from '../client/client.ts';
import { exactFramework } from '../client/names.ts';
import { counted } from '../client/tables.ts';
import type { Framework } from '../core/cluster.ts';
import { TenderError } from '../core/errors.ts';
import { isTerminal } from '../core/task-state.ts';
import { printJson } from './output.ts';
import { type Global, withClient } from './session.ts';

/** @param yes without being asked */
export function teardown(name: string, yes: boolean, global: Global): Promise<void> {
  return withClient(global, async (client) => {
    const framework = exactFramework(client.state, name);
    const will = whatGoes(client, framework);
    if (!yes && !(await agrees(framework.id, will)))
      throw new TenderError('usage', { cause: `nothing was done: "${framework.id}" was not said` });
    await client.request('framework.remove', { name: framework.id });
    if (global.json) printJson({ removed: framework.id });
    else console.log(`framework ${framework.id} is removed; ${will.replace('would end', 'end')}`);
  });
}

function whatGoes({ state }: Client, { id }: Framework): string {
  const tasks = [...state.tasks.values()].filter((task) => task.framework === id && !isTerminal(task.state));
  const jobs = [...state.jobs.values()].filter((job) => job.framework === id);
  return `${counted(tasks.length, 'task')} of ${counted(jobs.length, 'job')} would end`;
}

/** @throws TenderError `usage` where nobody can be asked */
async function agrees(name: string, will: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new TenderError('usage', { cause: `${will}: say --yes where nobody can be asked` });
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (
      (await terminal.question(`${will}, and what ${name} has stored is lost. Type its name: `)) === name
    );
  } finally {
    terminal.close();
  }
}
