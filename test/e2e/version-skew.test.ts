/**
 * Peers of other versions at a real master, spoken raw: one of protocol 2.0 in the very words that were recorded from
 * that program, one that is newer, and ones of other major versions.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { agentIdOf } from '../../src/wire/agent-id.ts';
import { PROTOCOL, PROTOCOL_TEXT } from '../../src/wire/protocol.ts';
import { Cluster } from '../support/cluster.ts';
import { newMember } from '../support/member.ts';
import { type RawMessage, RawPeer } from '../support/raw-peer.ts';
import { until } from '../support/until.ts';

type Role = 'agent' | 'framework' | 'client';
const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, '../cases/protocol-2.0.json'), 'utf8'),
) as Record<Role, { readonly says: RawMessage[] }>;

/** The first that was said of this kind, with other names in it. */
function words(role: Role, t: string, names: Readonly<Record<string, string>> = {}): RawMessage {
  const message = recorded[role].says.find((one) => one.t === t);
  let text = JSON.stringify(message);
  for (const [from, to] of Object.entries(names)) text = text.replaceAll(from, to);
  return JSON.parse(text) as RawMessage;
}

let cluster: Cluster;
const peers: RawPeer[] = [];
beforeAll(async () => {
  cluster = await Cluster.start({ agents: 0 });
});
beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
afterAll(async () => {
  for (const peer of peers) peer.close();
  await cluster?.close();
});

/** A member that has said hello as this version. */
async function peerOf(role: Role, name: string, said: object): Promise<[RawPeer, RawMessage, string]> {
  const { address, serverKey, keys } = await newMember(cluster, role, name);
  const peer = new RawPeer({ address, serverKey, keys });
  peers.push(peer);
  return [peer, await peer.hello(role, keys.publicKey, said), keys.publicKey];
}

const OLD = { protocol: '2.0', version: '0.1.0' };
const AHEAD = { protocol: `${PROTOCOL.major}.${PROTOCOL.minor + 7}`, version: '9.9.9', hat: 'green' };

describe('a peer of protocol 2.0', () => {
  it('as an agent registers, runs what a framework of today sends it, and tells its end', async () => {
    const [agent, welcome] = await peerOf('agent', 'old-agent', OLD);
    expect(welcome).toMatchObject({ t: 'welcome', protocol: PROTOCOL_TEXT });
    await agent.send(words('agent', 'register'));
    expect((await agent.receive('registered')).t).toBe('registered');
    const run = cluster.run('run', '--name', 'web', '--', 'serve');
    const { task } = (await agent.receive('launch')) as unknown as { task: { id: string } };
    const names = { 'web.0-heijjw': task.id };
    await agent.send(words('agent', 'status', names));
    expect(await agent.receive('status.ack')).toMatchObject({ task: task.id });
    expect((await run).code).toBe(0);
    await cluster.untilRunning('web', 1);
    await agent.send(words('agent', 'usage'));
    const stop = cluster.run('stop', 'web');
    await agent.receive('kill');
    const failed = recorded.agent.says.filter(({ t }) => t === 'status')[1];
    await agent.send(JSON.parse(JSON.stringify(failed).replaceAll('web.0-heijjw', task.id)) as object);
    expect(await agent.receive('status.ack')).toMatchObject({ task: task.id });
    expect((await stop).code).toBe(0);
  });

  it('as a framework subscribes, takes an offer, and hears of its task', async () => {
    const [agent, , key] = await peerOf('agent', 'its-agent', OLD);
    await agent.send(words('agent', 'register'));
    await agent.receive('registered');
    const [framework] = await peerOf('framework', 'older', OLD);
    await framework.send(words('framework', 'subscribe', { '"service"': '"older"' }));
    const subscribed = await framework.receive('subscribed');
    expect((subscribed['agents'] as object[]).length).toBeGreaterThan(0);
    expect(subscribed['more']).toBeUndefined();
    await framework.send(words('framework', 'revive', { '"service"': '"older"' }));
    type Offered = { id: string; agent: string };
    const offers = (await framework.receive('offers'))['offers'] as Offered[];
    const mine = offers.find((offer) => offer.agent === agentIdOf(key))!;
    const names = { 'o1-1': mine.id, 'web.0-heijjw': 'old.0-aaaaaa' };
    await framework.send(words('framework', 'accept', names));
    await agent.receive('launch');
    await agent.send(words('agent', 'status', { ...names, '"service"': '"older"' }));
    const update = await framework.receive('update');
    expect(update).toMatchObject({ status: { task: 'old.0-aaaaaa', state: 'RUNNING' } });
    const told = { ...words('framework', 'acknowledge', names), agent: mine.agent, uuid: update['uuid'] };
    await framework.send(told);
    expect(await agent.receive('status.ack')).toMatchObject({ uuid: update['uuid'] });
    await framework.send(words('framework', 'kill', { 'web.0-bhbzc6': 'old.0-aaaaaa' }));
    expect(await agent.receive('kill')).toMatchObject({ task: 'old.0-aaaaaa' });
  });

  it('as a client watches, and gets its answers', async () => {
    const [client] = await peerOf('client', 'old-client', OLD);
    await client.send(words('client', 'watch'));
    expect(await client.receive('snapshot')).toMatchObject({ snapshot: { master: { cluster: 'tender' } } });
    await client.send(words('client', 'credit'));
    for (const request of recorded.client.says.filter(({ t }) => t === 'request')) {
      if (request['method'] === 'framework.call') continue; // that one is for a framework
      await client.send(request);
      expect(await client.receive('reply'), String(request['method'])).toMatchObject({
        id: request['id'],
        ok: true,
      });
    }
  });
});

it('members of other versions are named by `tender version`', async () => {
  await peerOf('agent', 'left-behind', { ...OLD, version: '0.0.9' });
  expect(await cluster.ok('version')).toMatch(/^ {2}agent left-behind: tender 0\.0\.9, protocol 2\.0$/m);
});

describe('a peer of a newer minor version', () => {
  const NEWS = { t: 'news.of.a.later.age', of: 'things to come' };

  it.each(['agent', 'framework', 'client'] as const)('may say as %s what nobody knows yet', async (role) => {
    const [peer, welcome] = await peerOf(role, `ahead-${role}`, AHEAD);
    expect(welcome.t).toBe('welcome');
    for (let n = 0; n < 50; n++) await peer.send(NEWS);
    await peer.send({ t: 'ping', hat: 'green' });
    expect(await peer.drain(300)).toEqual([{ t: 'pong' }]);
  });

  it('is understood where it says more than is known, and told so where it asks for it', async () => {
    const [agent] = await peerOf('agent', 'ahead', AHEAD);
    await agent.send({ ...words('agent', 'register'), hat: 'green' });
    expect((await agent.receive('registered')).t).toBe('registered');
    const [client] = await peerOf('client', 'asks', AHEAD);
    await client.send({ t: 'request', id: 1, method: 'hats.list', params: {} });
    expect(await client.receive('reply')).toMatchObject({ error: { code: 'request.unknown' } });
    await client.send({ t: 'request', id: 2, method: 'token.list', params: { hat: 'green' } });
    expect(await client.receive('reply')).toMatchObject({ id: 2, ok: true });
  });
});

describe('a peer of another major version', () => {
  it.each([
    '1.7',
    '3.0',
    '10.0',
  ])('%s is refused in words, also as an agent and a framework', async (protocol) => {
    for (const role of ['client', 'agent', 'framework'] as const) {
      const [, answer] = await peerOf(role, 'other', { protocol });
      expect(answer).toMatchObject({
        t: 'refused',
        error: {
          code: 'protocol.version',
          message: `this peer speaks protocol ${protocol}, the master speaks ${PROTOCOL_TEXT}`,
        },
      });
    }
    const refusals = (): string[] =>
      cluster.client.recent.flatMap(({ event }) => (event.type === 'peer.refused' ? [event.why] : []));
    await until(() => refusals().some((why) => why.includes(`this peer speaks protocol ${protocol}`)));
  });

  it('is refused in words whatever else its hello looks like', async () => {
    const { address, serverKey, keys } = await newMember(cluster, 'client', 'strange');
    const peer = new RawPeer({ address, serverKey, keys });
    peers.push(peer);
    await peer.send({ t: 'hello', protocol: '3.0', proofs: ['of', 'another', 'kind'] });
    expect(await peer.receive('refused')).toMatchObject({ error: { code: 'protocol.version' } });
  });
});
