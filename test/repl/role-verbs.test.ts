/** Roles and quotas at the prompt: said with plain values, shown as tables, and not there at all in read-only mode. */
import { afterEach, describe, expect, it } from 'vitest';
import { defaultRole } from '../../src/core/cluster.ts';
import { completeNames } from '../../src/repl/completion.ts';
import { createSession } from '../../src/repl/session.ts';
import { homeCluster, someWaiting } from '../support/cluster-fixture.ts';
import type { FakeClient } from '../support/fake-client.ts';
import { ReplSession } from '../support/repl-session.ts';

let session: ReplSession | undefined;
afterEach(() => {
  session?.server.close();
  session = undefined;
});
async function open(client: FakeClient, readOnly = false): Promise<ReplSession> {
  session = new ReplSession(client, { readOnly });
  await session.until();
  return session;
}
function cluster(): FakeClient {
  const client = homeCluster();
  client.answer = ({ params }) => {
    const [change] = (params as { changes?: { role: string }[] }).changes ?? [];
    return [{ ...defaultRole(change?.role ?? ''), weight: 2 }];
  };
  return client;
}

describe('what is said of roles', () => {
  it.each([
    ["role.set('web', {weight: 2})", { role: 'web', weight: 2 }],
    ["role.set('web', {priority: 80, preemption: true})", { role: 'web', priority: 80, preemption: true }],
    [
      "quota.set('web', {limit: {cpus: 2, mem: 512}})",
      { role: 'web', quota: { limit: { cpus: 2000, mem: 512_000 } } },
    ],
    [
      "quota.set('web', {limit: {mem: '4g'}, guarantee: 'cpus=1,mem=2g'})",
      {
        role: 'web',
        quota: { limit: { mem: 4_096_000 }, guarantee: { cpus: 1000, mem: 2_048_000 } },
      },
    ],
    ["quota.set('web', {limit: null})", { role: 'web', quota: { limit: {} } }],
    ["quota.rm('data')", { role: 'data', quota: null }],
    ["role.rm('data')", { role: 'data', weight: 1, priority: 50, preemption: false, quota: null }],
  ])('%s', async (typed, change) => {
    const client = cluster();
    const repl = await open(client);
    expect(await repl.type(typed)).toContain('weight: 2');
    expect(client.asked).toEqual([{ method: 'roles.set', params: { changes: [change], force: false } }]);
  });

  it('by force only where that is said', async () => {
    const client = cluster();
    await (await open(client)).type("quota.set('web', {limit: {cpus: 0}, force: true})");
    expect(client.asked).toMatchObject([{ params: { force: true } }]);
  });

  it.each([
    ["quota.set('web')", 'usage: expected a guarantee or a limit, as in: quota.set('],
    ['quota.set({limit: {cpus: 1}})', 'usage: the name of a role comes first, as in: quota.set('],
    ["quota.set('web', {limit: {cpus: '2g'}})", 'usage: limit expects amounts such as cpus=2,mem=4g'],
    ["role.set('web')", 'usage: expected weight, priority or preemption, as in: role.set('],
    ["role.set('web', {wieght: 2})", 'usage: there is no option "wieght" (did you mean "weight"?)'],
    ["quota.rm('web')", 'quota.none: role web has no quota'],
    ["role.rm('dat')", 'role.unknown: nothing is set for a role "dat" (did you mean "data"?)'],
  ])('%s is refused, with the way it is said', async (typed, words) => {
    const client = cluster();
    expect(await (await open(client)).type(typed)).toContain(words);
    expect(client.asked).toEqual([]);
  });
});

describe('what is shown', () => {
  it('is the same table as on the command line', async () => {
    const client = homeCluster();
    client.answer = () => [
      { role: 'web', guarantee: {}, limit: { cpus: 2000 }, consumed: { cpus: 1500 }, offered: {} },
    ];
    const repl = await open(client);
    expect(await repl.type('quota.ls()')).toMatch(
      /^ROLE +NAME +GUARANTEE +LIMIT +USED +OFFERED\nweb +cpus +- +2 +1\.5 +0$/,
    );
    expect(await repl.type("(await quota.ls()).filter((q) => q.role === 'web').length")).toBe('1');
    client.answer = () => [];
    expect(await repl.type('quota.ls()')).toBe('no role has a quota');
  });

  it('in read-only mode is all that there is', async () => {
    const repl = await open(homeCluster(), true);
    expect(await repl.type("quota.set('data', {limit: null})")).toMatch(/^client\.read_only: /);
    expect(await repl.type('help()')).not.toContain('quota.set');
  });
});

describe('help', () => {
  it('is there for a verb, and for all of a group', async () => {
    const repl = await open(homeCluster());
    expect(await repl.type('help(quota.rm)')).toBe(
      "quota.rm('web')\n  neither guaranteed nor limited any more",
    );
    expect(await repl.type('help(role)')).toMatch(/^role\.set\(.*\n .*\nrole\.rm\('web'\)\n/);
    expect(await repl.type("help('quota.ls')")).toContain('quota.ls()');
  });
});

describe('completion', () => {
  const names = createSession({ client: homeCluster(), write: () => {}, width: () => 120, colors: false });
  it.each([
    ["quota.set('d", ["quota.set('data'"]],
    ['role.rm("da', ['role.rm("data"']],
    ["why('serv", ["why('service'"]],
    ["why('da", ["why('data'"]],
    ["why('db", ["why('db'", "why('db.0'"]],
  ])('of %s', (typed, expected) => expect(completeNames(typed, names)?.matches).toEqual(expected));
});

describe('why', () => {
  it('knows frameworks and roles', async () => {
    const client = homeCluster();
    client.answer = () => someWaiting(1).map((one) => ({ ...one, framework: 'service' }));
    const repl = await open(client);
    expect(await repl.type("why('service')")).toMatch(
      /^service waits for room for job: role team\/f0 is at its limit of 2 cpus \(2 used\)\.\n {2}AGENT .*\n {2}nuc1 +ready .* role .*\nraise it$/,
    );
    await repl.type("why('data')");
    expect(client.asked.map(({ params }) => params)).toEqual([{ framework: 'service' }, { role: 'data' }]);
  });

  it('without a name is about everything that waits', async () => {
    const client = homeCluster();
    client.answer = () => someWaiting(1);
    const repl = await open(client);
    const text = await repl.type('why()');
    expect(text).toMatch(/^3 things wait, the worst first:\n {2}mailer +mailer\.0 failed 4 times/);
    expect(text).toContain('f0 (role team/f0)  waits for job: role team/f0 is at its limit');
    expect(await repl.type('(await why()).agents.length')).toBe('3');
  });
});
