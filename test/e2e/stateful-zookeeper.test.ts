/** A real ZooKeeper, run by its example: upgraded while it is written to, the leader's machine lost and replaced. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { addressesOf, DataWatch, loseMachine, startMachines, untilQuiet } from '../support/data-service.ts';
import { needPrograms } from '../support/need-more.ts';
import { ZookeeperDatabase } from '../support/zookeeper-database.ts';

const EXAMPLE = readFileSync(join(import.meta.dirname, '../../examples/zookeeper.yaml'), 'utf8');
describe.skipIf(needPrograms('java', 'nc', '/usr/share/zookeeper/bin/zkCli.sh'))('zookeeper', () => {
  let cluster: Cluster;
  const zookeeper = new ZookeeperDatabase();
  const file = (): string => join(cluster.folder, 'zookeeper.yaml');
  const asked = (address: string, word: string): string =>
    execFileSync('nc', ['-w', '2', ...address.split(':')], { input: word, encoding: 'utf8' });
  const leader = () => {
    const address = addressesOf(cluster, 'zookeeper', 'client').find((one) =>
      asked(one, 'srvr').includes('Mode: leader'),
    );
    return cluster
      .running('zookeeper')
      .find(({ ports }) => ports.some(({ host }) => address?.endsWith(`:${host}`)))!;
  };

  beforeAll(async () => {
    cluster = new Cluster();
    await startMachines(cluster, ['n1', 'n2', 'n3', 'n4']);
    writeFileSync(file(), EXAMPLE);
    await cluster.ok('up', file());
    await untilQuiet(cluster, 'zookeeper');
  });
  beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
  afterAll(async () => {
    zookeeper.close();
    await cluster?.close();
  });

  it('is upgraded, who follows first, and no acknowledged write is lost', async () => {
    const ledFirst = leader().name;
    const watch = new DataWatch(cluster, zookeeper);
    writeFileSync(file(), EXAMPLE.replace('RELEASE: 1', 'RELEASE: 2'));
    await cluster.ok('up', file());
    await untilQuiet(cluster, 'zookeeper');
    const lost = await watch.end();
    console.log(`upgrade: ${watch.report()}`);
    expect(lost).toEqual([]);
    expect(watch.mostDown).toBe(1);
    const [newest] = cluster.running('zookeeper').sort((a, b) => b.launchedAt - a.launchedAt);
    expect(newest!.name).toBe(ledFirst);
  }, 180_000);

  it('loses the machine of its leader, and nothing that was written', async () => {
    const watch = new DataWatch(cluster, zookeeper);
    const lostTask = leader();
    await loseMachine(cluster, cluster.client.state.agents.get(lostTask.agent)!.name);
    await cluster.ok('replace', lostTask.name);
    await untilQuiet(cluster, 'zookeeper');
    const lost = await watch.end();
    console.log(`machine lost: ${watch.report()}`);
    expect(lost).toEqual([]);
    expect(watch.mostDown).toBe(1);
    expect(cluster.running('zookeeper').some(({ agent }) => agent === lostTask.agent)).toBe(false);
  }, 180_000);

  it('takes a member more in, and lets it go, while it is written to', async () => {
    const followers = (): string | undefined => {
      const { host } = leader().ports.find(({ name }) => name === 'client')!;
      return /^zk_synced_followers\s+(\d+)/m.exec(asked(`127.0.0.1:${host}`, 'mntr'))?.[1];
    };
    const watch = new DataWatch(cluster, zookeeper);
    await cluster.ok('scale', 'zookeeper=4');
    await untilQuiet(cluster, 'zookeeper');
    expect(followers()).toBe('3');
    await cluster.ok('scale', 'zookeeper=3');
    await untilQuiet(cluster, 'zookeeper');
    expect(followers()).toBe('2');
    expect(await watch.end()).toEqual([]);
  }, 180_000);
});
