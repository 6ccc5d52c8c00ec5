/**
 * Processes of plugins that a master which was killed has left: they end by themselves, but for one that is too busy to
 * notice. Found by the folder in their command line, where the system shows those (/proc).
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { sep } from 'node:path';

/** @param folder nobody else's processes have a path below it among their words */
export function endOrphans(folder: string): void {
  if (!existsSync('/proc/self/cmdline')) return;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const words = wordsOf(pid);
    if (words.includes('framework-host') && words.some((word) => word.startsWith(folder + sep)))
      process.kill(Number(pid), 'SIGKILL');
  }
}

function wordsOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // it has ended meanwhile
  }
}
