/** What the simulator has found, each as a story of its own. The seed is the one that told it first. */
import { describe, expect, it } from 'vitest';
import service from '../../plugins/service/index.ts';
import { stop, submit } from '../../src/client/commands.ts';
import { type MemoryCluster, memoryCluster } from '../support/memory-cluster.ts';

const JOB = { name: 'web', count: 1, command: ['serve'], cpus: 1, mem: 64 };

/** Three agents; web.0 runs on one of them, which is then silent until its task is given up. */
async function stage() {
  const cluster = await memoryCluster();
  const { clock } = cluster;
  for (const name of ['n1', 'n2', 'n3']) await cluster.startAgent(name);
  cluster.startHost(service);
  const client = cluster.startClient();
  await clock.advance(1_000);
  await cluster.answer(submit(client, JOB));
  await clock.advance(1_000);
  const lost = machineOf(cluster);
  await cluster.killAgent(lost);
  await clock.advance(40_000);
  return { cluster, clock, client, lost };
}

const machineOf = ({ machines }: MemoryCluster): string =>
  [...machines.values()].find(({ world }) => world.running.length > 0)!.name;

/** Tasks that the framework still counts as its own. */
const written = ({ registryStore }: MemoryCluster): string[] =>
  registryStore.load().flatMap(({ key }) => (key.startsWith('instance/') ? [key] : []));

describe('found by the simulator', () => {
  it('seed 19: a machine that comes back to a master that has started since brings its tasks back to their framework', async () => {
    const { cluster, clock, lost } = await stage();
    expect(cluster.running('web')).toEqual(['web.0', 'web.0']); // the old one, and the one in its place
    await cluster.killMaster();
    await cluster.startMaster();
    await clock.advance(40_000);
    await cluster.startAgent(lost);
    await clock.advance(10_000);
    expect(cluster.running('web')).toEqual(['web.0']);
    expect(written(cluster)).toHaveLength(1);
  });

  it('seed 187: a machine that is declared gone to a master that has started since takes its tasks with it', async () => {
    const { cluster, clock, client, lost } = await stage();
    await cluster.killMaster();
    await cluster.startMaster();
    await clock.advance(40_000);
    expect(written(cluster)).toHaveLength(2);
    await cluster.answer(client.request('agent.gone', { name: lost }));
    await clock.advance(1_000);
    expect(written(cluster)).toHaveLength(1);
    await cluster.answer(stop(client, 'web'));
    await clock.advance(1_000);
    expect(cluster.master.parts.log.state.jobs.has('web')).toBe(false);
  });
});
