/** A shell in a task, or the task's own streams, on the terminal that the screen has lent. */
import type { Client } from '../client/client.ts';
import { attach, exec } from '../client/commands.ts';
import { type Left, relayTerminal, sizeOf, type Terminal } from '../client/terminal-relay.ts';
import type { TaskId } from '../core/task.ts';

export type { Terminal } from '../client/terminal-relay.ts';

/** bash where there is one. */
const SHELL = ['sh', '-c', 'command -v bash >/dev/null && exec bash || exec sh'];

export function runShell(client: Client, task: TaskId, name: string, terminal: Terminal): Promise<Left> {
  terminal.stdout.write(`\x1b[2mshell on ${name}: ctrl-] comes back\x1b[22m\r\n`);
  return relayTerminal(exec(client, task, SHELL, sizeOf(terminal)), terminal);
}

export function runAttach(client: Client, task: TaskId, name: string, terminal: Terminal): Promise<Left> {
  terminal.stdout.write(`\x1b[2m${name} itself: ctrl-] comes back, and leaves it running\x1b[22m\r\n`);
  return relayTerminal(attach(client, task, sizeOf(terminal)), terminal);
}
