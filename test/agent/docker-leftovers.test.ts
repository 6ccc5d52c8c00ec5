/** What is over goes from the engine, with its networks: at once, or as soon as the engine does it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { containerName, engineNetwork, LABEL } from '../../src/agent/docker/container.ts';
import { dockerExecutor } from '../../src/agent/docker/docker-executor.ts';
import { volumeFolders } from '../../src/agent/volumes.ts';
import type { DockerRun, TaskSpec } from '../../src/core/task.ts';
import { systemClock as clock } from '../../src/wire/system-clock.ts';
import { needDocker } from '../support/need.ts';
import { until } from '../support/until.ts';
import { refusingEngine } from './refusing-engine.ts';
import { agentId, container, hear, Told, tempFolder } from './stage.ts';

const docker = (...args: string[]): string =>
  execFileSync('docker', args, { encoding: 'utf8', stdio: 'pipe' }).trim();

const names = (...list: string[]): string[] =>
  docker(...list)
    .split('\n')
    .filter(Boolean);

function stage(socket?: string) {
  const agent = agentId();
  const told = new Told();
  const sandboxes = tempFolder();
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
  const label = `label=${LABEL.agent}=${agent}`;
  const networks = (): string[] => names('network', 'ls', '--filter', label, '--format', '{{.Name}}');
  onTestFinished(async () => {
    await executor.close();
    const left = names('ps', '-aq', '--filter', label);
    if (left.length > 0) docker('rm', '-fv', ...left);
    if (networks().length > 0) docker('network', 'rm', ...networks());
  });
  return { agent, executor, told, sandboxes, networks };
}

const isThere = ({ id }: TaskSpec): boolean =>
  names('ps', '-aq', '--filter', `name=^${containerName(id)}$`).length > 0;

const inNetwork = (script: string, name: string): TaskSpec =>
  container(script, {
    run: { networks: { names: [name], aliases: ['it'] } } as Partial<DockerRun> as DockerRun,
  });

describe.skipIf(needDocker())('a container that is over', () => {
  test('goes when the engine is asked again, if it would not remove it; so do its networks, and its output is kept', async () => {
    let isRefused = true;
    const socket = await refusingEngine((request) => isRefused && request.startsWith('DELETE '));
    const { executor, told, networks } = stage(socket);
    const spec = inNetwork('echo its words', 'lone');
    executor.launch(spec);
    await told.end(spec);
    await executor.remove(spec);
    await executor.facts();
    expect(isThere(spec)).toBe(true);
    expect(told.troubles).toMatchObject([{ code: 'docker.kept' }]);
    isRefused = false;
    await executor.facts();
    await until(() => networks().length === 0, { what: 'the network is removed' });
    expect(isThere(spec)).toBe(false);
    const { stdout } = await hear(await executor.endedLogs(spec.id, { follow: false }));
    expect(stdout).toBe('its words\n');
  });

  test('goes without its output where the disk does not take that, and this is said', async () => {
    const { executor, told, sandboxes } = stage();
    const spec = container('echo its words');
    executor.launch(spec);
    await told.end(spec);
    mkdirSync(join(sandboxes, spec.id, 'stdout'), { recursive: true });
    await executor.remove(spec);
    expect(isThere(spec)).toBe(false);
    expect(told.troubles).toMatchObject([{ code: 'log.lost' }]);
  });

  test('leaves no network behind though its agent died: the next one removes those that nobody needs', async () => {
    const { agent, executor, told, networks } = stage();
    const labels = [`${LABEL.cluster}=test`, `${LABEL.agent}=${agent}`].flatMap((label) => [
      '--label',
      label,
    ]);
    docker('network', 'create', ...labels, engineNetwork(agent, 'old'));
    const spec = inNetwork('sleep 300', 'new');
    executor.launch(spec);
    await told.running(spec);
    await executor.sweep(new Set([spec.id]));
    expect(networks()).toEqual([engineNetwork(agent, 'new')]);
  });
});
