/** What is over goes from the engine, with its networks: at once, or as soon as the engine does it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { engineNetwork, LABEL } from '../../src/agent/docker/container.ts';
import type { DockerRun, TaskSpec } from '../../src/core/task.ts';
import { needDocker } from '../support/need.ts';
import { until } from '../support/until.ts';
import { docker, dockerStage, exists, networksOf } from './docker-stage.ts';
import { refusingEngine } from './refusing-engine.ts';
import { container, hear } from './stage.ts';

const inNetwork = (script: string, name: string): TaskSpec =>
  container(script, {
    run: { networks: { names: [name], aliases: ['it'] } } as Partial<DockerRun> as DockerRun,
  });

describe.skipIf(needDocker())('a container that is over', () => {
  test('goes when the engine is asked again, if it would not remove it; so do its networks, and its output is kept', async () => {
    let isRefused = true;
    const socket = await refusingEngine((request) => isRefused && request.startsWith('DELETE '));
    const { executor, told, agent } = dockerStage({ socket });
    const spec = inNetwork('echo its words', 'lone');
    executor.launch(spec);
    await told.end(spec);
    await executor.remove(spec);
    await executor.facts();
    expect(exists(spec)).toBe(true);
    expect(told.troubles).toMatchObject([{ code: 'docker.kept' }]);
    isRefused = false;
    await executor.facts();
    await until(() => networksOf(agent).length === 0, { what: 'the network is removed' });
    expect(exists(spec)).toBe(false);
    const { stdout } = await hear(await executor.endedLogs(spec.id, { follow: false }));
    expect(stdout).toBe('its words\n');
  });

  test('goes without its output where the disk does not take that, and this is said', async () => {
    const { executor, told, sandboxes } = dockerStage();
    const spec = container('echo its words');
    executor.launch(spec);
    await told.end(spec);
    mkdirSync(join(sandboxes, spec.id, 'stdout'), { recursive: true });
    await executor.remove(spec);
    expect(exists(spec)).toBe(false);
    expect(told.troubles).toMatchObject([{ code: 'log.lost' }]);
  });

  test('leaves no network behind though its agent died: the next one removes those that nobody needs', async () => {
    const { agent, executor, told } = dockerStage();
    const labels = [`${LABEL.cluster}=test`, `${LABEL.agent}=${agent}`].flatMap((label) => [
      '--label',
      label,
    ]);
    docker('network', 'create', ...labels, engineNetwork(agent, 'old'));
    const spec = inNetwork('sleep 300', 'new');
    executor.launch(spec);
    await told.running(spec);
    await executor.sweep(new Set([spec.id]));
    expect(networksOf(agent)).toEqual([engineNetwork(agent, 'new')]);
  });
});
