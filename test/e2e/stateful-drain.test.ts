/** Machines of a real Redis are drained while it is written to: its members leave them by the runbook, one at a time. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { commandsRun, DataWatch, startMachines, untilQuiet } from '../support/data-service.ts';
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

  it('are left: the primary hands over first, comes home afterwards, and no acknowledged write is lost', async () => {
    const watch = new DataWatch(cluster, redis);
    const primary = memberAt(await redis.primary(watch.addresses));
    const first = machineOf(primary.agent);
    expect(await cluster.ok('drain', first)).toContain(`${first} is drained`);
    expect(commandsRun(cluster, 'redis')[`${primary.name}-hand-over`]).toBe(1);
    expect(await cluster.ok('why', 'redis')).toContain(
      `${primary.name} is at home on ${first}, which is drained`,
    );

    await cluster.ok('activate', first);
    await untilQuiet(cluster, 'redis');
    const lost = await watch.end();
    console.log(`drained: ${watch.report()}`);
    expect(lost).toEqual([]);
    expect(watch.mostDown).toBe(1);
    expect(machineOf(cluster.running('redis').find(({ name }) => name === primary.name)!.agent)).toBe(first);
  }, 180_000);
});
