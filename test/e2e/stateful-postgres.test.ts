/** A real PostgreSQL with streaming replication, run by its example: upgraded while it is written to, the primary's machine lost and replaced. */
import { chmodSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { DataWatch, loseMachine, startMachines, untilQuiet } from '../support/data-service.ts';
import { kill } from '../support/machine.ts';
import { needPrograms } from '../support/need-more.ts';
import { AS_POSTGRES, postgres } from '../support/postgres-database.ts';
import { until } from '../support/until.ts';

const EXAMPLE = readFileSync(join(import.meta.dirname, '../../examples/postgres.yaml'), 'utf8');
describe.skipIf(needPrograms('/usr/lib/postgresql/15/bin/postgres', 'psql', 'setpriv'))('postgres', () => {
  let cluster: Cluster;
  const file = (): string => join(cluster.folder, 'postgres.yaml');

  beforeAll(async () => {
    cluster = new Cluster();
    for (const folder of [cluster.folder, cluster.env['TENDER_STATE']!]) chmodSync(folder, 0o777);
    await startMachines(cluster, ['n1', 'n2', 'n3', 'n4'], { prefix: AS_POSTGRES });
    writeFileSync(file(), EXAMPLE);
    await cluster.ok('up', file());
    await untilQuiet(cluster, 'postgres');
  });
  beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
  afterAll(() => cluster?.close());

  it('is upgraded, the standbys first, and no acknowledged write is lost', async () => {
    const watch = new DataWatch(cluster, postgres);
    writeFileSync(file(), EXAMPLE.replace('RELEASE: 1', 'RELEASE: 2'));
    await cluster.ok('up', file());
    await untilQuiet(cluster, 'postgres');
    const lost = await watch.end();
    console.log(`upgrade: ${watch.report()}`);
    expect(lost).toEqual([]);
    expect(watch.mostDown).toBe(1);
  }, 180_000);

  it('that a drain which was given up has left without a primary has one again by a restart', async () => {
    const watch = new DataWatch(cluster, postgres);
    await until(() => watch.acknowledged.length > 5, { what: 'it is written to' });
    const port = await postgres.primary(watch.addresses);
    // The mark of the step "step-down"; and some time later it ends for another reason.
    const state = cluster.env['TENDER_STATE']!;
    const pidFile = globSync(`${state}/**/main/postmaster.pid`).find((path) =>
      readFileSync(path, 'utf8').split('\n').includes(port),
    )!;
    writeFileSync(join(dirname(pidFile), 'standby.signal'), '');
    kill(Number.parseInt(readFileSync(pidFile, 'utf8'), 10), 'SIGQUIT');
    await until(() => cluster.client.state.jobs.get('postgres')?.status !== 'running', {
      what: 'it has ended',
    });
    await untilQuiet(cluster, 'postgres');
    const written = watch.acknowledged.length;
    await cluster.ok('restart', 'postgres');
    await untilQuiet(cluster, 'postgres');
    await until(() => watch.acknowledged.length > written + 5, { what: 'it is written to again' });
    expect(await watch.end()).toEqual([]);
  }, 180_000);

  it('loses the machine of its primary, and nothing that was written', async () => {
    const watch = new DataWatch(cluster, postgres);
    const primary = await postgres.primary(watch.addresses);
    const task = cluster
      .running('postgres')
      .find(({ ports }) => ports.some(({ host }) => primary === String(host)))!;
    await loseMachine(cluster, cluster.client.state.agents.get(task.agent)!.name);
    await cluster.ok('replace', task.name);
    await untilQuiet(cluster, 'postgres');
    const lost = await watch.end();
    console.log(`machine lost: ${watch.report()}`);
    expect(lost).toEqual([]);
    expect(watch.mostDown).toBe(1);
  }, 180_000);
});
