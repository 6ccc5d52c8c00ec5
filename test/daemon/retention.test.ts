/** Agents that are unreachable or gone: remembered for a while, then forgotten, on disk as well. */
import { describe, expect, it } from 'vitest';
import type { AgentId } from '../../src/core/task.ts';
import { launch } from '../../src/framework/operations.ts';
import { memoryCluster } from '../support/memory-cluster.ts';
import { puppet, task } from '../support/puppet.ts';

const MINUTE = 60_000;

/** Four agents, n1 to n4. */
async function stage(retention = { age: 20 * MINUTE, count: 100 }) {
  const cluster = await memoryCluster(1, { retention });
  for (const name of ['n1', 'n2', 'n3', 'n4']) await cluster.startAgent(name, 'cpus:4');
  const client = cluster.startClient();
  await cluster.clock.advance(1_000);
  const listed = (agents: Iterable<{ readonly name: string; readonly state: string }>) =>
    Object.fromEntries(
      [...agents].filter(({ state }) => state !== 'ready').map(({ name, state }) => [name, state]),
    );
  return {
    cluster,
    client,
    clock: cluster.clock,
    wait: (minutes: number) => cluster.clock.advance(minutes * MINUTE),
    gone: (name: string) => cluster.answer(client.request('agent.gone', { name }), 10),
    /** Those that are not ready, as a client sees them. */
    away: () => listed(client.state.agents.values()),
    /** As the registry has them. */
    kept: () => [...cluster.master.parts.registry.agents.values()].map(({ name }) => name).sort(),
    members: () => [...client.state.members.keys()],
    idOf: (name: string): AgentId =>
      [...client.state.agents.values()].find((agent) => agent.name === name)!.id,
  };
}

describe('an agent that is away', () => {
  it('is forgotten when it has been unreachable for long enough, by the registry and by clients', async () => {
    const { cluster, wait, away, kept, members } = await stage();
    cluster.network.cut('n1');
    await wait(10);
    cluster.network.cut('n2');
    await wait(10);
    expect(away()).toEqual({ n1: 'unreachable', n2: 'unreachable' });
    await wait(15);
    expect(away()).toEqual({ n2: 'unreachable' });
    expect(kept()).toEqual(['n2', 'n3', 'n4']);
    await wait(15);
    expect(away()).toEqual({});
    expect(members()).toEqual(expect.arrayContaining(['n1', 'n2']));
  });

  it('is forgotten by the next master too, which counts from when it went', async () => {
    const { cluster, wait, kept } = await stage();
    cluster.network.cut('n1');
    await wait(15);
    await cluster.killMaster();
    await cluster.startMaster();
    await wait(14);
    expect(kept()).toEqual(['n1', 'n2', 'n3', 'n4']);
    await wait(2);
    expect(kept()).toEqual(['n2', 'n3', 'n4']);
  });

  it('may come back with its task, which nobody knew any more', async () => {
    const { cluster, client, clock, wait, away, idOf } = await stage();
    const web = puppet('web');
    cluster.startHost(web.definition);
    await clock.advance(1_000);
    const n1 = idOf('n1');
    const offers = web.offers().filter(({ agent }) => agent === n1);
    web.context!.accept(
      offers.map(({ id }) => id),
      [launch([task('t')])],
      0,
    );
    await clock.advance(1_000);
    cluster.network.cut('n1');
    await wait(40);
    expect(away()).toEqual({});
    expect([...client.state.tasks.keys()]).toEqual([]);
    web.context!.reconcile([{ task: task('t').id, agent: n1 }]);
    await clock.advance(100);
    expect(web.states('t')).toEqual(['RUNNING', 'UNREACHABLE', 'UNKNOWN']);
    cluster.network.heal('n1');
    await wait(1);
    expect(web.states('t').at(-1)).toBe('RUNNING');
    expect(cluster.tasks('job').map(({ id, agent, state }) => [id, agent, state])).toEqual([
      ['t', n1, 'RUNNING'],
    ]);
    expect(cluster.running('job')).toEqual(['t']);
  });

  it('is not forgotten when it is back before the time', async () => {
    const { cluster, wait, away, kept } = await stage();
    cluster.network.cut('n1');
    await wait(15);
    cluster.network.heal('n1');
    await wait(60);
    expect(away()).toEqual({});
    expect(kept()).toEqual(['n1', 'n2', 'n3', 'n4']);
  });
});

it('of more than so many, those are forgotten that went first', async () => {
  const { cluster, wait, away } = await stage({ age: 600 * MINUTE, count: 1 });
  for (const name of ['n2', 'n1']) {
    cluster.network.cut(name);
    await wait(1);
  }
  expect(away()).toEqual({ n1: 'unreachable', n2: 'unreachable' });
  await wait(15);
  expect(away()).toEqual({ n1: 'unreachable' });
});

it('an agent that is gone takes its key along when it is forgotten: it does not come back', async () => {
  const { wait, gone, away, kept, members } = await stage();
  await gone('n1'); // its agent runs on, and tries again and again
  expect(away()).toEqual({ n1: 'gone' });
  await wait(31);
  expect(away()).toEqual({});
  expect(kept()).toEqual(['n2', 'n3', 'n4']);
  expect(members()).not.toContain('n1');
  await wait(5);
  expect(kept()).toEqual(['n2', 'n3', 'n4']);
});

it('the time of an agent that is gone counts from the word, however long it had been there', async () => {
  const { cluster, wait, gone, kept } = await stage();
  await wait(30);
  await gone('n1');
  await cluster.killMaster();
  await cluster.startMaster();
  await wait(16);
  expect(kept()).toContain('n1');
  await wait(16);
  expect(kept()).not.toContain('n1');
});

it('what was said of an agent, to give it no new work, is forgotten with it', async () => {
  const { cluster, client, wait } = await stage();
  await cluster.answer(client.request('agent.deactivate', { name: 'n1' }), 10);
  cluster.network.cut('n1');
  await wait(40);
  expect([...cluster.master.parts.registry.withdrawals.keys()]).toEqual([]);
});
