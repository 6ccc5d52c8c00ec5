/** Who listens on a port of this machine, as far as this user may see; read from /proc, where there is one. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTEN = '0A';

/** Undefined: nobody. Empty: who it is can't be seen. */
export function listenerOn(port: number): string | undefined {
  const inodes = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => inodesIn(readOr(file), port));
  if (inodes.length === 0) return undefined;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    if (holds(pid, inodes)) return `${nameOf(pid)} (pid ${pid})`;
  return '';
}

/** @param table as in /proc/net/tcp */
export function inodesIn(table: string, port: number): string[] {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    return local.endsWith(end) && state === LISTEN && inode !== undefined ? [inode] : [];
  });
}

function holds(pid: string, inodes: readonly string[]): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkOr(`/proc/${pid}/fd/${fd}`)) ?? [];
      return inode !== undefined && inodes.includes(inode);
    });
  } catch {
    return false; // somebody else's, or gone
  }
}

/** `tender master`, `nginx`: enough to know it by. */
function nameOf(pid: string): string {
  const words = readOr(`/proc/${pid}/cmdline`).split('\0');
  const at = words.findIndex((word) => /(^|\/)tender$/.test(word));
  const verb = at < 0 ? undefined : words.slice(at + 1).find((word) => !word.startsWith('-'));
  return verb === undefined ? readOr(`/proc/${pid}/comm`).trim() : `tender ${verb}`;
}

function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function readlinkOr(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}
