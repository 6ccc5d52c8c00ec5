/** A docker executor of its own on the real engine, told of all that becomes of its tasks; nothing of them stays after the file. */
import { execFileSync } from 'node:child_process';
import { afterAll, onTestFinished } from 'vitest';
import { containerName } from '../../src/agent/docker/container.ts';
import { dockerExecutor } from '../../src/agent/docker/docker-executor.ts';
import type { Executor } from '../../src/agent/executor.ts';
import { volumeFolders } from '../../src/agent/volumes.ts';
import type { AgentId, TaskSpec } from '../../src/core/task.ts';
import { systemClock as clock } from '../../src/wire/system-clock.ts';
import { agentId, Told, tempFolder } from './stage.ts';

const agents: AgentId[] = [];

export interface Stage {
  readonly executor: Executor;
  readonly told: Told;
  readonly sandboxes: string;
  readonly agent: AgentId;
}

export function dockerStage(agent = agentId(), sandboxes = tempFolder(), socket?: string): Stage {
  const told = new Told();
  const volumes = volumeFolders(sandboxes);
  const executor = dockerExecutor({
    agent,
    cluster: 'test',
    clock,
    events: told,
    sandboxes,
    volumes,
    socket,
  });
  agents.push(agent);
  onTestFinished(() => executor.close());
  return { executor, told, sandboxes, agent };
}

export const docker = (...args: string[]): string =>
  execFileSync('docker', args, { encoding: 'utf8' }).trim();
export const exists = (spec: TaskSpec): boolean =>
  docker('ps', '-aq', '--filter', `name=^${containerName(spec.id)}$`) !== '';

afterAll(async () => {
  for (const agent of agents) {
    const ids = docker('ps', '-aq', '--filter', `label=tender.agent=${agent}`).split('\n').filter(Boolean);
    if (ids.length > 0) docker('rm', '-fv', ...ids);
  }
});
