/**
 * How long a process goes on. SIGTERM and SIGINT end it cleanly; a second SIGINT ends it at once. A terminal or a reader that has gone away
 * counts as a hang-up: whoever has things to tidy up must not die of writing to nobody.
 */

/**
 * Keeps this process alive. The clock's timers do not: one that waits for its master to come back would just end.
 * @returns let go
 */
export function stayAlive(): () => void {
  const timer = setInterval(() => {}, 2 ** 31 - 1);
  return () => clearInterval(timer);
}

/** Resolves at the first of them, with its name; until then the process goes on. */
export function untilSignal(): Promise<NodeJS.Signals> {
  const letGo = stayAlive();
  return new Promise((resolve) => {
    let asked = false;
    const end = (signal: NodeJS.Signals): void => {
      if (asked && signal === 'SIGINT') process.exit(130);
      asked = true;
      letGo();
      resolve(signal);
    };
    process.on('SIGINT', end).on('SIGTERM', end).on('SIGHUP', end);
    for (const out of [process.stdout, process.stderr]) out.on('error', () => end('SIGHUP'));
  });
}
