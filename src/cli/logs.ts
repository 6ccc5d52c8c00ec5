/** `tender logs` and `tender exec`: bytes of tasks on this terminal. */
import type { Client, TaskStream } from '../client/client.ts';
import { exec } from '../client/commands.ts';
import { findTasks } from '../client/names.ts';
import { TenderError } from '../core/errors.ts';
import type { Task } from '../core/task.ts';
import { isTerminal } from '../core/task-state.ts';
import { type Global, withClient } from './session.ts';

export interface LogsOptions {
  readonly follow: boolean;
  readonly tail: number | undefined;
}

/** Of a task, or of all instances of a job, each line with its name; following goes on through replacements. */
export function logs(name: string, options: LogsOptions, global: Global): Promise<void> {
  return withClient(global, async (client) => {
    const tasks = findTasks(client.state, name);
    const whole = tasks.length > 1 || (options.follow && tasks[0] !== undefined && tasks[0].name !== name);
    const width = Math.max(...tasks.map((task) => task.name.length));
    const print = (task: Task): Promise<void> =>
      copy(client, task, options, whole ? `${task.name.padEnd(width)} | ` : '', global);
    if (!whole || !options.follow) return void (await Promise.all(tasks.map(print)));
    const seen = new Set(tasks.map(({ id }) => id));
    client.subscribe(() => {
      for (const task of client.state.tasks.values()) {
        if (task.job !== tasks[0]!.job || task.state !== 'RUNNING' || seen.has(task.id)) continue;
        seen.add(task.id);
        void print(task).catch(() => {}); // it has ended already: the next one is on its way
      }
    });
    await Promise.all(tasks.map(print));
    await new Promise(() => {}); // until Ctrl-C
  });
}

async function copy(
  client: Client,
  task: Task,
  { follow, tail }: LogsOptions,
  prefix: string,
  global: Global,
): Promise<void> {
  const stream = client.stream(task.id, { kind: 'logs', follow: follow && !isTerminal(task.state), tail });
  const rest = { stdout: '', stderr: '' };
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  const line = (channel: 'stdout' | 'stderr', text: string): void => {
    const out = global.json
      ? JSON.stringify({ task: task.name, stream: channel, line: text })
      : prefix + text;
    process[global.json ? 'stdout' : channel].write(`${out}\n`);
  };
  for await (const { channel, bytes } of stream.output) {
    const lines = (rest[channel] + decoders[channel].decode(bytes, { stream: true })).split('\n');
    rest[channel] = lines.pop() ?? '';
    for (const text of lines) line(channel, text);
  }
  for (const channel of ['stdout', 'stderr'] as const) if (rest[channel] !== '') line(channel, rest[channel]);
}

/** With a terminal on both ends the program gets one too. Ends with its exit code. */
export function execIn(name: string, argv: readonly string[], global: Global): Promise<void> {
  return withClient(global, async (client) => {
    const { stdin, stdout } = process;
    const tty = Boolean(stdin.isTTY && stdout.isTTY);
    const task = findTasks(client.state, name)[0];
    if (!task) throw new TenderError('task.unknown', { name });
    const size = { columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 };
    const stream = exec(client, task.id, argv, tty ? size : undefined);
    const restore = tty ? attachTerminal(stream) : () => {};
    try {
      void feed(stream);
      for await (const { channel, bytes } of stream.output) await write(process[channel], bytes);
    } finally {
      restore();
      stdin.destroy();
    }
    process.exitCode = stream.exitCode ?? 1;
  });
}

function attachTerminal(stream: TaskStream): () => void {
  const { stdin, stdout } = process;
  const resize = (): void => stream.resize(stdout.columns, stdout.rows);
  stdin.setRawMode(true);
  stdout.on('resize', resize);
  return () => {
    stdin.setRawMode(false);
    stdout.off('resize', resize);
  };
}

async function feed(stream: TaskStream): Promise<void> {
  try {
    for await (const bytes of process.stdin) await stream.write(bytes as Buffer);
    stream.endInput();
  } catch {
    // the program has ended: nobody takes the input any more
  }
}

const write = (out: NodeJS.WriteStream, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve) => out.write(bytes, () => resolve()));
