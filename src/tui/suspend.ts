/**
 * Ctrl-Z: this program and whoever waits for it in the same group (npx, a script) stop as any other would, with the
 * terminal as it was; `fg` goes on. In raw mode no terminal sends that signal by itself.
 */
import { once } from 'node:events';

export async function suspend(): Promise<void> {
  // Windows knows no jobs to come back to.
  if (process.platform === 'win32') return;
  const back = once(process, 'SIGCONT');
  process.kill(0, 'SIGTSTP');
  await back;
}
