/** `tender kill`: a person's word that a task is to end. What becomes of its job is its framework's to decide. */
import { findTask } from '../client/names.ts';
import { TenderError } from '../core/errors.ts';
import { duration } from '../core/units.ts';
import { printJson } from './output.ts';
import { type Global, withClient } from './session.ts';

/** @param names in full: a prefix is no name for what ends something */
export function killTasks(
  names: readonly string[],
  grace: string | undefined,
  global: Global,
): Promise<void> {
  const time = grace === undefined ? undefined : duration.safeParse(grace);
  if (time && !time.success)
    throw new TenderError('usage', { cause: `--grace expects a time such as 5s, found "${grace}"` });
  return withClient(global, async (client) => {
    const tasks = names.map((name) => {
      const task = findTask(client.state, name);
      if (task.name !== name && task.id !== name) throw new TenderError('task.unknown', { name });
      return task;
    });
    for (const { id, name } of tasks) {
      await client.request('task.kill', { task: id, ...(time && { graceMs: time.data }) });
      if (!global.json) console.log(`${name} is being killed`);
    }
    if (global.json) printJson(tasks.map(({ id }) => id));
  });
}
