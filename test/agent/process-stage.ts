/** A process executor of its own, told of all that becomes of its tasks; nothing of them stays after the test. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Executor } from '../../src/agent/executor.ts';
import { Cgroups } from '../../src/agent/process/cgroups.ts';
import { procOf } from '../../src/agent/process/proc-table.ts';
import { processExecutor } from '../../src/agent/process/process-executor.ts';
import { volumeFolders } from '../../src/agent/volumes.ts';
import type { AgentId, TaskSpec } from '../../src/core/task.ts';
import { systemClock as clock } from '../../src/wire/system-clock.ts';
import { agentId, Told, tempFolder } from './stage.ts';

export interface Stage {
  readonly executor: Executor;
  readonly told: Told;
  readonly sandboxes: string;
  readonly agent: AgentId;
}

export function stage(agent = agentId(), sandboxes = tempFolder()): Stage {
  const told = new Told();
  const volumes = volumeFolders(sandboxes);
  const open = (): Executor =>
    processExecutor({ agent, clock, events: told, sandboxes, volumes, cgroups: new Cgroups(agent) });
  const executor = open();
  onTestFinished(async () => {
    await executor.close();
    // Whatever a failed test left behind: nobody knows any task now.
    const last = open();
    await last.sweep(new Set());
    await last.close();
  });
  return { executor, told, sandboxes, agent };
}

export const fileOf = ({ sandboxes }: Stage, spec: TaskSpec, name: string): string =>
  join(sandboxes, spec.id, name);
export const read = (s: Stage, spec: TaskSpec, name: string): string =>
  readFileSync(fileOf(s, spec, name), 'utf8');
export const shimOf = (s: Stage, spec: TaskSpec): number => Number.parseInt(read(s, spec, '.tender/pid'), 10);
export const alive = (pid: number): boolean => !['Z', 'X', undefined].includes(procOf(pid)?.state);
