/** The commands with a dot, beside Node's own: `.view` goes to the screen and comes back, `.stack` tells where it failed. */
import type { REPLServer } from 'node:repl';
import { errorText } from './statement.ts';

/** Where `.view` leads. */
export interface Screen {
  /** For completion. */
  readonly views: readonly string[];
  /** Resolves when the prompt has the terminal again. @param command as after a `:` there */
  open(command: string): Promise<void>;
}

export function addDotCommands(
  server: REPLServer,
  screen: Screen | undefined,
  write: (text: string) => void,
): void {
  server.defineCommand('stack', {
    help: 'Where the last error came from',
    action() {
      const { lastError } = server as unknown as { lastError?: { stack?: unknown } };
      const { stack } = lastError ?? {};
      write(typeof stack === 'string' ? `${stack}\n` : 'there is no error to show\n');
      server.displayPrompt();
    },
  });
  if (!screen) return;
  server.defineCommand('view', {
    help: 'Go to the screen, at a view such as tasks, or "logs web"; its :quit comes back here',
    action(name: string) {
      server.clearBufferedCommand();
      const back = (): void => {
        if (!(server as unknown as { closed: boolean }).closed) server.displayPrompt();
      };
      screen
        .open(name.trim())
        .catch((error: unknown) => write(errorText(error)))
        .then(back);
    },
  });
}
