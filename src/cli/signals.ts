/**
 * How long a process goes on. SIGTERM and SIGINT end it cleanly; a second SIGINT ends it at once. A terminal or a
 * reader that has gone away counts as a hang-up: whoever has things to tidy up must not die of writing to nobody.
 */

/** Ends an agent with all its tasks; any other signal leaves them running. */
export const STOP_WITH_TASKS = 'SIGUSR2';

/**
 * Keeps this process alive. The clock's timers do not: one that waits for its master to come back would just end.
 * @returns let go
 */
export function stayAlive(): () => void {
  const timer = setInterval(() => {}, 2 ** 31 - 1);
  return () => clearInterval(timer);
}

/** Resolves at the first of them (or of `more`), with its name; until then the process goes on. */
export function untilSignal(...more: readonly NodeJS.Signals[]): Promise<NodeJS.Signals> {
  const letGo = stayAlive();
  return new Promise((resolve) => {
    let asked = false;
    const end = (signal: NodeJS.Signals): void => {
      if (asked && signal === 'SIGINT') process.exit(130);
      asked = true;
      letGo();
      resolve(signal);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', ...more] as const) process.on(signal, end);
    for (const out of [process.stdout, process.stderr]) out.on('error', () => end('SIGHUP'));
  });
}
