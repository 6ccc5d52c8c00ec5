/**
 * SIGTERM and SIGINT end a process cleanly; a second SIGINT ends it at once. A terminal or a reader that has gone away
 * counts as a hang-up: whoever has things to tidy up must not die of writing to nobody.
 */

/** Resolves at the first of them, with its name. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    const end = (signal: NodeJS.Signals): void => {
      if (asked && signal === 'SIGINT') process.exit(130);
      asked = true;
      resolve(signal);
    };
    process.on('SIGINT', end).on('SIGTERM', end).on('SIGHUP', end);
    for (const out of [process.stdout, process.stderr]) out.on('error', () => end('SIGHUP'));
  });
}
