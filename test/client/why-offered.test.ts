/** `why` of a framework or a role: what the master says, in a sentence that begins with who it is about. */
import { describe, expect, it } from 'vitest';
import { why } from '../../src/client/commands.ts';
import { whyOffered } from '../../src/client/why-offered.ts';
import { emptyCluster } from '../../src/core/cluster.ts';
import type { Explained } from '../../src/core/explanation.ts';
import { homeCluster, job, NOW, setAgent } from '../support/cluster-fixture.ts';
import { FakeClient } from '../support/fake-client.ts';

function home(...told: Partial<Explained>[]): FakeClient {
  const client = homeCluster();
  const full = told.map(
    (one): Explained => ({
      framework: 'service',
      role: '*',
      waits: true,
      demands: [],
      decisive: '',
      lines: [],
      help: '',
      ...one,
    }),
  );
  client.answer = ({ method }) => (method === 'allocator.explain' ? full : {});
  return client;
}
const line = (agent: string | undefined, ...reasons: string[]) => ({ agent, reasons });

describe('why', () => {
  it('of a framework says what it waits for, what stands in the way, and what would help', async () => {
    const demands = [
      { name: 'web', count: 2 },
      { name: 'late', count: 1 },
    ];
    const client = home({
      demands,
      decisive: 'too little',
      lines: [line('n1', 'too little')],
      help: 'buy more',
    });
    expect(await why(client, 'service')).toEqual({
      sentence: 'service waits for room for web (2) and late: too little.',
      agents: [{ agent: 'n1', reasons: ['too little'] }],
      help: 'buy more',
    });
    expect(client.asked).toEqual([{ method: 'allocator.explain', params: { framework: 'service' } }]);
  });

  it.each<[string, Partial<Explained>, string]>([
    [
      'several things stand in the way',
      { demands: [{ name: 'web', count: 1 }], lines: [line('n1', 'a'), line('n2', 'b')] },
      'service waits for room for web, because of this:',
    ],
    [
      'nothing stands in the way',
      { demands: [{ name: 'web', count: 1 }] },
      'service waits for room for web; nothing stands in the way of more.',
    ],
    [
      'it says nothing of what it waits for',
      { decisive: 'it is full', lines: [line('n1', 'it is full')] },
      'service is offered nothing: it is full.',
    ],
    ['it has offers', { waits: false }, 'service has 2 offers; nothing stands in the way of more.'],
    ['it has offers, and others', { waits: false, lines: [line('n1', 'a')] }, 'service has 2 offers.'],
    [
      'it wants none',
      { framework: 'batch', waits: false, decisive: 'x', lines: [line(undefined, 'x')] },
      'batch wants no offers: nothing of it waits.',
    ],
  ])('of a framework where %s', async (_, told, sentence) => {
    const answer = await whyOffered(home(told), { framework: told.framework ?? 'service' });
    expect(answer.sentence).toBe(sentence);
    expect(answer.agents.every(({ agent }) => agent !== undefined)).toBe(true);
  });

  it('of a framework that is gone says only that', async () => {
    const client = home({ decisive: 'the framework is not connected' });
    client.emit({ type: 'framework.disconnected', at: NOW, framework: 'service' as never, why: '' });
    expect((await why(client, 'service')).sentence).toBe('service is not connected.');
  });

  it('of a role with one framework names both', async () => {
    const client = home({ decisive: 'too little', lines: [line('pi', 'too little')] });
    expect((await why(client, '*')).sentence).toBe('service in role * is offered nothing: too little.');
  });

  it('of a role with several frameworks is about those that wait', async () => {
    const client = home(
      { lines: [line('pi', 'too little')], help: 'buy more' },
      { framework: 'batch', waits: false, lines: [line(undefined, 'none wanted')] },
      { framework: 'cron' },
    );
    expect(await why(client, '*')).toEqual({
      sentence: '3 frameworks are in role *, and 2 of them wait:',
      agents: [
        { agent: 'service on pi', reasons: ['too little'] },
        { agent: 'cron', reasons: ['nothing stands in the way of more'] },
      ],
      help: 'buy more',
    });
    const calm = home({ waits: false }, { framework: 'batch', waits: false });
    expect((await why(calm, '*')).sentence).toBe('2 frameworks are in role *, and none of them waits.');
  });

  it('of a framework in several roles is about those that it waits in', async () => {
    const client = home({ lines: [line('pi', 'too little')] }, { role: 'web', waits: false });
    expect(await why(client, 'service')).toMatchObject({
      sentence: 'service is in 2 roles, and waits in 1 of them:',
      agents: [{ agent: 'role * on pi', reasons: ['too little'] }],
    });
    const calm = home({ waits: false }, { role: 'web', waits: false });
    expect((await why(calm, 'service')).sentence).toBe('service is in 2 roles, and waits in none of them.');
  });

  it('says so where nobody is there to offer to, or nothing to offer', async () => {
    expect((await why(home(), 'data')).sentence).toBe(
      'No framework is in role data: there is nobody to offer to.',
    );
    const empty = home({});
    for (const name of ['nuc1', 'nuc2', 'pi']) setAgent(empty, name, 'gone', '');
    expect((await why(empty, 'service')).sentence).toBe('There is no agent to offer to service.');
  });

  it('takes the beginning of a name, where no job begins so', async () => {
    const client = home({});
    await why(client, 'serv');
    await why(client, 'dat');
    await why(client, 'ba'); // backup is a job
    expect(client.asked).toMatchObject([
      { method: 'allocator.explain', params: { framework: 'service' } },
      { method: 'allocator.explain', params: { role: 'data' } },
      { method: 'framework.call', params: { to: { job: 'backup' } } },
    ]);
  });

  it('of a name that a job has is about the job', async () => {
    const client = home();
    client.emit({ type: 'job.changed', at: NOW, job: job('batch', 1, 1) });
    await why(client, 'batch');
    expect(client.asked.map(({ method }) => method)).toEqual(['framework.call']);
  });

  it('of a name that nothing has is an error', async () => {
    const client = new FakeClient(
      emptyCluster({ cluster: '', version: '', epoch: 0, startedAt: 0, address: '' }),
    );
    await expect(why(client, 'nothing')).rejects.toMatchObject({ code: 'job.unknown' });
  });
});
