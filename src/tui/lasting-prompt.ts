/**
 * The prompt of a screen: one for as long as the screen runs. Leaving it only goes back to the screen, so variables,
 * history and what it listens to stay, and what it says meanwhile is there when one comes back. Loaded when it is first
 * wanted; ended with the screen, together with all that was begun at it.
 */
import type { Client } from '../client/client.ts';
import type { Terminal } from '../client/terminal-relay.ts';
import type { Prompt, ReplTools } from '../repl/create-repl.ts';
import type { TerminalLoan } from '../repl/terminal-loan.ts';
import { VIEWS } from './views.ts';

export interface LastingPrompt {
  /** Resolves when it is left. @returns where `.view` leads, if that is how */
  enter(): Promise<string | undefined>;
  close(): Promise<void>;
}

interface Options {
  readonly client: Client;
  readonly terminal: Terminal;
  readonly readOnly: boolean;
  readonly tools: (() => Promise<ReplTools>) | undefined;
}

interface Begun {
  readonly server: Prompt;
  readonly loan: TerminalLoan;
  /** Node's own way to end it. */
  readonly end: () => void;
}

export function createLastingPrompt(options: Options): LastingPrompt {
  const { terminal, client, tools, readOnly } = options;
  let begun: Begun | undefined;
  let left = Promise.withResolvers<string | undefined>();
  let entered = Promise.withResolvers<void>();

  /** Resolves when it is entered again. */
  const leave = (command?: string): Promise<void> => {
    left.resolve(command);
    return entered.promise;
  };

  const begin = async (): Promise<Begun> => {
    const [{ createRepl, greeting }, { TerminalLoan }] = await Promise.all([
      import('../repl/create-repl.ts'),
      import('../repl/terminal-loan.ts'),
    ]);
    terminal.stdout.write(`${greeting(client)}ctrl-d goes back to the screen; what you declare here stays\n`);
    const loan = new TerminalLoan(terminal);
    loan.take();
    const { input, output } = loan;
    const server = createRepl({
      ...(await tools?.()),
      input,
      output,
      terminal: true,
      client,
      readOnly,
      screen: { views: VIEWS.map(({ name }) => name), open: leave },
    });
    const { close } = server;
    // What ctrl-d, ctrl-c twice and `.exit` come to.
    server.close = () => void leave().then(() => server.displayPrompt());
    const end = (): void => {
      server.close = close; // by its own name: where history is still to be written, it calls itself again
      server.close();
    };
    return { server, loan, end };
  };

  return {
    async enter() {
      left = Promise.withResolvers();
      if (begun) begun.loan.take();
      else begun = await begin();
      entered.resolve();
      entered = Promise.withResolvers();
      try {
        return await left.promise;
      } finally {
        begun.loan.letGo();
        // Ink listens again only after our last listener is gone (faces.md 3.4).
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    async close() {
      left.resolve(undefined);
      begun?.end();
      await begun?.server.ended;
      begun?.loan.close();
    },
  };
}
