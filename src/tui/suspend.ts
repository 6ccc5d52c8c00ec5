/**
 * Ctrl-Z: this program and whoever waits for it in the same group (npx, a script) stop as any other would, with the
 * terminal as it was; `fg` goes on. In raw mode no terminal sends that signal by itself.
 */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

/** Where nobody could bring it back (no shell with jobs above it) the system does not stop it: then it goes on at once. */
const NOT_STOPPED = 200;

export async function suspend(): Promise<void> {
  // Windows knows no jobs to come back to.
  if (process.platform === 'win32') return;
  const back = once(process, 'SIGCONT');
  process.kill(0, 'SIGTSTP');
  await Promise.race([back, pause(NOT_STOPPED)]);
}
