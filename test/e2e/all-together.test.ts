/**
 * One cluster with everything at once: a service that is being rolled, a job by the clock, a burst of five hundred batch
 * tasks and a database; each role gets its share, and nobody waits for ever.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Runs } from '../../src/client/runs.ts';
import { holdingsOf } from '../../src/client/table/holdings.ts';
import { Cluster } from '../support/cluster.ts';
import { until } from '../support/until.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = new Cluster();
  await cluster.startMaster();
  for (const name of ['n1', 'n2']) await cluster.startAgent({ name, resources: 'cpus:4;mem:4096;disk:4096' });
  await cluster.connected();
});
beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
afterAll(() => cluster?.close());

const up = async (text: string): Promise<void> => {
  const file = join(cluster.folder, 'job.yaml');
  writeFileSync(file, text);
  await cluster.ok('up', file);
};
const service = (version: number): string => `
  name: web
  role: web
  count: 12
  cpus: 0.5
  mem: 16
  command: exec sleep 100000
  env: { VERSION: ${version} }
  update: { minHealthy: 200ms, maxParallel: 2 }
`;
const job = (name: string) => cluster.client.state.jobs.get(name);
/** Cpus that a role's tasks hold. */
const share = (role: string): number => (holdingsOf(cluster.client.state).byRole.get(role)?.cpus ?? 0) / 1000;
const isAtWork = (): boolean => job('burst')?.status !== 'complete';

it('each gets its share, and all of it is done', async () => {
  await cluster.ok('role', 'set', 'web', '--weight', '2');
  await cluster.ok('role', 'set', 'batch', '--weight', '1');
  await cluster.ok('quota', 'set', 'db', '--guarantee', 'cpus=1.5,mem=256');
  await up(`
    name: burst
    kind: batch
    role: batch
    count: 500
    cpus: 0.5
    mem: 16
    command: exec sleep 0.2
  `);
  await until(() => share('batch') >= 5, { what: 'the burst fills what is free' });
  // What is guaranteed to the database was held back from the burst.
  await up(`
    name: db
    kind: stateful
    role: db
    count: 3
    cpus: 0.5
    mem: 64
    data: 64m
    command: 'echo $TENDER_INDEX > data/id; exec sleep 100000'
    runbook: { cpus: 0.01, mem: 16 }
  `);
  await until(() => job('db')?.healthy === 3, { timeout: 30_000, what: 'the database runs' });
  await up(`
    name: nightly
    kind: batch
    role: batch
    cpus: 0.1
    mem: 16
    priority: 60
    command: 'true'
    schedule: { cron: '*/2 * * * * *' }
  `);
  await up(service(1));
  // Twice the weight of batch, of what the database leaves: 2 × 6.5 / 3 = 4.3 cpus.
  await until(() => share('web') >= 4, { timeout: 30_000, what: 'the service gets its share' });
  expect(isAtWork(), 'the burst still wants all there is').toBe(true);
  await up(service(2));
  let least = Number.POSITIVE_INFINITY;
  const ofBatch: number[] = [];
  const look = setInterval(() => {
    if (!isAtWork()) return;
    least = Math.min(least, share('web'));
    ofBatch.push(share('batch'));
  }, 50);
  await until(() => job('burst')?.status === 'complete', { timeout: 120_000, what: 'the burst is over' });
  clearInterval(look);
  // While it is rolled, two instances may be away; and the burst takes none of their places for long.
  expect(least).toBeGreaterThanOrEqual(2);
  // Nor does the service, which wants nearly everything, take what the burst gives back ten times a second: of its third
  // (2.2 cpus) the burst keeps more than half, though one of its tasks is always ending.
  expect(ofBatch.reduce((sum, cpus) => sum + cpus, 0) / ofBatch.length).toBeGreaterThan(1.1);
  const { runs } = await cluster.json<Runs>('runs', 'burst');
  expect(runs[0]).toMatchObject({ state: 'complete', succeeded: 500 });
  await until(() => job('web')?.status === 'running', { timeout: 60_000, what: 'the service is rolled' });
  const nightly = await cluster.json<Runs>('runs', 'nightly');
  expect(nightly.runs.filter(({ state }) => state === 'complete').length).toBeGreaterThan(2);
  expect(job('db')?.healthy).toBe(3);
}, 240_000);
