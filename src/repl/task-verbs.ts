/** What is said of tasks: what they write, a program beside them, and their end. */
import { exec } from '../client/commands.ts';
import { findTask } from '../client/names.ts';
import { TenderError } from '../core/errors.ts';
import { ExecRun } from './exec-run.ts';
import { type LogOptions, LogOutput } from './log-output.ts';
import type { Verb } from './verb.ts';

export const TASK_VERBS = {
  logs: {
    usage: "logs('web.0', {follow: true, tail: 20})",
    help: 'what a task, or all tasks of a job, have written; for await gives {task, stream, text}',
    completes: 'tasks',
    options: ['follow', 'tail'],
    make:
      (context) =>
      (name: string, options: LogOptions = {}) =>
        new LogOutput(context, name, options),
  },
  exec: {
    usage: "exec('web.0', 'ls -l') or exec('web.0', ['ls', '-l'])",
    help: 'runs a line in a shell, or a program, inside a task; awaited: {exitCode, stdout, stderr}',
    completes: 'tasks',
    changes: true,
    make: (context) => (name: string, what: string | readonly string[]) => {
      const argv = typeof what === 'string' ? ['sh', '-c', what] : what;
      return new ExecRun(context, exec(context.client, name, argv));
    },
  },
  kill: {
    usage: "kill('web.0', {grace: 5})",
    help: 'ends one task; its framework most often puts another one in its place; grace in seconds',
    completes: 'instances',
    options: ['grace'],
    changes: true,
    make:
      ({ client }) =>
      async (name: string, { grace }: { grace?: number } = {}): Promise<string> => {
        const task = findTask(client.state, name);
        // As everywhere where something ends: a prefix is no name.
        if (task.name !== name && task.id !== name) throw new TenderError('task.unknown', { name });
        await client.request('task.kill', {
          task: task.id,
          ...(grace === undefined ? {} : { graceMs: Math.round(grace * 1000) }),
        });
        return `${task.name} is being killed`;
      },
  },
} as const satisfies Record<string, Verb>;
