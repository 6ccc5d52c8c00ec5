/**
 * Why a framework is offered no more, asked of a whole master: by a person, and by the framework itself. What it has been
 * offered already is in its hands, neither used nor too little.
 */
import { describe, expect, it } from 'vitest';
import type { Explained } from '../../src/core/explanation.ts';
import { scalar } from '../../src/core/resources.ts';
import type { FrameworkDefinition } from '../../src/framework/define.ts';
import { launch } from '../../src/framework/operations.ts';
import { memoryCluster } from '../support/memory-cluster.ts';
import { puppet, task } from '../support/puppet.ts';

type Some = Pick<FrameworkDefinition, 'roles' | 'terms'>;

/** Agents by name with their resources, and one puppet for each framework. */
async function stage(agents: Record<string, string>, frameworks: Record<string, Some>) {
  const cluster = await memoryCluster();
  const { clock } = cluster;
  for (const [name, resources] of Object.entries(agents)) await cluster.startAgent(name, resources);
  const client = cluster.startClient();
  await clock.advance(1_000);
  const puppets = Object.entries(frameworks).map(([name, more]) => puppet(name, more));
  for (const { definition } of puppets) {
    cluster.startHost(definition);
    await clock.advance(1_000);
  }
  const explain = (of: { framework?: string; role?: string } = {}): Promise<Explained[]> =>
    cluster.answer(client.request('allocator.explain', of), 10);
  const set = async (role: string, quota: object, force = false): Promise<void> => {
    await cluster.answer(client.request('roles.set', { changes: [{ role, quota }], force }), 10);
    await clock.advance(100);
  };
  const [one, two] = puppets;
  const decline = async (): Promise<void> => {
    for (const { context } of puppets) context!.decline([...context!.offers.keys()], 3_600_000);
    await clock.advance(100);
  };
  return { cluster, clock, client, explain, set, decline, one: one!, two: two! };
}

const EQUAL = { n1: 'cpus:4;mem:4096', n2: 'cpus:4;mem:4096' };
const needs = (cpus: number, name = 'job', count = 1) => ({ name, needs: { cpus: cpus * 1000 }, count });

describe('a person is told', () => {
  it('that a framework with an offer has it in its hands', async () => {
    const { explain, one, clock } = await stage(EQUAL, { one: {} });
    one.context!.demand([needs(2)]);
    await clock.advance(10);
    expect(await explain()).toMatchObject([
      {
        framework: 'one',
        role: 'one',
        waits: true,
        demands: [{ name: 'job', count: 1 }],
        decisive: '4 cpus, 4 GiB of memory offered to it now',
        lines: [{ agent: 'n1 and n2', reasons: ['4 cpus, 4 GiB of memory offered to it now'] }],
        help: '',
      },
    ]);
  });

  it('that even what it is offered is too little, by what is really missing', async () => {
    const { explain, one, clock } = await stage({ n1: 'cpus:4;mem:4096' }, { one: {} });
    one.context!.demand([needs(6)]);
    await clock.advance(10);
    const [{ lines }] = (await explain()) as [Explained];
    expect(lines).toEqual([
      {
        agent: 'n1',
        reasons: ['2 cpus too few for job (wants 6, 4 free)', '4 cpus, 4 GiB of memory offered to it now'],
      },
    ]);
  });

  it('what of a limit is used and what is only offered, and how to raise all of it', async () => {
    const { explain, set, one, clock } = await stage(EQUAL, { one: { roles: ['web'] } });
    one.context!.accept([one.offers()[0]!.id], [launch([task('t1', 1)])], 3_600_000);
    await clock.advance(100);
    await set('web', { limit: { cpus: 3000, mem: 8_192_000 } });
    one.context!.demand([needs(3, 'job', 2)]);
    await clock.advance(100);
    const [{ lines }] = (await explain({ role: 'web' })) as [Explained];
    const full = 'role web is at its limit of 3 cpus (1 used, 2 offered)';
    expect(lines.map(({ reasons }) => reasons)).toEqual([
      [full],
      [full, '2 cpus, 4 GiB of memory offered to it now'],
    ]);
    one.context!.decline([...one.context!.offers.keys()], 3_600_000);
    await clock.advance(100);
    expect(await explain({ role: 'web' })).toMatchObject([
      {
        decisive: 'role web is close to its limit of 3 cpus (1 used)',
        help: 'raise the limit: tender quota set web --limit cpus=7,mem=8g',
      },
    ]);
  });

  it('which agents are away, and since they are, nothing else of them', async () => {
    const { explain, decline, cluster, clock } = await stage(EQUAL, { one: {} });
    await decline();
    await cluster.killAgent('n2');
    await clock.advance(60_000);
    const [{ lines }] = (await explain()) as [Explained];
    expect(lines).toContainEqual({ agent: 'n2', reasons: ['it is unreachable'] });
  });

  it('who has in his hands what would do', async () => {
    const { explain, one, clock } = await stage(EQUAL, { one: {}, two: {} });
    const [first, second] = [...one.context!.offers.keys()];
    one.context!.decline([first!], 0); // two gets it
    one.context!.decline([second!], 3_600_000);
    one.context!.demand([needs(2)]);
    await clock.advance(100);
    const [ofOne] = await explain({ framework: 'one' });
    expect(ofOne!.lines.flatMap(({ reasons }) => reasons)).toContain('what would do is offered to two now');
    expect(ofOne!.help).toBe('');
  });

  it('for whom is reserved what would do', async () => {
    const { explain, one, decline, clock } = await stage(
      { n1: 'cpus:1;cpus(db):1;cpus(ops):1;mem:4096', n2: 'cpus:1;cpus(db):1;mem:4096' },
      { one: {} },
    );
    await decline();
    one.context!.demand([needs(3)]);
    await clock.advance(10);
    expect(await explain()).toMatchObject([
      {
        lines: [
          {
            agent: 'n1',
            reasons: [
              '2 cpus too few for job (wants 3, 1 free)',
              'what else is free is reserved for roles db and ops',
            ],
          },
          { agent: 'n2', reasons: ['2 cpus too few for job (wants 3, 1 free)'] },
        ],
        help: 'reserve less for db, ops, or add a machine: tender token create --role agent',
      },
    ]);
  });

  it('first of those that wait for most; then of those that say nothing of it; of the content last', async () => {
    const { explain, one, two, decline, clock } = await stage(EQUAL, {
      one: { roles: ['a', 'b'] },
      two: { roles: ['c', 'd'] },
    });
    await decline();
    one.context!.demand([needs(64, 'x', 2)], 'b');
    two.context!.demand([needs(64, 'y', 3)], 'c');
    two.context!.suppress(['d']);
    await clock.advance(100);
    const told = await explain();
    expect(told.map(({ role, waits }) => [role, waits])).toEqual([
      ['c', true],
      ['b', true],
      ['a', true],
      ['d', false],
    ]);
  });

  it('only of what was asked for', async () => {
    const { explain } = await stage(EQUAL, { one: { roles: ['a', 'b'] }, two: { roles: ['b'] } });
    const who = async (of: { framework?: string; role?: string }): Promise<string[]> =>
      (await explain(of)).map(({ framework, role }) => `${framework} ${role}`).sort();
    expect(await who({ framework: 'one' })).toEqual(['one a', 'one b']);
    expect(await who({ role: 'b' })).toEqual(['one b', 'two b']);
    expect(await who({ framework: 'two', role: 'b' })).toEqual(['two b']);
    expect(await who({ role: 'nobody' })).toEqual([]);
  });

  it('that a framework which has gone waits while jobs of its own are there', async () => {
    const { explain, one, cluster, clock } = await stage(EQUAL, { one: {} });
    const job = {
      name: 'web',
      kind: 'one',
      desired: 1,
      running: 0,
      healthy: 0,
      status: 'waiting',
      message: '',
      version: 1,
      columns: {},
    };
    one.context!.publish(job);
    await clock.advance(100);
    await cluster.master.parts.members.revoke('frameworks');
    await clock.advance(100);
    expect(await explain()).toMatchObject([{ waits: true, decisive: 'the framework is not connected' }]);
  });
});

describe('a framework is told', () => {
  it('of each agent what is free, its own offers included, and what stands in the way', async () => {
    const { cluster, one, two, clock, set } = await stage(
      { n1: 'cpus:4;mem:4096', n2: 'cpus:1;cpus(db):3;mem:4096' },
      { one: { roles: ['web'] }, two: { roles: ['x'] } },
    );
    const first = [...one.context!.offers.values()].find(({ hostname }) => hostname === 'n1')!;
    one.context!.accept([first.id], [launch([task('t1', 1)])], 3_600_000);
    await clock.advance(100);
    await set('web', { limit: { cpus: 2000 } });
    const { agents, limits } = await cluster.answer(one.context!.explain(), 10);
    const nameOf = new Map([...one.context!.agents.values()].map(({ id, name }) => [id, name]));
    const byName = new Map(agents.flatMap((each) => each.agents.map((id) => [nameOf.get(id), each])));
    expect([...byName.keys()].sort()).toEqual(['n1', 'n2']);
    expect(two.offers()).toHaveLength(1); // of n1: what is left over there is its, and not free for others
    expect(scalar(byName.get('n1')!.free, 'cpus')).toBe(0);
    expect(scalar(byName.get('n2')!.free, 'cpus')).toBe(4000); // what is reserved for db, too
    expect(byName.get('n2')!.by).toEqual([{ kind: 'offered', amounts: expect.anything() }]);
    expect(agents.every(({ role }) => role === 'web')).toBe(true);
    expect(limits).toEqual({});
  });

  it('of the role that it asks for, with the whole limit where that stands in the way', async () => {
    const { cluster, one, decline, set } = await stage(EQUAL, { one: { roles: ['web', 'x'] } });
    await decline();
    await set('web', { limit: { cpus: 0, mem: 0 } });
    const { agents, limits } = await cluster.answer(one.context!.explain('web'), 10);
    expect(agents.every(({ role }) => role === 'web')).toBe(true);
    expect(agents.flatMap((each) => each.agents)).toHaveLength(2);
    expect(agents.flatMap(({ by }) => by.map(({ kind }) => kind))).toContain('limit');
    expect(limits).toEqual({ web: { cpus: 0, mem: 0 } });
  });

  it('what holds everywhere of each agent', async () => {
    const { cluster, one, clock, decline } = await stage(EQUAL, { one: {} });
    await decline();
    one.context!.suppress();
    await clock.advance(100);
    const { agents } = await cluster.answer(one.context!.explain(), 10);
    expect(agents.map(({ by }) => by.map(({ kind }) => kind))).toEqual([['suppressed']]);
  });
});
