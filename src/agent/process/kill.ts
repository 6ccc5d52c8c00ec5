/**
 * Signals to all of a process task. Its shim leads a session, and everything the program starts stays in it unless it
 * leaves on purpose; what left is still in the control group, where there is one. A session's number is not given
 * away again while any process is in it, so members found after the shim's end are the task's own.
 */
import type { CgroupPaths } from '../cgroup-files.ts';
import { groupPids } from './cgroups.ts';
import { type Sessions, sessions, signal } from './proc-table.ts';

/** SIGTERM to each process group of the session: shells with job control make more than one. */
export function terminateSession(shim: number): void {
  const groups = new Set([shim]);
  for (const { group } of sessions().get(shim) ?? []) groups.add(group);
  for (const group of groups) signal(-group, 'SIGTERM');
}

/**
 * SIGKILL to everything but the shim, which still has to write the exit code.
 * @param table as it is now
 * @returns whether there was anything
 */
export function killOthers(
  shim: number | undefined,
  group: CgroupPaths | undefined,
  table: Sessions = sessions(),
): boolean {
  const pids = new Set(group ? groupPids(group) : []);
  if (shim !== undefined) for (const { pid } of table.get(shim) ?? []) pids.add(pid);
  const others = [...pids].filter((pid) => pid !== shim && pid !== process.pid);
  for (const pid of others) signal(pid, 'SIGKILL');
  return others.length > 0;
}
