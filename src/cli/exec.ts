/** `tender exec` and `tender attach`: a command in a task, or the task itself, on this terminal. */
import type { Client, TaskStream } from '../client/client.ts';
import { attach, exec } from '../client/commands.ts';
import { findTasks } from '../client/names.ts';
import { type Ends, relayTerminal, sizeOf } from '../client/terminal-relay.ts';
import { TenderError } from '../core/errors.ts';
import type { Task } from '../core/task.ts';
import { type Global, withClient } from './session.ts';

export interface ExecOptions {
  /** True: there has to be one; false: the program gets none. Default: if this has one on both ends. */
  readonly tty?: boolean | undefined;
}

/** Ends with the program's exit code. @throws TenderError `usage`, `task.unknown`, why the connection was lost */
export function execIn(
  name: string,
  argv: readonly string[],
  { tty }: ExecOptions,
  global: Global,
): Promise<void> {
  const hasTerminal = Boolean(process.stdin.isTTY && process.stdout.isTTY);
  if (tty && !hasTerminal)
    throw new TenderError('usage', { cause: '--tty needs a terminal on stdin and stdout; this has none' });
  return withClient(global, async (client) => {
    const task = taskOf(client, name);
    if (!(tty ?? hasTerminal)) return relay(exec(client, task.id, argv));
    const greet = (): void => say(`ctrl-] ends ${argv[0]} on ${task.name}`);
    await onTerminal(task, exec(client, task.id, argv, sizeOf(process)), { greet }, `${argv[0]} was ended`);
  });
}

/** What the task itself writes from now on, and its input. Leaving it does it no harm. */
export function attachTo(name: string, global: Global): Promise<void> {
  return withClient(global, async (client) => {
    const task = taskOf(client, name);
    const stream = attach(client, task.id, sizeOf(process));
    if (!process.stdin.isTTY || !process.stdout.isTTY) return relay(stream);
    const greet = (key: string): void => say(`attached to ${task.name}: ${key} leaves it running`);
    await onTerminal(task, stream, { greet, isTold: true }, `${task.name} runs on`);
  });
}

const say = (text: string): void => void process.stderr.write(`tender: ${text}\n`);

function taskOf(client: Client, name: string): Task {
  const task = findTasks(client.state, name)[0];
  if (!task) throw new TenderError('task.unknown', { name });
  return task;
}

async function onTerminal(task: Task, stream: TaskStream, ends: Ends, left: string): Promise<void> {
  try {
    const { detached, exitCode } = await relayTerminal(stream, process, ends);
    if (detached) {
      process.stderr.write('\n'); // the cursor may be anywhere in a line
      say(`left ${task.name}: ${left}`);
    } else process.exitCode = exitCode ?? 1;
  } finally {
    process.stdin.destroy();
  }
}

async function relay(stream: TaskStream): Promise<void> {
  try {
    void feed(stream);
    for await (const { channel, bytes } of stream.output) await write(process[channel], bytes);
  } finally {
    process.stdin.destroy();
  }
  process.exitCode = stream.exitCode ?? 1;
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
