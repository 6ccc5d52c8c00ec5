/**
 * `tender logs`: of a task, or of all instances of a job, in the order in which their lines were written, each with its
 * instance's name in a colour of its own. Following goes on through replacements.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../client/client.ts';
import { followLog, readTogether } from '../client/follow-log.ts';
import type { LogText } from '../client/log-lines.ts';
import { findTasks } from '../client/names.ts';
import { size } from '../client/table/figures.ts';
import { TenderError } from '../core/errors.ts';
import { inOrder } from '../core/in-order.ts';
import type { Task } from '../core/task.ts';
import { isTerminal } from '../core/task-state.ts';
import { duration } from '../core/units.ts';
import { type Global, withClient } from './session.ts';

export interface LogsOptions {
  readonly follow: boolean;
  readonly tail: number | undefined;
  /** ms since 1970 */
  readonly since: number | undefined;
  /** Each line with its time. */
  readonly timestamps: boolean;
}

interface Said extends LogText {
  readonly task: Task;
}

/** What is followed and silent for so long holds the others' lines up no longer (ms). */
const PATIENCE = 150;
/** Characters: a longer line comes in pieces. */
const LONGEST = 1024 ** 2;
const COLOURS = [36, 33, 35, 32, 34, 96, 93, 95, 92, 94] as const;

/** `--since`: so long ago, or a moment. @throws TenderError `usage` */
export function sinceOf(text: string, now: number): number {
  const time = duration.safeParse(text);
  const at = time.success ? now - time.data : Date.parse(text);
  if (Number.isNaN(at))
    throw new TenderError('usage', {
      cause: `--since expects a time such as 10m or 2026-11-23T08:00, found "${text}"`,
    });
  return at;
}

export function logs(name: string, options: LogsOptions, global: Global): Promise<void> {
  return withClient(global, async (client) => {
    const tasks = findTasks(client.state, name);
    const whole = tasks.length > 1 || (options.follow && tasks[0] !== undefined && tasks[0].name !== name);
    const write = writer(tasks, whole, options, global);
    if (!whole || !options.follow) return printAll(client, tasks, options, write);
    const seen = new Set(tasks.map(({ id }) => id));
    client.subscribe(() => {
      for (const task of client.state.tasks.values()) {
        if (task.job !== tasks[0]!.job || task.state !== 'RUNNING' || seen.has(task.id)) continue;
        seen.add(task.id);
        void printAll(client, [task], { ...options, tail: undefined, since: undefined }, write).catch(
          () => {},
        ); // it has ended already: the next one is on its way
      }
    });
    await printAll(client, tasks, options, write);
    await new Promise(() => {}); // until Ctrl-C
  });
}

async function printAll(
  client: Client,
  tasks: readonly Task[],
  options: LogsOptions,
  write: (said: Said) => Promise<void> | undefined,
): Promise<void> {
  const patience = options.follow ? () => sleep(PATIENCE) : undefined;
  for (const group of readTogether(tasks, options.follow)) {
    const sources = group.map((task) => lines(client, task, options));
    for await (const said of inOrder(sources, ({ at }) => at, patience)) await write(said);
  }
}

async function* lines(
  client: Client,
  task: Task,
  { follow, tail, since }: LogsOptions,
): AsyncGenerator<Said, void, undefined> {
  const wish = { follow: follow && !isTerminal(task.state), tail, since, longest: LONGEST };
  for await (const batch of followLog(client, task, wish)) {
    if (batch.lost)
      say(`${task.name}: ${size(batch.lost / 1024 ** 2)} were cut off before they could be read`);
    if (batch.interrupted) say(`${task.name}: ${batch.interrupted.message}; it is tried again`);
    for (const line of batch.lines) yield { ...line, task };
  }
}

const say = (text: string): void => void process.stderr.write(`tender: ${text}\n`);

/** Waits while nobody takes what is written. */
function writer(
  tasks: readonly Task[],
  whole: boolean,
  { timestamps }: LogsOptions,
  global: Global,
): (said: Said) => Promise<void> | undefined {
  const names = new Map<string, string>();
  const width = Math.max(0, ...tasks.map((task) => task.name.length));
  const colours = Boolean(process.stdout.isTTY && !process.env['NO_COLOR']);
  const labelOf = (name: string): string => {
    const known = names.get(name);
    if (known !== undefined) return known;
    const text = `${name.padEnd(width)} | `;
    const label = colours ? `\x1b[${COLOURS[names.size % COLOURS.length]}m${text}\x1b[39m` : text;
    names.set(name, label);
    return label;
  };
  return ({ task, channel, text, at, goesOn }) => {
    const when = at === undefined ? undefined : new Date(at).toISOString();
    const out = global.json
      ? `${JSON.stringify({ task: task.name, stream: channel, at: when, line: text })}\n`
      : `${whole ? labelOf(task.name) : ''}${timestamps ? `${when ?? '-'} ` : ''}${text}${goesOn ? '' : '\n'}`;
    const target = process[global.json ? 'stdout' : channel];
    if (target.write(out)) return undefined;
    return new Promise((resolve) => target.once('drain', resolve));
  };
}
