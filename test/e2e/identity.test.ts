/** Who somebody is, is proven, never believed: claimed keys, taken routing ids, roles that are not one's own. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Membership } from '../../src/cli/enrol.ts';
import { newKeyPair } from '../../src/wire/keys.ts';
import { Cluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { newMember } from '../support/member.ts';
import { RawPeer } from '../support/raw-peer.ts';

describe('a member that pretends', () => {
  let cluster: Cluster;
  let mallory: Membership;
  const peers: RawPeer[] = [];
  beforeAll(async () => {
    cluster = await Cluster.start({ agents: 1 });
    mallory = await newMember(cluster, 'client', 'mallory');
  });
  beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
  afterAll(async () => {
    for (const peer of peers) peer.close();
    await cluster?.close();
  });

  const open = (keys = mallory.keys, routingId?: string): RawPeer => {
    const { address, serverKey } = mallory;
    const peer = new RawPeer({ address, serverKey, keys, ...(routingId === undefined ? {} : { routingId }) });
    peers.push(peer);
    return peer;
  };
  const refusals = (): string[] =>
    cluster.client.recent.flatMap(({ event }) => (event.type === 'peer.refused' ? [event.why] : []));

  it('to be somebody else, by his public key, is refused', async () => {
    const victim = cluster.context.keys.publicKey;
    const answer = await open().hello('client', victim);
    expect(answer).toMatchObject({ t: 'refused', error: { code: 'security.proof' } });
    await eventually(() => refusals().includes('the peer could not prove its key'));
  });

  it('to have another role is refused', async () => {
    for (const role of ['agent', 'framework']) {
      const answer = await open().hello(role);
      expect(answer).toMatchObject({ t: 'refused', error: { code: 'request.denied' } });
    }
  });

  it('to be an agent or a framework, by their messages, is not understood, and turned out when it goes on', async () => {
    const peer = open();
    expect((await peer.hello('client')).t).toBe('welcome');
    const facts = {
      hostname: 'x',
      os: 'x',
      kernel: 'x',
      arch: 'x',
      cpuModel: 'x',
      cpus: 1,
      mem: 1,
      disk: 1,
      address: 'x',
    };
    const foreign = [
      { t: 'register', host: facts, executors: [], attributes: {}, total: [], tasks: [] },
      { t: 'subscribe', name: 'service', roles: ['service'], kinds: ['service'], verbs: [], columns: [] },
      { t: 'kill', task: 'web.0-abcdef' },
      { t: 'job.removed', job: 'web' },
    ];
    const before = [cluster.client.state.agents.size, cluster.client.state.frameworks.size];
    for (let i = 0; i < 5; i++) for (const message of foreign) await peer.send(message);
    expect(await peer.receive('refused')).toMatchObject({ error: { code: 'protocol.message' } });
    await peer.send({ t: 'request', id: 1, method: 'token.list', params: {} });
    expect((await peer.receive()).t).toBe('who');
    expect([cluster.client.state.agents.size, cluster.client.state.frameworks.size]).toEqual(before);
  });

  it('a framework of another key may not take the name of a running one', async () => {
    const { keys } = await newMember(cluster, 'framework', 'usurper');
    const peer = open(keys);
    expect((await peer.hello('framework')).t).toBe('welcome');
    await peer.send({
      t: 'subscribe',
      name: 'service',
      roles: ['service'],
      kinds: ['service'],
      verbs: [],
      columns: [],
    });
    expect(await peer.receive('refused')).toMatchObject({ error: { code: 'framework.taken' } });
    expect(cluster.client.state.frameworks.get('service' as never)?.state).toBe('connected');
  });

  it('is heard only after a proof, whatever it sends first', async () => {
    const peer = open();
    await peer.send({ t: 'request', id: 1, method: 'token.list', params: {} });
    expect(await peer.receive()).toEqual({ t: 'who' });
    await peer.send({ t: 'watch' });
    expect(await peer.receive()).toEqual({ t: 'who' });
  });

  it('to be another connection, by its routing id, gains nothing', async () => {
    const victim = open(cluster.context.keys);
    expect((await victim.hello('client')).t).toBe('welcome');
    const thief = open(mallory.keys, victim.routingId);
    await thief.send({ t: 'request', id: 1, method: 'token.list', params: {} });
    expect(await thief.drain(500)).toEqual([]);
    await victim.send({ t: 'ping' });
    expect(await victim.receive()).toEqual({ t: 'pong' });
  });

  it('a key that is no member does not get as far as speaking', async () => {
    const peer = open(newKeyPair());
    await peer.send({ t: 'knock', key: mallory.keys.publicKey });
    await eventually(() => refusals().includes('its key is not admitted'));
    expect(await peer.drain(300)).toEqual([]);
  });
});
