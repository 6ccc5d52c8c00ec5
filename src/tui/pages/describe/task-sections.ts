/** A task beside its fields: what it uses of what it asked for, and its life, state by state, with how long each took. */
import { clockTime } from '../../../client/table/figures.ts';
import { pad, plain, wrap } from '../../../client/table/width.ts';
import { taskTone } from '../../../client/table/work.ts';
import { age } from '../../../client/tables.ts';
import type { Task, TaskStatus } from '../../../core/task.ts';
import { isTerminal } from '../../../core/task-state.ts';
import type { Context } from '../../context.ts';
import { type Line, line, span } from '../../line.ts';
import type { Section } from './sections.ts';
import { usageBars } from './usage-lines.ts';

export function taskSections(task: Task, context: Context): Section[] {
  const { client, size } = context;
  const cells = Math.max(6, Math.min(24, Math.floor((size.columns - 50) / 2)));
  const use = isTerminal(task.state)
    ? []
    : [{ title: 'use of what it asked for', lines: [line('  ', ...usageBars(task, client.state, cells))] }];
  return [...use, { title: 'its life', lines: lifeLines(task, context) }];
}

interface Stage extends Pick<TaskStatus, 'state' | 'reason' | 'message' | 'healthy' | 'ready'> {
  readonly at: number;
}

/** As far as it is remembered here: the launch, and each state since. */
function lifeLines(task: Task, { client, now, size }: Context): Line[] {
  const told = client.recent.flatMap(({ event }): Stage[] =>
    event.type === 'task.status' && event.status.task === task.id ? [event.status] : [],
  );
  const begun: Stage = { state: 'STAGING', reason: 'launched', message: '', at: task.launchedAt };
  const last: Stage = { ...task, at: task.since };
  const stages = [begun, ...(told.length > 0 ? told : [last])].filter(
    (one, i, all) => i === 0 || one.state !== all[i - 1]!.state || one.reason !== all[i - 1]!.reason,
  );
  const states = Math.max(...stages.map(({ state }) => state.length));
  // The time, the state, and how long it lasted.
  const indent = 12 + states + 8;
  return stages.flatMap((one, i) => {
    const until = stages[i + 1]?.at ?? (isTerminal(one.state) ? one.at : now);
    const why = [one.reason.replaceAll('_', ' '), one.message].filter((text) => text !== '').join(': ');
    const [told = '', ...more] = wrap(plain(why), Math.max(10, size.columns - indent - 1));
    return [
      line(
        span(`  ${clockTime(one.at)}  `, 'faint'),
        span(pad(one.state, states), taskTone(one)),
        span(pad(isTerminal(one.state) ? '' : age(until - one.at), 6, 'right'), 'faint'),
        `  ${told}`,
      ),
      ...more.map((part) => line(' '.repeat(indent), part)),
    ];
  });
}
