/** `tender exec`: a command in a task, on this terminal. */
import type { TaskStream } from '../client/client.ts';
import { exec } from '../client/commands.ts';
import { findTasks } from '../client/names.ts';
import { TenderError } from '../core/errors.ts';
import { type Global, withClient } from './session.ts';

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
