/** `tender repl`: the REPL on this process' stdin and stdout; resolves when the user has left it. */
import { once } from 'node:events';
import type { Client } from '../client/client.ts';
import { createRepl, greeting } from './create-repl.ts';

export interface StartReplOptions {
  readonly historyFile?: string | undefined;
  readonly rcFile?: string | undefined;
  readonly readOnly?: boolean | undefined;
}

export async function startRepl(client: Client, options: StartReplOptions = {}): Promise<void> {
  const { stdin, stdout } = process;
  const terminal = Boolean(stdin.isTTY && stdout.isTTY);
  if (terminal) stdout.write(greeting(client));
  const server = createRepl({ ...options, input: stdin, output: stdout, terminal, client });
  await once(server, 'exit');
}
