/** A master and agents on machines of their own: joining with tokens, being refused, revoked, and moving house. */
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Agent } from '../../src/core/cluster.ts';
import type { Event } from '../../src/core/events.ts';
import type { Task } from '../../src/core/task.ts';
import { readToken, writeToken } from '../../src/wire/token.ts';
import { Cluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { Hosts } from '../support/hosts.ts';
import { programs } from '../support/machine.ts';
import { needNamespaces } from '../support/need-more.ts';
import type { Proc } from '../support/proc.ts';

const ADDRESS = { master: '10.77.0.1', one: '10.77.0.2', two: '10.77.0.3', stranger: '10.77.0.4' };
const SERVER =
  "require('http').createServer((q, s) => s.end(process.env.TENDER_NAME)).listen(process.argv[1])";

describe.skipIf(needNamespaces())('three machines', () => {
  let hosts: Hosts;
  let cluster: Cluster;
  beforeAll(async () => {
    hosts = new Hosts(ADDRESS);
    cluster = new Cluster();
    await cluster.startMaster(
      ['--listen', 'tcp://*:5050', '--enrol', 'tcp://*:5051', '--advertise', ADDRESS.master],
      { prefix: hosts.prefix('master') },
    );
    await Promise.all(
      (['one', 'two'] as const).map((name) => cluster.startAgent({ name, prefix: hosts.prefix(name) })),
    );
    await eventually(async () => (await agents()).filter(({ state }) => state === 'ready').length === 2);
  });
  beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
  afterAll(async () => {
    await cluster?.close();
    hosts?.remove();
  });

  const agents = (): Promise<Agent[]> => cluster.json<Agent[]>('agents');
  const running = async (): Promise<Task[]> =>
    (await cluster.json<Task[]>('ps')).filter(({ state }) => state === 'RUNNING');
  const nameOf = async (id: string): Promise<string> =>
    (await agents()).find((agent) => agent.id === id)!.name;

  it('join by token, and serve on their own addresses', async () => {
    expect((await agents()).map(({ name, host }) => [name, host.address]).sort()).toEqual([
      ['one', ADDRESS.one],
      ['two', ADDRESS.two],
    ]);
    await cluster.ok(
      'run',
      '--name',
      'web',
      '-n',
      '2',
      '-p',
      'http',
      '--',
      process.execPath,
      '-e',
      SERVER,
      '$PORT_HTTP',
    );
    const tasks = await eventually(async () => {
      const found = await running();
      return found.length === 2 && found;
    });
    for (const task of tasks) {
      const host = (await nameOf(task.agent)) as keyof typeof ADDRESS;
      const url = `http://${ADDRESS[host]}:${task.ports[0]!.host}/`;
      const script = `fetch('${url}').then((r) => r.text()).then(console.log)`;
      expect(await eventually(() => hosts.run('master', process.execPath, '-e', script))).toBe(task.name);
    }
  });

  describe('a stranger', () => {
    const join = (token: string): Promise<{ code: number; stderr: string }> =>
      cluster.runIn(
        { prefix: hosts.prefix('stranger') },
        'agent',
        '--join',
        token,
        '--name',
        'stranger',
        '--state',
        `${cluster.folder}/stranger`,
      );
    const refusedWith = async (token: string, why: string): Promise<void> => {
      const { code, stderr } = await join(token);
      expect(stderr).toContain(`tender: the master refused the token: ${why}`);
      expect(stderr).toContain('make a new one with: tender token create');
      expect(code).toBe(1);
      await eventually(async () =>
        (await events()).some((event) => event.type === 'peer.refused' && event.why.includes(why)),
      );
    };
    const events = async (): Promise<Event[]> =>
      (await cluster.ok('events', '--json', '--tail', '500'))
        .split('\n')
        .map((line) => JSON.parse(line) as Event);

    it('with a token that was used already is refused', async () => {
      const token = await cluster.token('agent');
      const other = await cluster.startAgent({
        name: 'first',
        args: ['--join', token],
        prefix: hosts.prefix('stranger'),
      });
      await eventually(async () => (await agents()).some(({ name }) => name === 'first'));
      expect((await other.stop()).code).toBe(0);
      await refusedWith(token, 'it was used already');
      await cluster.ok('gone', 'first');
    });

    it('with one that has expired is refused', async () => {
      const token = await cluster.token('agent', '--ttl', '1s');
      await new Promise((resolve) => setTimeout(resolve, 1_100)); // time itself is what is tested
      await refusedWith(token, 'it has expired');
    });

    it('with a forged one is refused', async () => {
      const token = readToken(await cluster.token('agent'));
      const secret = token.secret.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
      await refusedWith(writeToken({ ...token, secret }), 'this master never made it');
    });

    it('with one for another role is told so', async () => {
      const { code, stderr } = await join(await cluster.token('client'));
      expect(stderr).toContain('its role is client, not agent');
      expect(code).toBe(1);
    });

    it('to which the master is another than the token says does not join', async () => {
      const token = readToken(await cluster.token('agent'));
      const { code, stderr } = await join(writeToken({ ...token, key: cluster.context.keys.publicKey }));
      expect(stderr).toContain('has another key than expected');
      expect(code).toBe(1);
    });
  });

  it('one whose address changes stays the member that it was, with its tasks', {
    timeout: 90_000,
  }, async () => {
    const before = (await agents()).find(({ name }) => name === 'one')!;
    const tasks = await running();
    hosts.move('one', ADDRESS.one, '10.77.0.12');
    const start = performance.now();
    const back = await eventually(
      async () =>
        (await agents()).find(
          ({ id, state, since }) => id === before.id && state === 'ready' && since > before.since,
        ),
      { timeout: 40_000, what: 'it is back' },
    );
    console.log(
      `an agent whose address had changed was back after ${Math.round(performance.now() - start)} ms`,
    );
    expect(back.name).toBe('one');
    expect((await running()).map(({ id }) => id).sort(), 'nobody had to replace its tasks').toEqual(
      tasks.map(({ id }) => id).sort(),
    );
  });

  it('one that is revoked is told, its work goes elsewhere, and a new token lets it in again', {
    timeout: 90_000,
  }, async () => {
    const two = cluster.agents.get('two')!;
    expect(await cluster.ok('revoke', 'two')).toBe('two may not connect any more');
    await eventually(() => two.stderr.includes('the key of two was revoked: join again with a new token'));
    await eventually(
      async () => (await agents()).find(({ name }) => name === 'two')?.state === 'unreachable',
      { timeout: 20_000 },
    );
    const there = await eventually(async () => {
      const found = await running();
      return found.length === 2 && found;
    });
    for (const { agent } of there) expect(await nameOf(agent)).toBe('one');
    await two.stop();
    const again = await rejoin(await cluster.token('agent'));
    await eventually(async () =>
      (await agents()).some(({ name, state }) => name === 'two' && state === 'ready'),
    );
    expect(again.end).toBeUndefined();
    await cluster.ok('stop', 'web');
    await eventually(() => programs('node', '-e', SERVER).length === 0);
  });

  const rejoin = async (token: string): Promise<Proc> =>
    cluster.spawn(
      ['agent', '--join', token, '--name', 'two', '--state', join(cluster.env['TENDER_STATE']!, 'two')],
      { prefix: hosts.prefix('two') },
    );
});
