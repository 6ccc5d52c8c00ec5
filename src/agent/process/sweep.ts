/**
 * Kills what runs on this machine under an agent's mark and belongs to no task that it knows: shims at a task of which there
 * is only a sandbox, and whoever is in a control group of a shim that is at no known task.
 */
import type { Clock } from '../../core/clock.ts';
import type { TaskId } from '../../core/task.ts';
import type { Sandboxes } from '../sandboxes.ts';
import { type Cgroups, groupPids } from './cgroups.ts';
import { bootId, isAlive, sessions, signal } from './proc-table.ts';
import { exitCodeOf, readRecord, shimName, textOf } from './shim-record.ts';

export interface Swept {
  readonly sandboxes: Sandboxes;
  readonly cgroups: Cgroups;
  readonly clock: Clock;
  /** By name: those of this very agent. */
  readonly shims: ReadonlySet<string>;
  readonly isKnown: (task: TaskId) => boolean;
}

/** @returns what was there; where not even a sandbox is left, the name of the shim */
export async function sweep({ sandboxes, cgroups, clock, shims, isKnown }: Swept): Promise<TaskId[]> {
  const swept = new Set<TaskId>();
  /** By the name of its shim. */
  const tasks = new Map<string, TaskId>();
  const boot = bootId();
  const table = sessions();
  for (const task of await sandboxes.tasks()) {
    const sandbox = sandboxes.of(task);
    const record = readRecord(textOf(sandbox.pid));
    if (!record || record === 'none' || record.boot !== boot || !isAlive(record.pid, record.start)) continue;
    // That shim is at another task now.
    if (exitCodeOf(sandbox) !== undefined) continue;
    tasks.set(shimName(record), task);
    if (isKnown(task)) continue;
    for (const { pid } of table.get(record.pid) ?? []) signal(pid, 'SIGKILL');
    sandboxes.end(task);
    swept.add(task);
  }
  for (const name of cgroups.names()) {
    // Agents before this one made a group for each task, of its name.
    const task = tasks.get(name) ?? (name as TaskId);
    const group = cgroups.at(name);
    if (!group || shims.has(name) || isKnown(task)) continue;
    const pids = groupPids(group);
    for (const pid of pids) signal(pid, 'SIGKILL');
    if (pids.length > 0) swept.add(task);
    await cgroups.remove(group, clock);
  }
  return [...swept];
}
