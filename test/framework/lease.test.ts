/** The framework that docs/plugins.md begins with: each of its decisions, and its life on a whole cluster. */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { callVerb, stop, submit, why } from '../../src/client/commands.ts';
import { loadPlugin } from '../../src/framework/host.ts';
import { memoryCluster } from '../support/memory-cluster.ts';

const FOLDER = resolve(import.meta.dirname, '../../examples/lease');
const HOUR = 3_600_000;
const lab = { name: 'lab', kind: 'lease', command: ['work'], for: '2h' };

async function started() {
  const cluster = await memoryCluster();
  const machine = await cluster.startAgent('n1');
  const definition = await loadPlugin(FOLDER);
  const host = cluster.startHost(definition);
  const client = cluster.startClient();
  await cluster.clock.advance(1_000);
  await cluster.answer(submit(client, lab));
  await cluster.clock.advance(1_000);
  const status = () => client.state.jobs.get('lab')?.status;
  return { cluster, machine, definition, host, client, status };
}

describe('a lease', () => {
  it('runs for as long as it says, and not longer', async () => {
    const { cluster, client, status } = await started();
    expect([status(), cluster.running('lab')]).toEqual(['running', ['lab.0']]);
    await cluster.clock.advance(2 * HOUR - 5_000);
    expect(cluster.running('lab')).toEqual(['lab.0']);
    await cluster.clock.advance(10_000);
    expect([status(), cluster.running('lab')]).toEqual(['finished', []]);
    expect((await cluster.answer(why(client, 'lab'))).sentence).toMatch(/^lab was over at \d\d:\d\d/);
  });

  it('goes on elsewhere when its machine is gone, and its time goes on, too', async () => {
    const { cluster, client, status } = await started();
    await cluster.clock.advance(HOUR);
    await cluster.startAgent('n2');
    await cluster.killAgent('n1');
    await cluster.answer(client.request('agent.gone', { name: 'n1' }));
    await cluster.clock.advance(10_000);
    const live = [...client.state.tasks.values()].filter(({ state }) => state === 'RUNNING');
    expect(live.map(({ agent }) => client.state.agents.get(agent)?.name)).toEqual(['n2']);
    await cluster.clock.advance(HOUR);
    expect(status()).toBe('finished');
  });

  it('is over when its program ends', async () => {
    const { cluster, machine, client, status } = await started();
    const end = { state: 'FAILED', reason: 'exited', message: 'exited with code 3', exitCode: 3 } as const;
    machine.world.end(cluster.tasks('lab')[0]!.id, end);
    await cluster.clock.advance(30_000);
    expect([status(), machine.world.starts.size]).toEqual(['finished', 1]);
    expect((await cluster.answer(why(client, 'lab'))).sentence).toMatch(/exited with code 3\.$/);
  });

  it('ends on time under a host that started meanwhile', async () => {
    const { cluster, definition, host, status } = await started();
    await cluster.clock.advance(HOUR);
    await host.close();
    cluster.startHost(definition);
    await cluster.clock.advance(HOUR + 5_000);
    expect([status(), cluster.running('lab')]).toEqual(['finished', []]);
    expect(cluster.doubleStarts()).toEqual([]);
  });

  it('is stopped before its time', async () => {
    const { cluster, client } = await started();
    await cluster.answer(stop(client, 'lab'));
    await cluster.clock.advance(5_000);
    expect([cluster.running('lab'), client.state.jobs.size]).toEqual([[], 0]);
  });

  it('has no verbs but the usual ones', async () => {
    const { cluster, client } = await started();
    const answer = cluster.answer(callVerb(client, 'lab', 'extend', { by: '1h' }));
    await expect(answer).rejects.toMatchObject({ code: 'framework.verb_unknown' });
  });
});
