/** An agent without a cluster (alone.ts), on this very machine: its programs and containers are real. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { dockerExecutor } from '../../src/agent/docker/docker-executor.ts';
import type { Executor, ExecutorEvents } from '../../src/agent/executor.ts';
import { Cgroups } from '../../src/agent/process/cgroups.ts';
import { processExecutor } from '../../src/agent/process/process-executor.ts';
import { volumeFolders } from '../../src/agent/volumes.ts';
import type { TaskSpec, TaskStatus } from '../../src/core/task.ts';
import { isTerminal, type TaskState } from '../../src/core/task-state.ts';
import { systemClock } from '../../src/wire/system-clock.ts';
import { until } from '../support/until.ts';
import { alone } from './alone.ts';
import { agentId, tempFolder } from './stage.ts';

export const docker = (...args: readonly string[]): string =>
  execFileSync('docker', args, { encoding: 'utf8' }).trim();

function removeContainers(agent: string): void {
  const ids = docker('ps', '-aq', '--filter', `label=tender.agent=${agent}`).split('\n').filter(Boolean);
  try {
    if (ids.length > 0) docker('rm', '-fv', ...ids);
  } catch {
    // The agent is at it: its removal is under way.
  }
}

export async function realStage(withDocker = false) {
  const [id, folder, clock] = [agentId(), tempFolder(), systemClock];
  const sandboxes = join(folder, 'sandboxes');
  const volumes = volumeFolders(folder);
  const programs = (events: ExecutorEvents): Executor =>
    processExecutor({ agent: id, clock, events, sandboxes, volumes, cgroups: new Cgroups(id) });
  const containers = (events: ExecutorEvents): Executor =>
    dockerExecutor({ agent: id, clock, events, sandboxes, volumes, cluster: 'test' });
  onTestFinished(async () => {
    // Whatever a failed test left behind: nobody knows any task now.
    const last = programs({ status() {}, trouble() {} });
    await last.sweep(new Set());
    await last.close();
    if (withDocker) removeContainers(id);
  });
  const executors = (events: ExecutorEvents): Executor[] =>
    withDocker ? [programs(events), containers(events)] : [programs(events)];
  const machine = await alone({ id, clock, volumes, executors });
  const start = async (...as: Parameters<typeof machine.start>): Promise<void> => {
    const before = machine.registrations().length;
    await machine.start(...as);
    await until(() => machine.registrations().length > before, { what: 'the agent registers' });
  };
  await start();
  const stateOf = ({ id: task }: TaskSpec): TaskState => machine.last(task)?.state ?? 'UNKNOWN';
  return {
    ...machine,
    start,
    sandboxes,
    fileOf: (spec: TaskSpec, name: string): string => join(sandboxes, spec.id, name),
    /** Launches them; they all run. */
    async run(...specs: readonly TaskSpec[]): Promise<void> {
      machine.launch(...specs);
      const isUp = (): boolean => specs.every((spec) => stateOf(spec) === 'RUNNING');
      await until(isUp, { what: 'all of the group run', timeout: 20_000 });
    },
    /** How each of them ended. */
    async ends(...specs: readonly TaskSpec[]): Promise<(TaskStatus | undefined)[]> {
      const isOver = (): boolean => specs.every((spec) => isTerminal(stateOf(spec)));
      await until(isOver, { what: 'all of the group end', timeout: 20_000 });
      return specs.map(({ id: task }) => machine.last(task));
    },
  };
}
