/** `tender repl`: the REPL on this process' stdin and stdout; resolves when the user has left it, and all it has begun. */
import type { Client } from '../client/client.ts';
import { createRepl, greeting, type ReplTools } from './create-repl.ts';
import type { Screen } from './dot-commands.ts';
import { runPipedLines } from './piped-lines.ts';
import { TerminalLoan } from './terminal-loan.ts';

export interface StartReplOptions extends ReplTools {
  readonly readOnly?: boolean;
  readonly screen?: Screen;
}

export async function startRepl(client: Client, options: StartReplOptions): Promise<void> {
  const { stdin, stdout } = process;
  const { screen: _, ...others } = options;
  const plain = { ...others, output: stdout, terminal: false, client };
  if (!stdin.isTTY) return runPipedLines(stdin, (input) => createRepl({ ...plain, input, prompt: '' }));
  if (!stdout.isTTY) {
    await createRepl({ ...plain, input: stdin }).ended;
    return;
  }
  stdout.write(greeting(client));
  const terminal = new TerminalLoan({ stdin, stdout });
  terminal.take();
  const { input, output } = terminal;
  const { views, open } = options.screen ?? {};
  const screen = views && open && { views, open: (command: string) => terminal.lend(() => open(command)) };
  const server = createRepl({ ...options, input, output, terminal: true, client, screen });
  await server.ended;
  terminal.close();
}
