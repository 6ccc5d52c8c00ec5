/** A real Redis with Sentinel, run by its example: upgraded while it is written to, the primary's machine lost and replaced. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { commandsRun, DataWatch, loseMachine, startMachines, untilQuiet } from '../support/data-service.ts';
import { needPrograms } from '../support/need-more.ts';
import { redis } from '../support/redis-database.ts';

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
