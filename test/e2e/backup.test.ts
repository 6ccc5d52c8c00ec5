/** `tender backup` and `tender restore` of a real cluster, whose master's disk is lost between the two. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { enrol } from '../../src/cli/enrol.ts';
import { readSealed, seal, unseal, writeSealed } from '../../src/cli/sealed-file.ts';
import type { Backup } from '../../src/daemon/backup.ts';
import { newKeyPair } from '../../src/wire/keys.ts';
import { Cluster } from '../support/cluster.ts';
import { EtcdCluster, needEtcd } from '../support/etcd.ts';
import { programs, untilPrograms } from '../support/machine.ts';
import { newMember } from '../support/member.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { closeTerminals, TerminalSession } from '../support/terminal-session.ts';
import { until } from '../support/until.ts';

let cluster: Cluster;
let file: string;
/** No other test sleeps so long: its processes are found by it. */
const word = `${58_000_000 + process.pid}`;
const peers: RawPeer[] = [];
beforeAll(async () => {
  cluster = await Cluster.start({ agents: 2 });
  file = join(cluster.folder, 'cluster.backup');
  cluster.env['TENDER_PASSPHRASE'] = 'correct horse battery';
});
beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
afterEach(() => closeTerminals());
afterAll(async () => {
  for (const peer of peers) peer.close();
  await cluster?.close();
});

describe('tender backup', () => {
  it('of a running master is proven by restore --check, and is for its owner alone', async () => {
    await cluster.ok('run', '--name', 'steady', '-n', '4', '--', 'sleep', word);
    await cluster.untilRunning('steady', 4);
    await cluster.ok('quota', 'set', 'web', '--limit', 'cpus=1', '--force');
    const made = await cluster.ok('backup', file);
    expect(made).toMatch(/^agents +n1, n2$/m);
    expect(made).toMatch(/^frameworks .*service \(6 entries\)/m);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await cluster.ok('restore', '--check', file)).toBe(made);
    expect(await cluster.json('restore', '--check', file)).toMatchObject({
      cluster: 'tender',
      epoch: 1,
      agents: ['n1', 'n2'],
      roles: ['web'],
    });
    expect(readFileSync(file).includes('steady')).toBe(false);
  });

  it('tells the plugins in it, and which of them it would not bring back whole', async () => {
    const other = join(cluster.folder, 'plugins.backup');
    await cluster.ok('plugin', 'add', join(import.meta.dirname, '../../examples/lease'));
    expect(await cluster.ok('backup', other)).toMatch(/^plugins +lease \S+ \(its code is whole\)$/m);
    expect((await cluster.run('restore', '--check', other)).stderr).toContain('is whole');
    const passphrase = cluster.env['TENDER_PASSPHRASE']!;
    const { entries, ...rest } = JSON.parse(unseal(readSealed(other), passphrase, other)) as Backup;
    const damaged = { ...rest, entries: entries.filter(({ space }) => space !== 'code') };
    writeSealed(other, seal(JSON.stringify(damaged), passphrase));
    const { code, stdout, stderr } = await cluster.run('restore', '--check', other);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^plugins +lease \S+ \(its code is not whole\)$/m);
    expect(stderr).toContain('[backup.plugins]');
    await cluster.ok('plugin', 'rm', 'lease');
  });

  it('is for the user who started the master, not for any client', async () => {
    const { address, serverKey, keys } = await newMember(cluster, 'client', 'ann');
    const peer = new RawPeer({ address, serverKey, keys });
    peers.push(peer);
    expect((await peer.hello('client')).t).toBe('welcome');
    await peer.send({ t: 'request', id: 1, method: 'registry.export', params: { from: 0 } });
    expect(await peer.receive('reply')).toMatchObject({ ok: false, error: { code: 'request.denied' } });
  });

  it('does not take the place of another file, nor of a folder in use', async () => {
    const mine = join(cluster.folder, 'job.yaml');
    writeFileSync(mine, 'name: web\n');
    expect((await cluster.run('backup', mine)).stderr).toContain('[backup.exists]');
    expect(readFileSync(mine, 'utf8')).toBe('name: web\n');
    const folder = cluster.masterState;
    expect((await cluster.run('backup', file, '--state', folder)).stderr).toContain('[state.locked]');
    expect((await cluster.run('restore', file)).stderr).toContain('[backup.occupied]');
    expect((await cluster.run('restore', file, '--force')).stderr).toContain('[state.locked]');
  });

  it('asks a person twice, and shows nothing of the answer', async () => {
    const other = join(cluster.folder, 'asked.backup');
    const { TENDER_PASSPHRASE: _, ...env } = cluster.env as Record<string, string>;
    const open = (...args: string[]): TerminalSession =>
      new TerminalSession([inject('program'), ...args], { cwd: cluster.folder, env });
    const backup = open('backup', other);
    await backup.until('New passphrase:');
    await backup.type(...'open sesame', '\r');
    await backup.until('Once more:');
    await backup.type(...'open sesame', '\r');
    expect(await backup.exit).toBe(0);
    expect(backup.raw).not.toContain('sesame');
    const restore = open('restore', '--check', other);
    await restore.until('Passphrase:');
    await restore.type(...'open sesame', '\r');
    await restore.until('is whole');
    const unlike = open('backup', other);
    await unlike.until('New passphrase:');
    await unlike.type(...'open sesame', '\r');
    await unlike.until('Once more:');
    await unlike.type(...'open sesami', '\r');
    await unlike.until('the two passphrases are not the same');
    expect(await unlike.exit).toBe(2);
  });
});

describe('tender restore', () => {
  it('says so of a wrong passphrase, a damaged file and no backup at all', async () => {
    const bytes = readFileSync(file);
    bytes[bytes.length - 20] = bytes[bytes.length - 20]! ^ 1;
    const damaged = join(cluster.folder, 'damaged.backup');
    writeFileSync(damaged, bytes);
    const words = join(cluster.folder, 'words');
    writeFileSync(words, 'wrong horse battery\n');
    const check = async (...args: string[]) => (await cluster.run('restore', '--check', ...args)).stderr;
    expect(await check(damaged)).toContain('[backup.damaged]');
    expect(await check(file, '--passphrase-file', words)).toContain('[backup.passphrase]');
    expect(await check(join(cluster.folder, 'nothing'))).toContain('[backup.file]');
    expect(await check(words)).toContain('[backup.damaged]');
  });

  it('brings a cluster back whose master has lost its disk: agents, jobs, tasks, tokens and members', async () => {
    const before = (await cluster.untilRunning('steady', 4)).map(({ id }) => id).sort();
    const pids = await untilPrograms(4, 'sleep', word);
    const token = await cluster.token('agent');
    const ann = await newMember(cluster, 'client', 'bob');
    await cluster.ok('backup', file);
    await cluster.master.kill9();
    rmSync(cluster.masterState, { recursive: true });

    await cluster.ok('restore', file);
    expect(readdirSync(cluster.masterState)).toEqual(['registry.db']);
    await cluster.restartMaster();
    await until(() => cluster.client.status.phase === 'live');
    const after = await cluster.untilRunning('steady', 4);
    expect(after.map(({ id }) => id).sort()).toEqual(before);
    expect(programs('sleep', word)).toEqual(pids);
    expect(cluster.client.state.master.epoch).toBeGreaterThan(1_000_000);
    expect(await cluster.ok('quota')).toContain('web');

    // The framework of before decides again; who was a member still is; a token that was out is good.
    await cluster.ok('scale', 'steady=2');
    await cluster.untilRunning('steady', 2);
    const peer = new RawPeer({ address: ann.address, serverKey: ann.serverKey, keys: ann.keys });
    peers.push(peer);
    expect((await peer.hello('client')).t).toBe('welcome');
    expect((await enrol(token, 'agent', newKeyPair(), 'late')).name).toBe('late');
  });

  it('works from and to the folder of a master that does not run; what was there is moved aside', async () => {
    await cluster.master.kill9();
    await cluster.ok('backup', file, '--state', cluster.masterState);
    writeFileSync(join(cluster.masterState, 'note'), 'mine');
    const { aside } = await cluster.json<{ aside: string }>('restore', file, '--force');
    expect(readFileSync(join(aside, 'note'), 'utf8')).toBe('mine');
    expect(existsSync(join(aside, 'registry.db'))).toBe(true);
    await cluster.restartMaster();
    await cluster.untilRunning('steady', 2);
  });

  it('replaces a registry that is damaged, which says so itself', async () => {
    await cluster.master.kill9();
    const db = join(cluster.masterState, 'registry.db');
    rmSync(`${db}-wal`, { force: true });
    writeFileSync(db, readFileSync(db).subarray(0, 1_000));
    const start = await cluster.run(
      'master',
      '--listen',
      'tcp://127.0.0.1:0',
      '--enrol',
      'tcp://127.0.0.1:0',
    );
    expect(start.stderr).toContain('[state.read]');
    expect(start.stderr).toContain('tender restore FILE --force');
    await cluster.ok('restore', file, '--force');
    await cluster.restartMaster();
    await cluster.untilRunning('steady', 2);
    await cluster.ok('stop', 'steady');
  });

  it.skipIf(needEtcd())(
    'makes of one master several: the backup goes into etcd',
    { timeout: 90_000 },
    async () => {
      const etcd = await EtcdCluster.start();
      try {
        await cluster.ok('run', '--name', 'kept', '-n', '2', '--', 'sleep', word);
        const before = (await cluster.untilRunning('kept', 2)).map(({ id }) => id);
        await cluster.ok('backup', file);
        const { address, enrol: door } = cluster.ready;
        await cluster.master.kill9();
        await cluster.ok('restore', file, '--store', etcd.address);
        expect((await cluster.run('restore', file, '--store', etcd.address)).stderr).toContain(
          '[backup.occupied]',
        );
        cluster.spawn([
          ...['master', '--store', etcd.address, '--state', join(cluster.folder, 'several')],
          ...['--listen', address, '--enrol', door, '--advertise', '127.0.0.1'],
        ]);
        await until(() => cluster.client.status.phase === 'live');
        expect((await cluster.untilRunning('kept', 2)).map(({ id }) => id)).toEqual(before);
        await cluster.ok('scale', 'kept=3');
        await cluster.untilRunning('kept', 3);
        expect((await cluster.run('restore', file, '--store', etcd.address)).stderr).toContain(
          '[backup.led]',
        );
        expect(await cluster.ok('backup', file)).toMatch(/^agents +n1, n2$/m);
      } finally {
        await etcd.close();
      }
    },
  );
});
