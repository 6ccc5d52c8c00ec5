/**
 * Versions of one major work together. What peers of protocol 2.0 said and heard was recorded from that program
 * (test/cases/protocol-2.0.json): all of it is understood today. What a newer minor adds is passed over.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import service from '../../plugins/service/index.ts';
import type { FrameworkId } from '../../src/core/task.ts';
import { checkAgent, checkClient, checkFramework } from '../../src/wire/check.ts';
import { checkKvPut, checkRequest } from '../../src/wire/check-request.ts';
import { isNewer, isOurs, PROTOCOL } from '../../src/wire/protocol.ts';
import { alone } from '../agent/alone.ts';
import { fakeExecutor, World } from '../support/fake-executor.ts';
import { memoryCluster } from '../support/memory-cluster.ts';
import { virtualClock } from '../support/virtual-clock.ts';

type Said = { readonly t: string; readonly [field: string]: unknown };
const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, '../cases/protocol-2.0.json'), 'utf8'),
) as Record<'agent' | 'framework' | 'client', { readonly says: Said[]; readonly hears?: Said[] }>;

const said = (role: 'agent' | 'framework' | 'client'): [string, Said][] =>
  recorded[role].says
    .filter(({ t }) => t !== 'hello')
    .map((message) => [[message.t, message['method']].filter(Boolean).join(' '), message]);

describe('what a peer of 2.0 says is understood, all of it', () => {
  it.each(said('agent'))('agent: %s', (_, message) => {
    expect(checkAgent(message)).toEqual(message);
  });

  it.each(said('framework'))('framework: %s', (_, message) => {
    const checked = checkFramework(message);
    // Also each task of an accept, one by one.
    expect(
      JSON.parse(JSON.stringify(checked, (key, value) => (key === 'invalid' ? undefined : value))),
    ).toEqual(message);
    if (checked.t === 'accept') expect(checked.operations).toMatchObject([{ op: 'launch', invalid: [] }]);
    if (checked.t === 'request' && checked.method === 'kv.put')
      expect(checkKvPut(checked.params)).toEqual(message['params']);
  });

  it.each(said('client'))('client: %s', (_, message) => {
    const checked = checkClient(message);
    expect(checked).toEqual(message);
    if (checked.t === 'request')
      expect(checkRequest(checked.method, checked.params).params).toEqual(message['params']);
  });
});

describe('a message that nobody knows', () => {
  const NEWS = { t: 'news.of.a.later.age', of: ['things', { to: 'come' }] };

  it('from a newer master does not end the session of an agent, which runs what comes after it', async () => {
    const clock = virtualClock(1_000_000);
    const world = new World();
    const agent = await alone({ clock, executors: (events) => [fakeExecutor(world, events)] });
    await agent.start();
    await clock.advance(1_000);
    for (let n = 0; n < 50; n++) agent.tell(NEWS as never);
    const [launch] = recorded.agent.hears!.filter(({ t }) => t === 'launch');
    agent.tell({ ...(launch as object), later: 'field' } as never);
    await clock.advance(1_000);
    expect(agent.registrations()).toHaveLength(1);
    expect(world.running.map(({ name }) => name)).toEqual(['web.0']);
  });

  it('from a newer master does not end the session of a framework or a client', async () => {
    const cluster = await memoryCluster();
    const client = cluster.startClient();
    cluster.startHost(service);
    await cluster.clock.advance(1_000);
    const { frameworks } = cluster.master.parts;
    const framework = (): unknown => cluster.master.parts.log.state.frameworks.get('service' as FrameworkId);
    const before = framework();
    for (let n = 0; n < 50; n++) frameworks.send('service' as FrameworkId, NEWS as never);
    await cluster.clock.advance(30_000);
    expect(framework()).toEqual(before);
    expect(client.status.phase).toBe('live');
  });
});

describe('versions', () => {
  const { major, minor } = PROTOCOL;
  it.each([
    [`${major}.0`, true, false],
    [`${major}.${minor}`, true, false],
    [`${major}.${minor + 1}`, true, true],
    [`${major}`, true, false],
    [`${major - 1}.99`, false, undefined],
    [`${major + 1}.0`, false, undefined],
    ['', false, undefined],
    ['next', false, undefined],
  ])('of "%s" it is ours: %s, newer: %s', (protocol, ours, newer) => {
    expect(isOurs(protocol)).toBe(ours);
    if (newer !== undefined) expect(isNewer(protocol)).toBe(newer);
  });
});
