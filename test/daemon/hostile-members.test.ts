/** Members that mean harm, or are only broken: whatever they say, it costs themselves alone. */
import { describe, expect, it } from 'vitest';
import service from '../../plugins/service/index.ts';
import { submit } from '../../src/client/commands.ts';
import type { FrameworkId } from '../../src/core/task.ts';
import { newKeyPair } from '../../src/wire/keys.ts';
import type { Hello } from '../../src/wire/messages/session.ts';
import { PROTOCOL_TEXT } from '../../src/wire/protocol.ts';
import { BARE_HOST } from '../support/bare-host.ts';
import { memoryCluster } from '../support/memory-cluster.ts';
import { memoryMember } from '../support/memory-member.ts';

async function stage() {
  const cluster = await memoryCluster();
  await cluster.startAgent('n1');
  cluster.startHost(service);
  const client = cluster.startClient();
  await cluster.clock.advance(1_000);
  await cluster.answer(submit(client, { name: 'web', command: ['x'] }));
  await cluster.clock.advance(1_000);
  return { cluster, client, clock: cluster.clock, state: () => cluster.master.parts.log.state };
}

const number = (name: string, scalar: number) => ({ name, role: '*', scalar });
const register = (more: object = {}) => ({
  t: 'register',
  host: BARE_HOST,
  executors: [],
  attributes: {},
  total: [number('cpus', 1000), number('mem', 64_000)],
  tasks: [],
  ...more,
});
const spec = (id: string, resources: object[]) => ({
  id,
  name: id,
  job: 'j',
  resources,
  run: { kind: 'process', argv: ['x'], artifacts: [] },
  env: {},
  ports: [],
  volumes: [],
  killGrace: 0,
  labels: {},
});
const status = (task: string, state: string) => ({ task, state, reason: 'started', message: '', at: 1 });
const held = (id: string, resources: object[]) => ({
  spec: spec(id, resources),
  framework: 'service',
  role: 'service',
  status: status(id, 'RUNNING'),
  launchedAt: 1,
});

describe('an agent', () => {
  it('that calls one resource a number here and ranges there is not registered; allocation goes on', async () => {
    const { cluster, clock, state } = await stage();
    const other = await memoryMember(cluster, 'other', 'framework');
    other.subscribe();
    const evil = await memoryMember(cluster, 'evil', 'agent');
    evil.say(register({ tasks: [held('t', [{ name: 'cpus', role: '*', ranges: [[1, 2]] }])] }));
    await clock.advance(1_000);
    expect([...state().agents.values()].map(({ name }) => name)).toEqual(['n1']);
    expect(other.heard('offers')).not.toEqual([]);
  });

  it('may change what a name means while a framework still refuses what it meant before', async () => {
    const { cluster, clock, state } = await stage();
    const other = await memoryMember(cluster, 'other', 'framework');
    other.subscribe();
    const agent = await memoryMember(cluster, 'agent', 'agent');
    const base = [number('cpus', 1000), number('mem', 64_000)];
    agent.say(register({ total: [...base, number('gpus', 2000)] }));
    await clock.advance(1_000);
    const offers = other.heard('offers').flatMap((message) => message.offers.map(({ id }) => id));
    other.say({ t: 'decline', offers, refuseMs: 60_000 });
    await clock.advance(1_000);
    agent.say(register({ total: [...base, { name: 'gpus', role: '*', set: ['a', 'b'] }] }));
    await clock.advance(1_000);
    expect([...state().offers.values()].some(({ resources }) => resources.some((r) => 'set' in r))).toBe(
      true,
    );
  });

  it('speaks of its own tasks only, also where the master does not know the task', async () => {
    const { cluster, clock } = await stage();
    const evil = await memoryMember(cluster, 'evil', 'agent');
    evil.say(register());
    const other = await memoryMember(cluster, 'other', 'framework');
    other.subscribe();
    await clock.advance(1_000);
    for (const state of ['RUNNING', 'FINISHED'])
      evil.say({
        t: 'status',
        framework: 'other',
        uuid: state,
        status: status('t', state),
        latest: status('t', state),
      });
    await clock.advance(1_000);
    expect(other.heard('update')).toEqual([]);
    // Closed so long ago that nobody knows it: its agent may forget it.
    expect(evil.heard('status.ack')).toMatchObject([{ task: 't', uuid: 'FINISHED' }]);
  });
});

describe('a framework', () => {
  it("cannot take the name of another one's job", async () => {
    const { cluster, client, clock } = await stage();
    const evil = await memoryMember(cluster, 'evil', 'framework');
    evil.subscribe();
    const job = { name: 'web', kind: 'x', status: 'x', message: '', version: 1, columns: {}, updatedAt: 0 };
    evil.say({ t: 'job', job: { ...job, desired: 0, running: 0, healthy: 0 } });
    await clock.advance(1_000);
    expect(client.state.jobs.get('web')?.framework).toBe('service');
    expect(client.recent.map(({ event }) => event)).toContainEqual(
      expect.objectContaining({ type: 'framework.error', framework: 'evil' }),
    );
  });

  it('cannot fill an agent with tasks that take nothing', async () => {
    const { cluster, clock } = await stage();
    const evil = await memoryMember(cluster, 'evil', 'framework');
    evil.subscribe();
    await clock.advance(1_000);
    const [offer] = evil.heard('offers')[0]!.offers;
    evil.say({
      t: 'accept',
      offers: [offer!.id],
      operations: [{ op: 'launch', tasks: [spec('t', [])] }],
      refuseMs: 0,
    });
    await clock.advance(1_000);
    expect(evil.heard('update').map((update) => update.status.state)).toEqual(['ERROR']);
    expect(cluster.running('j')).toEqual([]);
  });

  it('that takes another name on the same connection gives up the first', async () => {
    const { cluster, clock, state } = await stage();
    const one = await memoryMember(cluster, 'one', 'framework');
    one.subscribe();
    one.say({ t: 'subscribe', name: 'two', roles: ['two'], kinds: [], verbs: [], columns: [] });
    await clock.advance(1_000);
    const of = (name: string) => state().frameworks.get(name as FrameworkId)?.state;
    expect([of('one'), of('two')]).toEqual(['disconnected', 'connected']);
  });
});

describe('a client', () => {
  it('that asks for snapshots all the time gets no more than its credit', async () => {
    const { cluster, clock } = await stage();
    const evil = await memoryMember(cluster, 'evil', 'client');
    for (let i = 0; i < 1000; i++) evil.say({ t: 'watch' });
    await clock.advance(1_000);
    expect(evil.heard('snapshot').length).toBeLessThan(64);
  });
});

describe('much at once', () => {
  it('is told in as many messages as it takes', async () => {
    const { cluster, client, clock, state } = await stage();
    for (let i = 0; i < 5000; i++)
      cluster.master.parts.log.emit({ type: 'master.warning', message: 'x'.repeat(2000) });
    await clock.advance(5_000);
    expect(client.status.phase).toBe('live');
    expect(client.state.seq).toBe(state().seq);
  });

  it('is asked for once where something was missed', async () => {
    const { cluster, client, clock, state } = await stage();
    const { clients, log } = cluster.master.parts;
    let asked = 0;
    const { message } = clients;
    clients.message = (peer, said, bytes) => {
      if (said.t === 'watch') asked += 1;
      message.call(clients, peer, said, bytes);
    };
    state().seq += 1;
    for (let i = 0; i < 500; i++) log.emit({ type: 'master.warning', message: `${i}` });
    await clock.advance(1_000);
    expect(asked).toBe(1);
    expect(client.state.seq).toBe(state().seq);
  });

  it('is remembered as far as it fits into an answer: the newest', async () => {
    const { cluster, client, clock } = await stage();
    for (let i = 0; i < 2000; i++)
      cluster.master.parts.log.emit({ type: 'master.warning', message: `${i} ${'x'.repeat(3000)}` });
    await clock.advance(5_000);
    const past = await cluster.answer(client.request('events.recent', { limit: 2000 }), 10);
    expect(past.length).toBeGreaterThan(500);
    expect(past.at(-1)!.event).toMatchObject({ message: expect.stringMatching(/^1999 /) });
  });
});

it('one token makes one member, even when two keys show it at the same moment', async () => {
  const { cluster } = await stage();
  const { members } = cluster.master.parts;
  const { secret } = await members.createToken('agent', 60_000, undefined);
  const hello: Hello = {
    t: 'hello',
    proof: '',
    protocol: PROTOCOL_TEXT,
    version: '0',
    role: 'agent',
    token: secret,
  };
  const both = await Promise.allSettled([1, 2].map(() => members.enrol(newKeyPair().publicKey, hello)));
  expect(both.map((result) => result.status)).toEqual(['fulfilled', 'rejected']);
});
