/**
 * All machines of a data service are taken out and in again, one right after the other, while it is written to: as for new
 * kernels. Each drain begins as soon as the machine before is activated, not when its member is well again.
 */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { type Database, DataWatch, startMachines, untilQuiet } from '../support/data-service.ts';
import { etcd } from '../support/etcd-database.ts';
import { needPrograms } from '../support/need-more.ts';
import { AS_POSTGRES, postgres } from '../support/postgres-database.ts';
import { redis } from '../support/redis-database.ts';
import { until } from '../support/until.ts';
import { ZookeeperDatabase } from '../support/zookeeper-database.ts';

const MACHINES = ['n1', 'n2', 'n3'];
/** Far more than it takes where all goes well, and less than where a member is waited for that is away. */
const PAUSE = 10_000;
/** So many while one is away show that it goes on without it. */
const WRITES = 5;

interface Service {
  readonly database: Database;
  readonly programs: readonly string[];
  /** Before the command line of an agent. */
  readonly prefix?: readonly string[];
}

const SERVICES: readonly Service[] = [
  { database: etcd, programs: ['etcd', 'etcdctl'] },
  { database: new ZookeeperDatabase(), programs: ['java', 'nc', '/usr/share/zookeeper/bin/zkCli.sh'] },
  { database: redis, programs: ['redis-server', 'redis-sentinel'] },
  {
    database: postgres,
    programs: ['/usr/lib/postgresql/15/bin/postgres', 'psql', 'setpriv'],
    prefix: AS_POSTGRES,
  },
];

let cluster: Cluster;
beforeEach(({ onTestFailed }) => onTestFailed(() => cluster?.printLogs()));
afterEach(() => cluster?.close());

describe.each(SERVICES)('the machines of $database.job', ({ database, programs, prefix = [] }) => {
  it.skipIf(needPrograms(...programs))(
    'are rebooted one right after the other',
    async () => {
      const { job } = database;
      cluster = new Cluster();
      for (const folder of [cluster.folder, cluster.env['TENDER_STATE']!]) chmodSync(folder, 0o777);
      await startMachines(cluster, MACHINES, { prefix });
      const file = join(cluster.folder, `${job}.yaml`);
      writeFileSync(file, readFileSync(join(import.meta.dirname, `../../examples/${job}.yaml`)));
      await cluster.ok('up', file);
      await untilQuiet(cluster, job);
      const watch = new DataWatch(cluster, database);
      const homes = () => new Map(cluster.running(job).map(({ name, agent }) => [name, agent]));
      const before = homes();
      for (const machine of MACHINES) {
        expect(await cluster.ok('drain', machine)).toContain(`${machine} is drained`);
        const enough = watch.acknowledged.length + WRITES;
        await until(() => watch.acknowledged.length > enough, {
          what: `writes are taken while ${machine} is away`,
          timeout: 2 * PAUSE,
        });
        await cluster.ok('activate', machine);
      }
      await untilQuiet(cluster, job);
      const lost = await watch.end();
      console.log(`${job} rebooted: ${watch.report()}`);
      expect(lost).toEqual([]);
      expect(watch.mostDown).toBe(1);
      expect(watch.longestPause).toBeLessThan(PAUSE);
      expect(homes()).toEqual(before);
    },
    240_000,
  );
});
