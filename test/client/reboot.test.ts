/** A machine that is restarted with its work out of the way, by whoever says so: command line, prompt or screen. */
import { describe, expect, it } from 'vitest';
import service from '../../plugins/service/index.ts';
import { submit } from '../../src/client/commands.ts';
import { exactAgent } from '../../src/client/names.ts';
import { type RebootOptions, reboot } from '../../src/client/reboot.ts';
import { memoryCluster } from '../support/memory-cluster.ts';

async function started() {
  const cluster = await memoryCluster();
  for (const name of ['n1', 'n2']) {
    await cluster.startAgent(name);
    cluster.machines.get(name)!.boot = 'first';
    await cluster.killAgent(name);
    await cluster.startAgent(name);
  }
  cluster.startHost(service);
  const client = cluster.startClient();
  await cluster.clock.advance(5_000);
  await cluster.answer(submit(client, { name: 'web', count: 4, command: ['serve'], cpus: 1 }));
  await cluster.clock.advance(2_000);
  const said: string[] = [];
  const agent = () => exactAgent(client.state, 'n1');
  const restart = async (boot: string | undefined): Promise<void> => {
    await cluster.killAgent('n1');
    await cluster.clock.advance(20_000);
    cluster.machines.get('n1')!.boot = boot;
    await cluster.startAgent('n1');
    await cluster.clock.advance(2_000);
  };
  return {
    cluster,
    client,
    clock: cluster.clock,
    said,
    agent,
    restart,
    running: () => cluster.machines.get('n1')!.world.running.length,
    begin(more: Partial<RebootOptions> = {}) {
      const state = { over: false, error: undefined as unknown };
      reboot(client, agent(), { deadlineMs: undefined, say: (line) => said.push(line), ...more }).then(
        () => {
          state.over = true;
        },
        (error: unknown) => {
          state.error = error;
        },
      );
      return state;
    },
  };
}

describe('a reboot', () => {
  it('moves the work away, waits until the machine was restarted, and gives it new work again', async () => {
    const { clock, said, agent, restart, running, begin } = await started();
    const before = running();
    expect(before).toBeGreaterThan(0);
    const state = begin();
    await clock.advance(60_000);
    expect(running()).toBe(0);
    expect(said.at(0)).toMatch(new RegExp(`^n1: ${before} of ${before} tasks left \\(web\\.\\d`));
    expect(said.slice(-2)).toEqual(['n1 is drained', 'n1 may be restarted now']);
    expect(agent().withdrawn?.state).toBe('drained');
    await restart('second');
    expect(state.over).toBe(true);
    expect(said.slice(-2)).toEqual(['n1 is away', 'n1 is back, and gets new work']);
    expect(agent()).toMatchObject({ state: 'ready', withdrawn: undefined });
  });

  it('takes an agent that was only started anew for no restart', async () => {
    const { clock, said, agent, restart, begin } = await started();
    const state = begin();
    await clock.advance(60_000);
    await restart('first');
    expect(state.over).toBe(false);
    expect(said.slice(-2)).toEqual(['n1 is away', 'n1 is connected again, and was not restarted']);
    expect(agent().withdrawn?.state).toBe('drained');
    await restart('second');
    expect(state.over).toBe(true);
  });

  it('of a machine that cannot tell its runs apart is over when it was away and is back', async () => {
    const { clock, restart, begin } = await started();
    await restart(undefined);
    const state = begin();
    await clock.advance(60_000);
    expect(state.over).toBe(false);
    await restart(undefined);
    expect(state.over).toBe(true);
  });

  it('has the machine restarted only when nothing is left there, and goes on if that never answers', async () => {
    const { clock, restart, running, begin } = await started();
    let left: number | undefined;
    const state = begin({
      restart: () => {
        left = running();
        return new Promise(() => {});
      },
    });
    await clock.advance(60_000);
    expect(left).toBe(0);
    await restart('second');
    expect(state.over).toBe(true);
  });

  it('that cannot have it restarted leaves it without new work', async () => {
    const { clock, agent, begin } = await started();
    const state = begin({ restart: () => Promise.reject(new Error('no such host')) });
    await clock.advance(60_000);
    expect(state.error).toMatchObject({ message: 'no such host' });
    expect(agent().withdrawn?.state).toBe('drained');
  });

  it('takes a deactivated machine as it is, and says what will be cut off', async () => {
    const { cluster, client, clock, said, agent, restart, running, begin } = await started();
    await cluster.answer(client.request('agent.deactivate', { name: 'n1' }), 10);
    await clock.advance(1_000);
    const state = begin();
    await clock.advance(60_000);
    expect(running()).toBeGreaterThan(0);
    expect(said).toEqual([
      expect.stringMatching(/^n1 is deactivated: \d tasks there will be cut off \(web\./),
      'n1 may be restarted now',
    ]);
    await restart('second');
    expect(state.over).toBe(true);
    expect(agent().withdrawn).toBeUndefined();
  });

  it('ends where somebody gives the machine new work before it is drained', async () => {
    const { cluster, client, clock, begin } = await started();
    await cluster.answer(client.request('agent.deactivate', { name: 'n2' }), 10);
    const state = begin(); // its work has nowhere to go
    await clock.advance(10_000);
    await cluster.answer(client.request('agent.activate', { name: 'n1' }), 10);
    await clock.advance(1_000);
    expect(state.error).toMatchObject({ code: 'reboot.activated' });
  });

  it('that nobody waits for any more leaves the machine as it is', async () => {
    const { clock, agent, restart, begin } = await started();
    const leave = new AbortController();
    const state = begin({ stop: leave.signal });
    await clock.advance(60_000);
    leave.abort();
    await restart('second');
    expect(state).toMatchObject({ over: false, error: { code: 'wire.closed' } });
    expect(agent().withdrawn?.state).toBe('drained');
  });
});
