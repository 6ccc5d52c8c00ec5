/** What was typed, kept for the next time in a file for its owner only; entries of several lines stay whole, secrets go. */
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { REPLServer } from 'node:repl';

const SIZE = 2000;

/** A value that is given to something called like a secret, and tokens themselves. */
const SECRET =
  /(?:pass(?:word|phrase|wd)?|secret|token|api_?key|credentials?|private_?key)\w*['"]?\s*[:=]\s*(?:await\s+)?['"`]|\btnd1-\w{20,}/i;

export const isSecret = (entry: string): boolean => SECRET.test(entry);

export function keepHistory(server: REPLServer, filePath: string): void {
  try {
    mkdirSync(dirname(filePath), { recursive: true, mode: 0o700 });
    if (existsSync(filePath)) chmodSync(filePath, 0o600);
  } catch {
    // Without a folder there is no history; Node says so itself.
  }
  // The array is the history itself, the newest first: what is taken out of it is neither offered again nor written.
  server.on('history', (entries: string[]) => {
    if (isSecret(entries[0] ?? '')) entries.shift();
  });
  server.setupHistory({ filePath, size: SIZE }, () => undefined);
}
