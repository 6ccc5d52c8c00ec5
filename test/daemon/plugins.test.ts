/** Plugins in the master's books: what is added is durable before it runs, and new code runs before it is durable. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { FrameworkDefinition } from '../../src/framework/define.ts';
import { defineFramework } from '../../src/framework/define-framework.ts';
import { memoryCluster } from '../support/memory-cluster.ts';
import { MemoryPlugins, packed } from '../support/memory-plugins.ts';

/** It runs nothing, and tells which code it is. */
const framework = (
  code: string,
  { name = 'one', subscribed = () => {} }: { name?: string; subscribed?: () => void | Promise<void> } = {},
): FrameworkDefinition =>
  defineFramework({
    name,
    kinds: [name],
    verbs: { version: 'says it' },
    create: (context) => ({
      subscribed() {
        context.suppress();
        return subscribed();
      },
      offersChanged() {},
      call: () => code,
    }),
  });
const fail = (): never => {
  throw new Error('not today');
};

async function started() {
  const mood = { isBad: false };
  const plugins = new MemoryPlugins({
    v1: framework('v1'),
    v2: framework('v2'),
    broken: framework('broken', { subscribed: fail }),
    silent: framework('silent', { subscribed: () => new Promise(() => {}) }),
    moody: framework('moody', { subscribed: () => (mood.isBad ? fail() : undefined) }),
    large: framework('large'),
    other: framework('other', { name: 'two' }),
  });
  plugins.tooLarge = 'large';
  const cluster = await memoryCluster(1, { plugins });
  plugins.cluster = cluster;
  const client = cluster.startClient();
  await cluster.clock.advance(1_000);
  const uploaded = async (code: string) => {
    const piece = packed(code);
    await cluster.answer(client.request('plugin.upload', { from: 0, piece }), 10);
    return { source: `./${code}`, sha256: createHash('sha256').update(piece).digest('hex'), version: code };
  };
  const call = { to: { framework: 'one' }, verb: 'version', args: null };
  return {
    cluster,
    client,
    plugins,
    mood,
    add: async (code: string) => cluster.answer(client.request('plugin.add', await uploaded(code)), 100),
    upgrade: async (code: string) =>
      cluster.answer(client.request('plugin.upgrade', { name: 'one', ...(await uploaded(code)) }), 100),
    remove: (force = false) => cluster.answer(client.request('plugin.remove', { name: 'one', force }), 100),
    list: () => cluster.answer(client.request('plugin.list', {}), 10),
    /** The code that answers for the framework. */
    answers: () => cluster.answer(client.request('framework.call', call), 10),
    durable: () => cluster.master.parts.registry.plugins.get('one')?.version,
  };
}

describe('a plugin that is added', () => {
  it('runs under a key and a name of its own', async () => {
    const { add, answers, client, durable } = await started();
    expect(await add('v1')).toMatchObject({ name: 'one', version: 'v1', state: 'running', jobs: 0 });
    expect([await answers(), durable()]).toEqual(['v1', 'v1']);
    expect(client.state.members.get('plugin-one')?.role).toBe('framework');
  });

  it.each([
    'broken',
    'silent',
    'large',
  ])('and is %s is taken back, with all that was made for it', async (code) => {
    const { add, client, plugins, durable, list } = await started();
    await expect(add(code)).rejects.toMatchObject({ code: 'plugin.refused' });
    expect([durable(), await list(), plugins.running]).toEqual([undefined, [], []]);
    expect([...client.state.members.keys()]).not.toContain('plugin-one');
    expect(client.state.frameworks.size).toBe(0);
    expect(plugins.tidied).toEqual(['one all of it']);
  });

  it('is added once', async () => {
    const { add } = await started();
    await add('v1');
    await expect(add('v2')).rejects.toMatchObject({ code: 'plugin.exists' });
  });

  it('goes on under the next master', async () => {
    const { add, cluster, plugins, answers } = await started();
    await add('v1');
    await cluster.master.stopPlugins();
    await cluster.killMaster();
    expect(plugins.running).toEqual([]);
    await cluster.startMaster();
    cluster.master.startPlugins();
    await cluster.clock.advance(20_000);
    expect([await answers(), plugins.running]).toEqual(['v1', ['v1']]);
  });
});

describe('new code of a plugin', () => {
  it('takes over, and the old process ends', async () => {
    const { add, upgrade, answers, durable, plugins } = await started();
    await add('v1');
    expect(await upgrade('v2')).toMatchObject({ version: 'v2', changed: true, state: 'running' });
    expect([await answers(), durable(), plugins.running]).toEqual(['v2', 'v2', ['v2']]);
  });

  it('that is the same changes nothing', async () => {
    const { add, upgrade, plugins } = await started();
    await add('v1');
    expect(await upgrade('v1')).toMatchObject({ changed: false });
    expect(plugins.running).toEqual(['v1']);
  });

  it.each([
    ['unreadable', 'it cannot be read'],
    ['other', 'the new code calls itself two'],
    ['broken', 'framework one failed: not today'],
    ['silent', 'it did not start within 12 s'],
    ['large', 'no space left on device'],
  ])('that is %s leaves the old code at work', async (code, cause) => {
    const { add, upgrade, answers, durable, plugins, cluster, list } = await started();
    await add('v1');
    await expect(upgrade(code)).rejects.toMatchObject({
      code: 'plugin.kept',
      fields: { name: 'one', cause },
    });
    await cluster.clock.advance(5_000);
    expect([await answers(), durable(), plugins.running]).toEqual(['v1', 'v1', ['v1']]);
    expect(await list()).toMatchObject([{ version: 'v1', state: 'running', why: '' }]);
  });

  it('heals one that fails', async () => {
    const { add, upgrade, answers, mood, cluster, client, list } = await started();
    await add('moody');
    mood.isBad = true;
    await cluster.master.stopPlugins();
    await cluster.killMaster();
    await cluster.startMaster();
    cluster.master.startPlugins();
    await cluster.clock.advance(20_000);
    expect(client.status.phase).toBe('live');
    expect(await list()).toMatchObject([{ state: 'failing', why: 'framework one failed: not today' }]);
    expect(await upgrade('v2')).toMatchObject({ version: 'v2', state: 'running' });
    await cluster.clock.advance(60_000);
    expect(await answers()).toBe('v2');
  });
});

describe('what clients send', () => {
  it('is taken only as it was announced', async () => {
    const { client, cluster } = await started();
    const upload = (from: number, piece: string) =>
      cluster.answer(client.request('plugin.upload', { from, piece }), 10);
    const add = () =>
      cluster.answer(client.request('plugin.add', { source: 'x', sha256: '0'.repeat(64) }), 10);
    await upload(0, packed('v1'));
    await expect(add()).rejects.toThrow('it is not what was announced');
    await expect(upload(4, packed('v2'))).rejects.toThrow('a piece is missing');
    const piece = 'A'.repeat(1024 * 1024);
    const all = async () => {
      for (let from = 0; ; from += piece.length) await upload(from, piece);
    };
    await expect(all()).rejects.toThrow('more than 8000000 characters');
    await expect(upload(0, 'no base64!')).rejects.toMatchObject({ code: 'protocol.message' });
  });
});

describe('a plugin that is removed', () => {
  it('leaves nothing, and its name is free', async () => {
    const { add, remove, list, client, plugins, answers } = await started();
    await add('v1');
    await remove();
    expect([await list(), plugins.running, client.state.frameworks.size]).toEqual([[], [], 0]);
    await expect(remove()).rejects.toMatchObject({ code: 'plugin.unknown' });
    await add('v2');
    expect(await answers()).toBe('v2');
  });
});

it('a master that runs no plugins says so', async () => {
  const cluster = await memoryCluster();
  const client = cluster.startClient();
  await cluster.clock.advance(1_000);
  await cluster.answer(client.request('plugin.upload', { from: 0, piece: packed('v1') }), 10);
  const sha256 = createHash('sha256').update(packed('v1')).digest('hex');
  const added = cluster.answer(client.request('plugin.add', { source: 'x', sha256 }), 10);
  await expect(added).rejects.toMatchObject({ code: 'request.denied' });
});
