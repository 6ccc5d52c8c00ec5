/** A shell in a task, or the task's own streams, on the terminal that the screen has lent. */
import type { Client } from '../client/client.ts';
import { attach, exec } from '../client/commands.ts';
import { type Left, relayTerminal, sizeOf, type Terminal } from '../client/terminal-relay.ts';
import type { TaskId } from '../core/task.ts';

export type { Terminal } from '../client/terminal-relay.ts';

/** bash where there is one. */
const SHELL = ['sh', '-c', 'command -v bash >/dev/null && exec bash || exec sh'];

export function runShell(client: Client, task: TaskId, name: string, terminal: Terminal): Promise<Left> {
  const greet = (key: string): void => say(terminal, `shell on ${name}: ${key} comes back`);
  return relayTerminal(exec(client, task, SHELL, sizeOf(terminal)), terminal, { greet });
}

export function runAttach(client: Client, task: TaskId, name: string, terminal: Terminal): Promise<Left> {
  const greet = (key: string): void =>
    say(terminal, `${name} itself: ${key} comes back, and leaves it running`);
  return relayTerminal(attach(client, task, sizeOf(terminal)), terminal, { greet, isTold: true });
}

const say = ({ stdout }: Terminal, text: string): void => void stdout.write(`\x1b[2m${text}\x1b[22m\r\n`);
