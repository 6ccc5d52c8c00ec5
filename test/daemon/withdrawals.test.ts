/** Machines that a person takes out: deactivated, draining, drained, and taken in again. */
import { describe, expect, it } from 'vitest';
import type { Agent } from '../../src/core/cluster.ts';
import { TenderError } from '../../src/core/errors.ts';
import type { TaskId } from '../../src/core/task.ts';
import { task } from '../support/puppet.ts';
import { runningOnOne } from './stage.ts';

async function stage() {
  const running = await runningOnOne(task('a', 1), task('b', 1));
  const { cluster, clock, client } = running;
  return {
    ...running,
    agent: (): Agent => [...client.state.agents.values()].find(({ name }) => name === 'n1')!,
    states: () => [...client.state.tasks.values()].map(({ state, reason }) => `${state} ${reason}`),
    say: (word: 'deactivate' | 'activate') =>
      cluster.answer(client.request(`agent.${word}`, { name: 'n1' }), 10),
    drain: (deadlineMs?: number) =>
      cluster.answer(client.request('agent.drain', { name: 'n1', deadlineMs }), 10),
    async restart() {
      await cluster.killMaster();
      await cluster.startMaster();
      await clock.advance(5_000);
    },
  };
}

describe('a deactivated agent', () => {
  it('keeps its tasks, loses its offers at once, and gets none until it is activated', async () => {
    const { clock, web, say, agent, states } = await stage();
    expect(web.offers()).toHaveLength(1);
    await say('deactivate');
    await clock.advance(100);
    expect(agent().withdrawn?.state).toBe('deactivated');
    expect(web.offers()).toEqual([]);
    expect(states()).toEqual(['RUNNING started', 'RUNNING started']);
    await say('activate');
    await clock.advance(100);
    expect(agent().withdrawn).toBeUndefined();
    expect(web.offers()).toHaveLength(1);
  });

  it('is one after a restart of the master and a return of its own', async () => {
    const { cluster, clock, web, say, agent, restart } = await stage();
    await say('deactivate');
    await restart();
    await cluster.killAgent('n1');
    await cluster.startAgent('n1', 'cpus:4');
    await clock.advance(5_000);
    expect(agent()).toMatchObject({ state: 'ready', withdrawn: { state: 'deactivated' } });
    expect(web.offers()).toEqual([]);
  });
});

describe('a draining agent', () => {
  it('is drained when its framework has ended the last of its tasks', async () => {
    const { clock, web, drain, agent, states } = await stage();
    await drain();
    expect(agent().withdrawn).toMatchObject({ state: 'draining', tasks: 2 });
    for (const id of ['a', 'b'] as const) {
      await clock.advance(3_600_000);
      expect(agent().withdrawn?.state).toBe('draining');
      web.context!.kill(id as TaskId);
    }
    await clock.advance(1_000);
    expect(states()).toEqual(['KILLED agent_draining', 'KILLED agent_draining']);
    expect(agent()).toMatchObject({ state: 'ready', withdrawn: { state: 'drained' } });
  });

  it('loses at the deadline what is left, said again with another deadline at that', async () => {
    const { clock, drain, agent, states } = await stage();
    await drain(600_000);
    await drain(60_000);
    await clock.advance(59_000);
    expect(states()).toEqual(['RUNNING started', 'RUNNING started']);
    await clock.advance(2_000);
    expect(states()).toEqual(['KILLED agent_draining', 'KILLED agent_draining']);
    expect(agent().withdrawn?.state).toBe('drained');
  });

  it('tells its frameworks, so that they can move what runs there', async () => {
    const { clock, web, drain } = await stage();
    await drain();
    await clock.advance(100);
    expect([...web.context!.agents.values()]).toMatchObject([{ name: 'n1', withdrawn: 'draining' }]);
  });

  it('goes on with its deadline after a restart of the master', async () => {
    const { clock, drain, agent, restart } = await stage();
    await drain(60_000);
    await restart();
    await clock.advance(60_000);
    expect(agent().withdrawn?.state).toBe('drained');
  });

  it('that is away is drained as soon as it is back', async () => {
    const { cluster, clock, drain, agent } = await stage();
    await cluster.killAgent('n1');
    await clock.advance(60_000);
    await drain(0);
    await clock.advance(60_000);
    expect(agent()).toMatchObject({ state: 'unreachable', withdrawn: { state: 'draining' } });
    await cluster.startAgent('n1', 'cpus:4');
    await clock.advance(10_000);
    expect(agent()).toMatchObject({ state: 'ready', withdrawn: { state: 'drained' } });
  });

  it('that is activated again keeps what has not ended', async () => {
    const { clock, web, drain, say, states, agent } = await stage();
    await drain(60_000);
    web.context!.kill('a' as TaskId);
    await clock.advance(1_000);
    await say('activate');
    await clock.advance(120_000);
    expect(states().sort()).toEqual(['KILLED agent_draining', 'RUNNING started']);
    expect(agent().withdrawn).toBeUndefined();
    web.context!.kill('b' as TaskId);
    await clock.advance(1_000);
    expect(states().sort()).toEqual(['KILLED agent_draining', 'KILLED killed']);
  });

  it('is drained at once when nothing runs there; one that is gone cannot be', async () => {
    const { cluster, clock, client, web, drain, agent } = await stage();
    for (const id of ['a', 'b'] as const) web.context!.kill(id as TaskId);
    await clock.advance(1_000);
    await drain();
    await clock.advance(100);
    expect(agent().withdrawn?.state).toBe('drained');
    await cluster.answer(client.request('agent.gone', { name: 'n1' }), 10);
    await expect(drain()).rejects.toMatchObject({ code: 'agent.gone' });
  });

  it('is given up wholly or not at all', async () => {
    const { cluster, clock, client, drain, agent, states } = await stage();
    await drain(600_000);
    const { registryStore } = cluster;
    const { commit } = registryStore;
    registryStore.commit = (changes, told) =>
      changes.some(({ space }) => space === 'withdrawal')
        ? Promise.reject(new TenderError('state.write', { folder: 'registry', cause: 'no space left' }))
        : commit.call(registryStore, changes, told);
    const giveUp = () => cluster.answer(client.request('agent.gone', { name: 'n1' }), 10);
    await expect(giveUp()).rejects.toMatchObject({ code: 'state.write' });
    await clock.advance(1_000);
    expect(agent()).toMatchObject({ state: 'ready', withdrawn: { state: 'draining' } });
    expect(states()).toEqual(['RUNNING started', 'RUNNING started']);
    Object.assign(registryStore, { commit });
    await giveUp();
    await clock.advance(1_000);
    expect(agent().state).toBe('gone');
    expect([...cluster.master.parts.registry.withdrawals]).toEqual([]);
  });
});

describe('an agent that was declared gone, and is there all the same,', () => {
  const gone = async ({ cluster, clock, client }: Awaited<ReturnType<typeof stage>>) => {
    await cluster.answer(client.request('agent.gone', { name: 'n1' }), 10);
    await clock.advance(10_000);
  };

  it('ends its tasks: others run in their place', async () => {
    const running = await stage();
    expect(running.cluster.running('job')).toHaveLength(2);
    await gone(running);
    expect(running.cluster.running('job')).toEqual([]);
  });

  it('ends them when it is back', async () => {
    const running = await stage();
    const { cluster, clock } = running;
    await cluster.killAgent('n1');
    await gone(running);
    expect(cluster.running('job')).toHaveLength(2);
    await cluster.startAgent('n1', 'cpus:4');
    await clock.advance(10_000);
    expect(cluster.running('job')).toEqual([]);
  });

  it('says so once, however often it is refused', async () => {
    const running = await stage();
    await gone(running);
    await running.clock.advance(300_000);
    const said = running.cluster.log.filter((line) => line.startsWith('n1: '));
    expect(said.filter((line) => line.includes('connected to'))).toHaveLength(1);
    expect(said.filter((line) => line.includes('declared gone'))).toHaveLength(1);
  });
});
