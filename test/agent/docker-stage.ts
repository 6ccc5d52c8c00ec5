/** A docker executor of its own on the real engine, told of all that becomes of its tasks; nothing of them stays after the file. */
import { execFileSync } from 'node:child_process';
import { afterAll, onTestFinished } from 'vitest';
import { containerName, LABEL } from '../../src/agent/docker/container.ts';
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

interface StageOptions {
  /** As after a restart of its agent. Default: an agent of its own. */
  readonly agent?: AgentId;
  readonly sandboxes?: string;
  readonly socket?: string;
}

export function dockerStage(options: StageOptions = {}): Stage {
  const { agent = agentId(), sandboxes = tempFolder(), socket } = options;
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
  clearAwayAfterwards(agent);
  onTestFinished(() => executor.close());
  return { executor, told, sandboxes, agent };
}

export const docker = (...args: string[]): string =>
  execFileSync('docker', args, { encoding: 'utf8', stdio: 'pipe' }).trim();
export const exists = (spec: TaskSpec): boolean =>
  docker('ps', '-aq', '--filter', `name=^${containerName(spec.id)}$`) !== '';

const listed = (...args: string[]): string[] =>
  docker(...args)
    .split('\n')
    .filter(Boolean);
const labelOf = (agent: AgentId): string => `label=${LABEL.agent}=${agent}`;
/** Names. */
export const networksOf = (agent: AgentId): string[] =>
  listed('network', 'ls', '--filter', labelOf(agent), '--format', '{{.Name}}');

/** Nothing that it starts stays after the file. */
export const clearAwayAfterwards = (agent: AgentId): void => void agents.push(agent);

afterAll(() => {
  for (const agent of agents) {
    const containers = listed('ps', '-aq', '--filter', labelOf(agent));
    if (containers.length > 0) docker('rm', '-fv', ...containers);
    const networks = networksOf(agent);
    if (networks.length > 0) docker('network', 'rm', ...networks);
  }
});
