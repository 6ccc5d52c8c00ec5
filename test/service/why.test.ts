/** Why instances of a service wait: what the master holds back, what agents lack, and what would change it. */
import { describe, expect, it } from 'vitest';
import service from '../../plugins/service/index.ts';
import { scale, submit, why } from '../../src/client/commands.ts';
import { isQuiet } from '../../src/client/event-text.ts';
import { memoryCluster } from '../support/memory-cluster.ts';
import { puppet } from '../support/puppet.ts';

const web = (count: number, more = {}) => ({
  name: 'web',
  count,
  command: ['serve'],
  cpus: 1,
  mem: 64,
  ...more,
});

/** Agents by name with their resources. */
async function started(agents: Record<string, string>) {
  const cluster = await memoryCluster();
  for (const [name, resources] of Object.entries(agents))
    await cluster.startAgent(name, `${resources};ports:[31000-31099]`);
  cluster.startHost(service);
  const client = cluster.startClient();
  await cluster.clock.advance(1_000);
  const quota = async (role: string, said: object): Promise<void> => {
    const changes = [{ role, quota: said }];
    await cluster.answer(client.request('roles.set', { changes, force: false }), 10);
  };
  const run = async (spec: ReturnType<typeof web>): Promise<void> => {
    await cluster.answer(submit(client, spec), 10);
    await cluster.clock.advance(2_000);
  };
  return {
    cluster,
    client,
    quota,
    run,
    whyWeb: async () => {
      const { lately: _, ...answer } = await cluster.answer(why(client, 'web'), 10);
      return answer;
    },
    job: () => client.state.jobs.get('web'),
  };
}
const TWO = { n1: 'cpus:2;mem:1024', n2: 'cpus:2;mem:1024' };

describe('a service waits', () => {
  it('for a limit: with both figures, and the command that would let all of it run', async () => {
    const { quota, run, whyWeb, job, cluster, client } = await started(TWO);
    await quota('service', { limit: { cpus: 2000, mem: 1_024_000 } });
    await run(web(3));
    const { agents, each, ...answer } = await whyWeb();
    expect(agents[0]!.reasons).toEqual(['role service is at its limit of 2 cpus (2 used)']);
    expect(each!.map(({ agent }) => agent).sort()).toEqual(['n1', 'n2']);
    expect(answer).toEqual({
      sentence: 'web waits: role service is at its limit of 2 cpus (2 used); 2 of 3 run.',
      help: 'raise the limit: tender quota set service --limit cpus=3,mem=1g',
    });
    expect(job()).toMatchObject({
      status: 'waiting',
      message: 'web waits: role service is at its limit of 2 cpus (2 used); 2 of 3 run.',
    });
    await quota('service', { limit: { cpus: 3000, mem: 1_024_000 } });
    await cluster.clock.advance(2_000);
    expect(job()).toMatchObject({ status: 'running', message: '' });
    await cluster.answer(scale(client, 'web', 3), 10);
    expect((await whyWeb()).sentence).toBe('web is as it should be: 3 of 3 run.');
    const { sentence } = await cluster.answer(why(client, 'web.0'), 10);
    expect(sentence).toBe('web.0 is as it should be.');
  });

  it('for a limit that leaves nothing to be offered: it does not only start for ever', async () => {
    const { quota, run, job } = await started(TWO);
    await quota('service', { limit: { cpus: 0, mem: 0, disk: 0 } });
    await run(web(1));
    expect(job()).toMatchObject({
      status: 'waiting',
      message: expect.stringContaining('role service is at its limit of 0 cpus (0 used)'),
    });
  });

  it('for what is guaranteed to others', async () => {
    const { quota, run, whyWeb } = await started(TWO);
    await quota('db', { guarantee: { cpus: 3000 } });
    await run(web(2));
    const { sentence, help } = await whyWeb();
    expect(sentence).toMatch(/^web waits: .*kept free for what is guaranteed to role db; 1 of 2 run\.$/);
    expect(help).toMatch(/^guarantee less to db/);
  });

  it('for what is reserved for others, or is too little: agents where it is the same are one line, and each is told', async () => {
    const { run, whyWeb } = await started({ ...TWO, n3: 'cpus:1;cpus(db):2;mem:1024' });
    await run(web(1, { cpus: 3 }));
    expect(await whyWeb()).toEqual({
      sentence:
        'web waits: 2 cpus too few (wants 3, 1 free), and what else is free is reserved for role db; 0 of 1 run.',
      agents: [
        {
          agent: 'n3',
          reasons: ['2 cpus too few (wants 3, 1 free)', 'what else is free is reserved for role db'],
        },
        { agent: 'n1 and n2', reasons: ['1 cpu too few (wants 3, 2 free)'] },
      ],
      each: [
        { agent: 'n1', reasons: ['1 cpu too few (wants 3, 2 free)'] },
        { agent: 'n2', reasons: ['1 cpu too few (wants 3, 2 free)'] },
        {
          agent: 'n3',
          reasons: ['2 cpus too few (wants 3, 1 free)', 'what else is free is reserved for role db'],
        },
      ],
      help: 'reserve less for db, or add a machine: tender token create --role agent',
    });
  });

  it('for its own needs, whatever else of the same role waits', async () => {
    const { cluster, client, run, whyWeb } = await started(TWO);
    await cluster.answer(submit(client, { ...web(1, { cpus: 8 }), name: 'big' }), 10);
    await run(web(1, { mem: 2048 }));
    expect((await whyWeb()).sentence).toBe(
      'web waits: 1 GiB of memory too few (wants 2 GiB, 1 GiB free); 0 of 1 run.',
    );
    const { sentence } = await cluster.answer(why(client, 'big'), 10);
    expect(sentence).toBe('big waits: 6 cpus too few (wants 8, 2 free); 0 of 1 run.');
  });

  it('by what is free now, not when it last looked', async () => {
    const { cluster, run, whyWeb } = await started({ n1: 'cpus:2;mem:1024' });
    await run(web(1, { cpus: 3 }));
    expect((await whyWeb()).sentence).toContain('1 cpu too few (wants 3, 2 free)');
    const other = puppet('other');
    cluster.startHost(other.definition);
    await cluster.clock.advance(1_000);
    expect((await whyWeb()).agents[0]!.reasons).toContain('3 cpus too few (wants 3, 0 free)');
  });

  it('for several reasons: then the sentence counts, and the help names what is closest', async () => {
    const { run, whyWeb } = await started(TWO);
    await run(web(2, { cpus: 3, mem: 2048 }));
    const { sentence, help } = await whyWeb();
    expect(sentence).toBe('web waits for room: 2 instances fit on no agent; 0 of 2 run.');
    expect(help).toBe(
      'ask for 1 cpu and 1 GiB of memory less, which fits on n2; or add a machine: tender token create --role agent',
    );
  });

  it('for an agent that is away', async () => {
    const { cluster, run, whyWeb } = await started({ n1: 'cpus:2;mem:1024' });
    await cluster.killAgent('n1');
    await cluster.clock.advance(60_000);
    await run(web(1));
    expect(await whyWeb()).toEqual({
      sentence: 'web waits: every agent is unreachable; 0 of 1 run.',
      agents: [{ agent: 'n1', reasons: ['it is unreachable'] }],
      each: [{ agent: 'n1', reasons: ['it is unreachable'] }],
      help: 'if n1 will not come back: tender gone n1',
    });
  });

  it('silently: the master is not asked again while nothing happens', async () => {
    const { cluster, client, run } = await started(TWO);
    await run(web(1, { cpus: 3 }));
    await cluster.clock.advance(10_000);
    const before = client.state.seq;
    const asked: number[] = [];
    const { allocator } = cluster.master.parts;
    const explain = allocator.explain.bind(allocator);
    Object.assign(allocator, {
      explain: (...args: Parameters<typeof explain>) => {
        asked.push(args[0]);
        return explain(...args);
      },
    });
    await cluster.clock.advance(120_000);
    const since = client.recent.filter(({ seq, event }) => seq > before && !isQuiet(event));
    expect([asked, since]).toEqual([[], []]);
  });

  it('and says what it knows, if the master does not answer', async () => {
    const { cluster, run, whyWeb, job } = await started(TWO);
    Object.assign(cluster.master.parts.allocator, {
      explain: () => {
        throw new Error('out of order');
      },
    });
    await run(web(1, { cpus: 3 }));
    expect((await whyWeb()).agents).toEqual([
      { agent: 'n1 and n2', reasons: ['1 cpu too few (wants 3, 2 free)'] },
    ]);
    expect(job()).toMatchObject({ status: 'waiting' });
  });
});
