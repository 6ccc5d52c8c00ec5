/** What a backup holds, what it refuses, and how a cluster goes on from one. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import service from '../../plugins/service/index.ts';
import { scale, submit } from '../../src/client/commands.ts';
import { backupText, readBackup, restoreInto } from '../../src/daemon/backup.ts';
import { Export } from '../../src/daemon/export.ts';
import { Registry } from '../../src/daemon/registry.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Entry } from '../../src/store/store.ts';
import type { Peer } from '../../src/wire/gate.ts';
import { newKeyPair } from '../../src/wire/keys.ts';
import { memoryCluster } from '../support/memory-cluster.ts';

const NOW = Date.UTC(2026, 10, 22);
const sorted = (entries: readonly Entry[]): string[] => entries.map((entry) => JSON.stringify(entry)).sort();

/** A cluster with a bit of everything in its registry. */
async function stage() {
  const cluster = await memoryCluster();
  await cluster.startAgent('n1');
  cluster.startHost(service);
  const client = cluster.startClient();
  await cluster.clock.advance(1_000);
  await cluster.answer(submit(client, { name: 'web', command: ['serve'], count: 2 }));
  const changes = [{ role: 'web', quota: { limit: { cpus: 2_000 } } }];
  await cluster.answer(client.request('roles.set', { changes, force: true }));
  await cluster.answer(client.request('token.create', { role: 'agent', ttlMs: 60_000 }));
  await cluster.clock.advance(5_000);
  const text = (): string => backupText(cluster.master.parts.registry, cluster.clock.now(), '0.1.0');
  return { cluster, client, text };
}

describe('a backup', () => {
  it('holds exactly what the store does', async () => {
    const { cluster, text } = await stage();
    const { backup, contents } = readBackup(text(), 'file');
    expect(sorted(backup.entries)).toEqual(sorted(cluster.registryStore.load()));
    expect(contents).toMatchObject({
      cluster: 'test',
      epoch: 1,
      agents: ['n1'],
      frameworks: [{ name: 'service', entries: 4 }],
      roles: ['web'],
      tokens: 1,
    });
    expect(contents.members.map(({ name }) => name).sort()).toEqual(['frameworks', 'me', 'n1']);
  });

  it('says which plugins are in it, and whether their code is what was added', async () => {
    const { cluster, text } = await stage();
    const code = 'abcdefgh'.repeat(200_000); // more than one entry
    const sha256 = createHash('sha256').update(code).digest('hex');
    const record = { source: './lease', sha256, addedAt: NOW, keys: newKeyPair(), member: 'plugin-lease' };
    const { registry } = cluster.master.parts;
    await cluster.answer(registry.putPlugin({ ...record, name: 'lease', version: '0.1.0' }, code), 100);
    await cluster.answer(registry.putPlugin({ ...record, name: 'other', version: '2.0.0' }, code), 100);
    const plugins = (made: string) => readBackup(made, 'file').contents.plugins;
    const other = { name: 'other', version: '2.0.0', isWhole: true };
    expect(plugins(text())).toEqual([{ name: 'lease', version: '0.1.0', isWhole: true }, other]);
    const { entries, ...rest } = JSON.parse(text()) as { entries: Entry[] };
    const lost = entries.filter(({ space, key }) => !(space === 'code' && key === 'lease/1'));
    expect(lost.length).toBe(entries.length - 1);
    const without = JSON.stringify({ ...rest, entries: lost });
    expect(plugins(without)).toEqual([{ name: 'lease', version: '0.1.0', isWhole: false }, other]);
  });

  it.each([
    ['no JSON', () => '{'],
    ['another kind of JSON', () => '{"jobs": []}'],
    ['no identity', (text: string) => text.replace('"identity"', '"identities"')],
    ['a key that is none', (text: string) => text.replace(/(publicKey\\":\\").{40}/, '$1short')],
    ['a secret that is not that of its key', (text: string) => text.replace(/(secretKey\\":\\")./, '$1A')],
    ['a record under a wrong key', (text: string) => text.replace('"key":"me"', '"key":"you"')],
    [
      'a member of no role',
      (text: string) => text.replace('\\"role\\":\\"client\\"', '\\"role\\":\\"king\\"'),
    ],
    ['half a record', (text: string) => text.replace('\\"total\\"', '\\"totals\\"')],
  ])('with %s is refused', async (_, spoil) => {
    const { text } = await stage();
    const spoiled = spoil(text());
    expect(spoiled).not.toBe(text());
    expect(() => readBackup(spoiled, 'file')).toThrow(/^file cannot be restored: /);
  });

  it('is fetched in pieces, each client its own', () => {
    const exported = new Export();
    const [one, two] = [{} as Peer, {} as Peer];
    const fetch = (peer: Peer, text: string): string => {
      let got = '';
      for (;;) {
        const { piece, more } = exported.piece(peer, got.length, () => text);
        got += piece;
        if (!more) return got;
      }
    };
    const long = 'ab🙂'.repeat(300_000);
    exported.piece(two, 0, () => long);
    expect(fetch(one, long) === long).toBe(true);
    expect(fetch(one, '{}')).toBe('{}');
    expect(exported.piece(two, 262_144, () => '').piece.length).toBe(262_144);
    exported.left(two);
    expect(() => exported.piece(two, 262_144, () => '')).toThrow(/nothing is being fetched/);
  });
});

describe('a restored registry', () => {
  it('goes into an empty store only, and is whole there', async () => {
    const { text } = await stage();
    const { backup } = readBackup(text(), 'file');
    const store = memoryStore();
    const epoch = await restoreInto(store, backup, NOW, 'here');
    expect(new Registry(store).epoch).toBe(epoch);
    const others = (entries: readonly Entry[]): string[] =>
      sorted(entries.filter(({ key }) => key !== 'epoch'));
    expect(others(store.load())).toEqual(others(backup.entries));
    await expect(restoreInto(store, backup, NOW, 'here')).rejects.toMatchObject({ code: 'backup.occupied' });
  });

  it('counts on from far above all that came after the backup, also when restored again, or with a clock that is wrong', async () => {
    const { text } = await stage();
    const { backup } = readBackup(text(), 'file');
    const first = await restoreInto(memoryStore(), backup, NOW, 'here');
    const again = await restoreInto(memoryStore(), backup, NOW + 3_600_000, 'here');
    expect(first).toBeGreaterThan(1_000_000_000);
    expect(again - first).toBe(3_600);
    expect(await restoreInto(memoryStore(), backup, 0, 'here')).toBe(1_001);
  });

  it('has its agents, jobs and tasks again; agents do not obey the masters of before any more', async () => {
    const { cluster, client, text } = await stage();
    const saved = text();
    const before = cluster.tasks('web').map(({ id }) => id);
    expect(before).toHaveLength(2);
    for (let n = 0; n < 3; n++) {
      await cluster.killMaster();
      await cluster.startMaster();
      await cluster.clock.advance(10_000);
    }
    await cluster.killMaster();
    // The disk is lost; a new one gets the backup.
    const all = cluster.registryStore.load().map(({ space, key }) => ({ space, key, value: null }));
    await cluster.registryStore.commit(all);
    await restoreInto(cluster.registryStore, readBackup(saved, 'file').backup, NOW, 'here');
    await cluster.startMaster();
    await cluster.clock.advance(20_000);
    expect(client.state.agents.size).toBe(1);
    expect([...client.state.agents.values()][0]).toMatchObject({ name: 'n1', state: 'ready' });
    expect(cluster.tasks('web').map(({ id, state }) => [id, state])).toEqual(
      before.map((id) => [id, 'RUNNING']),
    );
    await cluster.answer(scale(client, 'web', 3));
    await cluster.clock.advance(5_000);
    expect(cluster.running('web')).toEqual(['web.0', 'web.1', 'web.2']);
    expect(cluster.doubleStarts()).toEqual([]);

    await cluster.killMaster();
    const back = cluster.registryStore.load().find(({ key }) => key === 'epoch')!;
    await cluster.registryStore.commit([{ ...back, value: '9' }]);
    await cluster.startMaster();
    await cluster.clock.advance(10_000);
    expect([...cluster.master.parts.log.state.agents.values()].map(({ state }) => state)).not.toContain(
      'ready',
    );
    expect(cluster.log.join('\n')).toContain('this master is of epoch 10, an older one');
  });
});
