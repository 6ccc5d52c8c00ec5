/** What tender is compared with: dockerode alone, asked for the very same containers. */

import { tmpdir } from 'node:os';
import Docker from 'dockerode';
import { containerOptions } from '../src/agent/docker/container.ts';
import { volumeFolders } from '../src/agent/volumes.ts';
import { parseResources } from '../src/core/resources-text.ts';
import type { AgentId, DockerRun, TaskId, TaskSpec } from '../src/core/task.ts';

export const IMAGE = 'tender-test/busybox:1';
export const COMMAND = ['sleep', '1000'];
/** So little that fifty fit anywhere. */
export const SMALL = { cpus: 0.02, mem: 16 } as const;

export const engine = new Docker();

const run: DockerRun = { kind: 'docker', image: IMAGE, args: COMMAND, pull: 'missing', network: 'bridge' };
const volumes = volumeFolders(tmpdir());
const cluster = `bench-${process.pid}`;
let made = 0;

function spec(): TaskSpec {
  const id = `bench-${process.pid}-${++made}`;
  return {
    id: id as TaskId,
    name: id,
    job: 'bench',
    resources: parseResources(`cpus:${SMALL.cpus};mem:${SMALL.mem}`),
    run,
    env: {},
    ports: [],
    volumes: [],
    labels: {},
    killGrace: 0,
  } as unknown as TaskSpec;
}

/** Created and started, all at once. @returns ms until the engine has confirmed the last one */
export async function bareStart(count: number): Promise<number> {
  const from = performance.now();
  await Promise.all(
    Array.from({ length: count }, async () => {
      const options = containerOptions(spec(), run, { cluster, agent: 'bench' as AgentId }, volumes);
      const container = await engine.createContainer(options);
      await container.start();
    }),
  );
  return performance.now() - from;
}

/** Removes what `bareStart` made, and only that. */
export async function bareClean(): Promise<void> {
  const filters = { label: [`tender.cluster=${cluster}`] };
  const left = await engine.listContainers({ all: true, filters });
  await Promise.all(left.map(({ Id }) => engine.getContainer(Id).remove({ force: true, v: true })));
}
