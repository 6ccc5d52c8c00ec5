/** Where a service runs, on a whole cluster: its constraints, what is said of them, and the devices that agents offer. */
import { describe, expect, it } from 'vitest';
import service from '../../plugins/service/index.ts';
import { scale, submit, why } from '../../src/client/commands.ts';
import { memoryCluster } from '../support/memory-cluster.ts';

const RESOURCES = 'cpus:4;mem:4096;ports:[31000-31099]';
const web = (more: object) => ({ name: 'web', command: ['serve'], cpus: 1, mem: 64, ...more });

/** Agents by name with their attributes. */
async function started(agents: Record<string, Record<string, string>>, resources = RESOURCES) {
  const cluster = await memoryCluster();
  for (const [name, attributes] of Object.entries(agents))
    await cluster.startAgent(name, resources, attributes);
  cluster.startHost(service);
  const client = cluster.startClient();
  await cluster.clock.advance(1_000);
  return {
    cluster,
    run: async (more: object): Promise<void> => {
      await cluster.answer(submit(client, web(more)), 10);
      await cluster.clock.advance(2_000);
    },
    scale: async (count: number): Promise<void> => {
      await cluster.answer(scale(client, 'web', count), 10);
      await cluster.clock.advance(2_000);
    },
    why: () => cluster.answer(why(client, 'web'), 10),
    /** Of each instance that runs. */
    on: () =>
      cluster
        .tasks('web')
        .map(({ agent }) => client.state.agents.get(agent)?.name)
        .sort(),
  };
}

const RACKS = { n1: { rack: 'r1' }, n2: { rack: 'r2' }, n3: { rack: 'r1' } };

describe('a service', () => {
  it('runs only where its constraints hold, and says of each other agent which does not', async () => {
    const { run, why, on } = await started(RACKS);
    await run({ count: 3, constraints: ['rack == r1', 'distinct_hosts'] });
    expect(on()).toEqual(['n1', 'n3']);
    const { sentence, agents } = await why();
    expect(sentence).toContain('2 of 3 run');
    expect(agents).toEqual([
      { agent: 'n1 and n3', reasons: ['another instance of it is there'] },
      { agent: 'n2', reasons: ['rack is r2, wants r1'] },
    ]);
  });

  it('names what is missing everywhere, and what would help', async () => {
    const { run, why } = await started(RACKS);
    await run({ constraints: ['rack == r9'] });
    expect(await why()).toMatchObject({
      sentence: 'web waits: rack does not fit, wants r9; 0 of 1 run.',
      help: 'loosen the constraint, or start an agent that fits: tender agent --attribute rack=r9',
    });
  });

  it('on each agent names those that have no room, and is changed on the others', async () => {
    const { run, why, on, cluster } = await started(RACKS);
    for (const hostname of ['n1', 'n2'])
      await run({ name: hostname, cpus: 4, constraints: [`hostname == ${hostname}`] });
    const each = { perAgent: true, cpus: 2, update: { minHealthy: 1 } };
    await run(each);
    expect(await why()).toMatchObject({
      sentence: 'web waits on n1 and n2: 2 cpus too few (wants 2, 0 free); 1 of 3 run.',
      help: 'make room there',
    });
    await run({ ...each, env: { VERSION: 2 } });
    await cluster.clock.advance(10_000);
    const programs = [...cluster.machines.values()].flatMap(({ world }) => world.running);
    const versions = programs.filter(({ job }) => job === 'web').map(({ env }) => env['VERSION']);
    expect([on(), versions]).toEqual([['n3'], ['2']]);
    expect((await why()).sentence).toContain('web waits on n1 and n2');
  });

  it('is spread over the racks, and follows changed constraints', async () => {
    const { run, on, cluster } = await started(RACKS);
    await run({ count: 4, spread: ['spread(rack)'] });
    expect(on()).toEqual(['n1', 'n2', 'n2', 'n3']);
    await run({ count: 4, constraints: ['rack == r2'] });
    await cluster.clock.advance(120_000);
    expect(on()).toEqual(['n2', 'n2', 'n2', 'n2']);
  });

  it('stays where it is when only wishes change', async () => {
    const { run, on, cluster } = await started(RACKS);
    await run({ count: 2 });
    const ids = () =>
      cluster
        .tasks('web')
        .map(({ id }) => id)
        .sort();
    const before = ids();
    await run({ count: 2, affinity: [{ constraint: 'rack == r2', weight: 100 }], placement: 'pack' });
    await cluster.clock.advance(60_000);
    expect(ids()).toEqual(before);
    await run({ count: 4, affinity: [{ constraint: 'rack == r2', weight: 100 }] });
    expect(on().filter((name) => name === 'n2')).toHaveLength(3);
  });

  it('waits for a device that another instance has', async () => {
    const { run, scale, on, why } = await started({ n1: {} }, `${RESOURCES};devices:{/dev/dri}`);
    await run({ devices: ['/dev/dri:/dev/gpu'] });
    expect(on()).toEqual(['n1']);
    await scale(2);
    const { agents } = await why();
    expect(agents).toEqual([{ agent: 'n1', reasons: ['/dev/dri (devices) is in use'] }]);
  });

  it('is refused with a pattern that is none', async () => {
    const { cluster, run } = await started({ n1: {} });
    await expect(run({ constraints: ['hostname ~ (nuc'] })).rejects.toThrow(
      'constraints.0: expected a pattern of RE2',
    );
    expect(cluster.tasks('web')).toEqual([]);
  });
});
