/** A real etcd, run by its example: started, upgraded while it is written to, one machine lost and replaced. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import {
  addressesOf,
  commandsRun,
  DataWatch,
  loseMachine,
  startMachines,
  untilQuiet,
} from '../support/data-service.ts';
import { etcd } from '../support/etcd-database.ts';
import { kill } from '../support/machine.ts';
import { needPrograms } from '../support/need-more.ts';

const EXAMPLE = readFileSync(join(import.meta.dirname, '../../examples/etcd.yaml'), 'utf8');
describe.skipIf(needPrograms('etcd', 'etcdctl'))('etcd', () => {
  let cluster: Cluster;
  const file = (): string => join(cluster.folder, 'etcd.yaml');
  const upgrade = (release: number): void =>
    writeFileSync(file(), EXAMPLE.replace('RELEASE: 1', `RELEASE: ${release}`));

  beforeAll(async () => {
    cluster = new Cluster();
    await startMachines(cluster, ['n1', 'n2', 'n3', 'n4']);
  });
  beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
  afterAll(() => cluster?.close());

  it('is started, each member on a machine of its own', async () => {
    upgrade(1);
    await cluster.ok('up', file());
    await untilQuiet(cluster, 'etcd');
    expect(new Set(cluster.running('etcd').map(({ agent }) => agent)).size).toBe(3);
  });

  it('is upgraded one member at a time while it is written to, though the frameworks are killed six times', async () => {
    const watch = new DataWatch(cluster, etcd);
    upgrade(2);
    await cluster.ok('up', file());
    // Six times: the master waits longer before each new one.
    let kills = 6;
    const killing = setInterval(() => {
      if (kills-- > 0) kill(cluster.frameworkHost, 'SIGKILL');
    }, 900);
    try {
      await untilQuiet(cluster, 'etcd');
    } finally {
      clearInterval(killing);
    }
    const lost = await watch.end();
    console.log(`upgrade: ${watch.report()}`);
    expect(lost).toEqual([]);
    expect(watch.mostDown).toBe(1);
    const ran = commandsRun(cluster, 'etcd');
    expect([0, 1, 2].map((index) => ran[`etcd.${index}-snapshot`])).toEqual([1, 1, 1]);
  }, 180_000);

  it('loses a machine, and nothing that was written', async () => {
    const watch = new DataWatch(cluster, etcd);
    const [lostTask] = cluster.running('etcd').filter(({ name }) => name === 'etcd.1');
    const machine = cluster.client.state.agents.get(lostTask!.agent)!.name;
    await loseMachine(cluster, machine);
    expect(await cluster.ok('why', 'etcd')).toContain(
      `etcd.1 is at home on ${machine}, which is out of reach`,
    );
    await cluster.ok('replace', 'etcd.1');
    await untilQuiet(cluster, 'etcd');
    const lost = await watch.end();
    console.log(`machine lost: ${watch.report()}`);
    expect(lost).toEqual([]);
    expect(watch.mostDown).toBe(1);
    expect(cluster.running('etcd').some(({ agent }) => agent === lostTask!.agent)).toBe(false);
  }, 180_000);

  it('is stopped and keeps its data, starts again on it, and leaves nothing by a purge', async () => {
    const before = await etcd.read(addressesOf(cluster, 'etcd', 'client'));
    // What may still run on a lost machine would be waited for.
    await cluster.ok(
      'gone',
      [...cluster.client.state.agents.values()].find(({ state }) => state === 'unreachable')!.name,
    );
    await cluster.ok('stop', 'etcd');
    expect(cluster.client.state.jobs.get('etcd')).toMatchObject({ status: 'stopped' });
    await cluster.ok('up', file());
    await untilQuiet(cluster, 'etcd');
    expect(await etcd.read(addressesOf(cluster, 'etcd', 'client'))).toEqual(before);
    await cluster.ok('stop', 'etcd', '--purge', '--yes');
    expect(cluster.client.state.jobs.size).toBe(0);
  }, 120_000);
});
