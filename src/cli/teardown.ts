/** `tender teardown`: what can't be undone says what it will do, and asks for the name. */
import { createInterface } from 'node:readline/promises';
import type { Client } from '../client/client.ts';
import { exactFramework } from '../client/names.ts';
import { counted } from '../client/tables.ts';
import { TenderError } from '../core/errors.ts';
import type { FrameworkId } from '../core/task.ts';
import { isTerminal } from '../core/task-state.ts';
import { printJson } from './output.ts';
import { type Global, withClient } from './session.ts';

/** @param yes without being asked */
export function teardown(name: string, yes: boolean, global: Global): Promise<void> {
  return withClient(global, async (client) => {
    const framework = exactFramework(client.state, name);
    const will = whatGoes(client, framework.id);
    if (!yes) await agrees(framework.id, will);
    await client.request('framework.remove', { name: framework.id });
    if (global.json) printJson({ removed: framework.id });
    else console.log(`framework ${framework.id} is removed; ${will.replace('would end', 'end')}`);
  });
}

export function whatGoes({ state }: Client, id: FrameworkId): string {
  const tasks = [...state.tasks.values()].filter((task) => task.framework === id && !isTerminal(task.state));
  const jobs = [...state.jobs.values()].filter((job) => job.framework === id);
  return `${counted(tasks.length, 'task')} of ${counted(jobs.length, 'job')} would end`;
}

/** @throws TenderError `usage` where nobody can be asked, or somebody does not agree */
export async function agrees(name: string, will: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new TenderError('usage', { cause: `${will}: say --yes where nobody can be asked` });
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const said = await terminal.question(`${will}, and what ${name} has stored is lost. Type its name: `);
    if (said !== name) throw new TenderError('usage', { cause: `nothing was done: "${name}" was not said` });
  } finally {
    terminal.close();
  }
}
