/** The agent itself, in a cluster in memory: between the master's orders, its disk and its executors. */
import { describe, expect, it } from 'vitest';
import service from '../../plugins/service/index.ts';
import { stop, submit } from '../../src/client/commands.ts';
import { memoryCluster } from '../support/memory-cluster.ts';
import { slowDisk } from '../support/memory-member.ts';

async function stage() {
  const cluster = await memoryCluster();
  const machine = await cluster.startAgent('n1');
  cluster.startHost(service);
  const client = cluster.startClient();
  await cluster.clock.advance(1_000);
  return { cluster, client, machine, clock: cluster.clock };
}

const web = { name: 'web', command: ['serve'], retry: { delay: '1h' } };

describe('an agent', () => {
  it('does not start what was killed while its disk was busy', async () => {
    const { cluster, client, machine, clock } = await stage();
    slowDisk(machine.store, clock, 200);
    await cluster.answer(submit(client, web), 1);
    await clock.advance(50);
    await cluster.answer(stop(client, 'web'), 1);
    await clock.advance(20_000);
    expect(machine.world.starts.size).toBe(0);
    expect(client.state.jobs.size).toBe(0);
    expect(client.recent.map(({ event }) => event)).toContainEqual(
      expect.objectContaining({ status: expect.objectContaining({ reason: 'killed_during_launch' }) }),
    );
  });

  it('cuts a sentence that is too long for a status: else none of it would be taken, again and again', async () => {
    const { cluster, client, machine, clock } = await stage();
    await cluster.answer(submit(client, web));
    await clock.advance(1_000);
    const [task] = machine.world.running;
    machine.world.end(task!.id, { state: 'FAILED', reason: 'exited', message: 'x'.repeat(100_000) });
    await clock.advance(1_000);
    expect(client.state.tasks.get(task!.id)).toMatchObject({ state: 'FAILED', closed: true });
  });

  it('says GONE of a task that ran, and is not there any more when a new agent comes', async () => {
    const { cluster, client, machine, clock } = await stage();
    await cluster.answer(submit(client, web));
    await clock.advance(1_000);
    const [task] = machine.world.running;
    await cluster.killAgent('n1');
    machine.world.things.clear();
    await cluster.startAgent('n1');
    await clock.advance(5_000);
    expect(client.state.tasks.get(task!.id)).toMatchObject({ state: 'GONE', reason: 'agent_restarted' });
  });
});
