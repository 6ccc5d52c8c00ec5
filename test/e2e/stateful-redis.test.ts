/** A real Redis with Sentinel, run by its example: upgraded while it is written to, the primary's machine lost and replaced. */
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
import { eventually } from '../support/eventually.ts';
import { needPrograms } from '../support/need-more.ts';
import { redis, say } from '../support/redis-database.ts';

const EXAMPLE = readFileSync(join(import.meta.dirname, '../../examples/redis.yaml'), 'utf8');
describe.skipIf(needPrograms('redis-server', 'redis-sentinel'))('redis', () => {
  let cluster: Cluster;
  const file = (): string => join(cluster.folder, 'redis.yaml');

  beforeAll(async () => {
    cluster = new Cluster();
    await startMachines(cluster, ['n1', 'n2', 'n3', 'n4']);
    writeFileSync(file(), EXAMPLE);
    await cluster.ok('up', file());
    await untilQuiet(cluster, 'redis');
  });
  beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
  afterAll(() => cluster?.close());

  it('hands over before it is upgraded, and no acknowledged write is lost', async () => {
    const watch = new DataWatch(cluster, redis);
    writeFileSync(file(), EXAMPLE.replace('RELEASE: 1', 'RELEASE: 2'));
    await cluster.ok('up', file());
    await untilQuiet(cluster, 'redis');
    const lost = await watch.end();
    console.log(`upgrade: ${watch.report()}`);
    expect(lost).toEqual([]);
    expect(watch.mostDown).toBe(1);
    const ran = commandsRun(cluster, 'redis');
    expect([0, 1, 2].map((index) => ran[`redis.${index}-hand-over`])).toEqual([1, 1, 1]);
  }, 180_000);

  it('is followed by a replica that its Sentinels do not know, and that follows nobody', async () => {
    const addresses = addressesOf(cluster, 'redis', 'client');
    const primary = await redis.primary(addresses);
    const lone = addresses.find((address) => address !== primary)!;
    say(lone, 'replicaof', '127.0.0.1', '1');
    const sentinels = addressesOf(cluster, 'redis', 'sentinel');
    for (const sentinel of sentinels) say(sentinel, 'sentinel', 'reset', 'tender');
    await eventually(() => say(lone, 'info', 'replication').includes('master_link_status:up'), {
      what: 'it has found the primary',
      timeout: 30_000,
    });
    const knowsAll = (sentinel: string): boolean =>
      /status=ok,.*slaves=2,sentinels=3/.test(say(sentinel, 'info', 'sentinel'));
    await eventually(() => sentinels.every(knowsAll), { what: 'they know it', timeout: 30_000 });
  }, 60_000);

  it('loses the machine of its primary, and nothing that was written', async () => {
    const watch = new DataWatch(cluster, redis);
    const primary = await redis.primary(watch.addresses);
    const task = cluster
      .running('redis')
      .find(({ ports }) => ports.some(({ host }) => primary.endsWith(`:${host}`)))!;
    await loseMachine(cluster, cluster.client.state.agents.get(task.agent)!.name);
    await cluster.ok('replace', task.name);
    await untilQuiet(cluster, 'redis');
    const lost = await watch.end();
    console.log(`machine lost: ${watch.report()}`);
    expect(lost).toEqual([]);
    expect(watch.mostDown).toBe(1);
  }, 180_000);
});
