/**
 * How a statement is evaluated, on top of Node's own evaluation: a promise as its value is awaited, Ctrl-C ends the
 * waiting, `const` and `let` may be said again, and an error of ours is a sentence with its code instead of a stack.
 */
import type { REPLServer } from 'node:repl';
import type { Context as VmContext } from 'node:vm';
import { TenderError } from '../core/errors.ts';

export interface StatementOptions {
  readonly write: (text: string) => void;
  /** What to stop on Ctrl-C; emptied after each statement. */
  readonly interrupts: Set<() => void>;
}

type Done = (error: Error | null, value: unknown) => void;

/** `const a = 1` twice is an error in Node's REPL; people retype lines all the time. */
export const redeclarable = (code: string): string =>
  code.replace(/^(\s*)(?:const|let)(?=\s+[\w$[{])/, '$1var');

export function errorText(error: TenderError): string {
  return `${error.code}: ${error.message}${error.next === undefined ? '' : `\n  ${error.next}`}\n`;
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';

export function improveEval(server: REPLServer, { write, interrupts }: StatementOptions): void {
  const base = server.eval.bind(server);
  const finish = (done: Done, error: unknown, value: unknown): void => {
    interrupts.clear();
    if (!(error instanceof TenderError)) {
      done(error as Error | null, value);
      return;
    }
    write(errorText(error));
    // A failed statement leaves `_` as it was.
    const state = server as unknown as { last: unknown; lastError: unknown };
    const last = state.last;
    done(null, undefined);
    state.last = last;
    state.lastError = error;
  };
  const improved = (code: string, context: VmContext, file: string, done: Done): void =>
    base(redeclarable(code), context, file, (error, value) => {
      if (error || !isThenable(value)) finish(done, error, value);
      else
        settle(server, value, interrupts).then(
          (settled) => finish(done, null, settled),
          (failure: unknown) => finish(done, failure, undefined),
        );
    });
  Object.assign(server, { eval: improved, ...catching(server, write, interrupts) });
}

/** Errors that Node finds itself (thrown at once, or under a typed `await`) don't come through eval's callback. */
function catching(server: REPLServer, write: (text: string) => void, interrupts: Set<() => void>): object {
  const nodes = (server as unknown as { _handleError?: (error: unknown) => void })._handleError?.bind(server);
  if (!nodes) return {};
  const handle = (error: unknown): void => {
    if ((error as { code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED')
      for (const stop of interrupts) stop();
    interrupts.clear();
    if (!(error instanceof TenderError)) {
      nodes(error);
      return;
    }
    write(errorText(error));
    Object.assign(server, { lastError: error });
    server.clearBufferedCommand();
    server.displayPrompt();
  };
  return { _handleError: handle };
}

class Interrupted extends Error {
  override name = 'Interrupted';
  override message = 'stopped waiting; what was asked for may go on';
  override stack = 'Interrupted: stopped waiting; what was asked for may go on';
}

/** The value, or `Interrupted` on Ctrl-C. The REPL's own listener would only say "press again to exit": it is set aside. */
async function settle(
  server: REPLServer,
  value: PromiseLike<unknown>,
  interrupts: Set<() => void>,
): Promise<unknown> {
  const aside = server.rawListeners('SIGINT') as (() => void)[];
  server.removeAllListeners('SIGINT');
  let interrupt: () => void = () => undefined;
  const interrupted = new Promise<never>((_, reject) => {
    interrupt = () => {
      for (const stop of interrupts) stop();
      reject(new Interrupted());
    };
  });
  server.on('SIGINT', interrupt);
  process.on('SIGINT', interrupt);
  // What the statement says after that is nobody's: it must not end the process.
  Promise.resolve(value).catch(() => undefined);
  try {
    return await Promise.race([value, interrupted]);
  } finally {
    process.off('SIGINT', interrupt);
    server.off('SIGINT', interrupt);
    for (const listener of aside) server.on('SIGINT', listener);
  }
}
