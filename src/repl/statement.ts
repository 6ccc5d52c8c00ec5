/**
 * How a statement is evaluated, on top of Node's own evaluation: a promise as its value is awaited, Ctrl-C ends the
 * waiting, `const`, `let` and `class` may be said again, and an error is its sentence, with code and next step where it
 * is one of ours, and never a stack (`.stack` shows that of the last one).
 */
import type { REPLServer } from 'node:repl';
import type { Context as VmContext } from 'node:vm';
import { TenderError } from '../core/errors.ts';
import { redeclarable } from './redeclare.ts';
import type { Session } from './session.ts';
import { isShowing } from './shown.ts';

type Done = (error: Error | null, value: unknown) => void;

/** With code and next step; of what is no error of ours its kind. */
export function errorText(error: unknown): string {
  if (error instanceof TenderError) {
    // Misuse is told with how it is said; the help of the command line would not show it.
    const next = error.next === undefined || error.code === 'usage' ? '' : `\n  ${error.next}`;
    return `${error.code}: ${error.message}${next}\n`;
  }
  if (isInterrupt(error)) return `${INTERRUPTED}\n`;
  // Errors of the prompt's own realm are no `Error` of ours.
  const { name, message } = (error ?? {}) as { name?: unknown; message?: unknown };
  return typeof message === 'string' ? `${name}: ${message}\n` : `thrown: ${String(error)}\n`;
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';

const isInterrupt = (error: unknown): boolean =>
  error instanceof Interrupted ||
  (error as { code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED';

/** As other prompts are left. */
const LEAVES = /^\s*(exit|quit)\s*(?:\(\s*\))?\s*;?\s*$/;

/** @param write where errors go */
export function improveEval(server: REPLServer, session: Session, write: (text: string) => void): void {
  const { interrupts } = session;
  const base = server.eval.bind(server);
  const improved = (code: string, context: VmContext, file: string, done: Done): void => {
    const [, leaves] = LEAVES.exec(code) ?? [];
    if (leaves !== undefined && !(leaves in context)) return server.close();
    base(redeclarable(code), context, file, (error, value) => {
      if (error || !(isThenable(value) || isShowing(value))) {
        if (!error) interrupts.clear();
        return done(error, value);
      }
      settle(server, shown(session, value), interrupts).then(
        (settled) => {
          interrupts.clear();
          done(null, settled);
        },
        (failure: unknown) => done(failure as Error, undefined),
      );
    });
  };
  /** Errors that Node finds itself (thrown at once, or under a typed `await`) come here, too. */
  const handle = (error: unknown): void => {
    if (isInterrupt(error)) for (const stop of interrupts) stop();
    interrupts.clear();
    write(errorText(error));
    Object.assign(server, { lastError: error });
    server.clearBufferedCommand();
    server.displayPrompt();
  };
  Object.assign(server, { eval: improved, _handleError: handle });
}

async function shown(session: Session, value: unknown): Promise<unknown> {
  if (isShowing(value)) return session.show(value);
  return session.show(await value);
}

const INTERRUPTED = 'stopped waiting; what was asked for may go on';

class Interrupted extends Error {
  override name = 'Interrupted';
  override message = INTERRUPTED;
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
