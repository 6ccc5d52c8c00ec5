/** SIGTERM and SIGINT end a process cleanly; a second SIGINT ends it at once. */

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
  });
}
