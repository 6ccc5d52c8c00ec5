/** Machines of a real Redis are drained while it is written to: its members leave them by the runbook, one at a time. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { commandsRun, DataWatch, startMachines, untilQuiet } from '../support/data-service.ts';
import { eventually } from '../support/eventually.ts';
import { needPrograms } from '../support/need-more.ts';
import { redis } from '../support/redis-database.ts';

const EXAMPLE = readFileSync(join(import.meta.dirname, '../../examples/redis.yaml'), 'utf8');
describe.skipIf(needPrograms('redis-server', 'redis-sentinel'))('machines that are drained', () => {
  let cluster: Cluster;
  const memberAt = (address: string) =>
    cluster.running('redis').find(({ ports }) => ports.some(({ host }) => address.endsWith(`:${host}`)))!;
  const machineOf = (agent: string): string =>
    [...cluster.client.state.agents.values()].find(({ id }) => id === agent)!.name;

  beforeAll(async () => {
    cluster = new Cluster();
    await startMachines(cluster, ['n1', 'n2', 'n3']);
    const file = join(cluster.folder, 'redis.yaml');
    writeFileSync(file, EXAMPLE);
    await cluster.ok('up', file);
    await untilQuiet(cluster, 'redis');
  });
  beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
  afterAll(() => cluster?.close());

  it('are left one right after the other: each time the primary hands over first, and no acknowledged write is lost', async () => {
    const watch = new DataWatch(cluster, redis);
    const primary = memberAt(await redis.primary(watch.addresses));
    const first = machineOf(primary.agent);
    expect(await cluster.ok('drain', first)).toContain(`${first} is drained`);
    expect(commandsRun(cluster, 'redis')[`${primary.name}-hand-over`]).toBe(1);
    expect(await cluster.ok('why', 'redis')).toContain(
      `${primary.name} is at home on ${first}, which is drained`,
    );

    const other = memberAt(await redis.primary(watch.addresses));
    const second = machineOf(other.agent);
    const draining = cluster.run('drain', second);
    const waits = `${other.name} is being stopped for the drain of its machine, which waits until ${primary.name} serves`;
    await eventually(async () => (await cluster.ok('why', 'redis')).includes(waits), { what: waits });
    await cluster.ok('activate', first);
    expect((await draining).stdout).toContain(`${second} is drained`);
    expect(commandsRun(cluster, 'redis')[`${other.name}-hand-over`]).toBe(1);
    await cluster.ok('activate', second);
    await untilQuiet(cluster, 'redis');
    const lost = await watch.end();
    console.log(`drained: ${watch.report()}`);
    expect(lost).toEqual([]);
    expect(watch.mostDown).toBe(1);
    // Less than it takes where the Sentinels have to find out that the primary is away.
    expect(watch.longestPause).toBeLessThan(10_000);
    for (const { name, agent } of [primary, other])
      expect(cluster.running('redis').find((one) => one.name === name)!.agent).toBe(agent);
  }, 180_000);
});
