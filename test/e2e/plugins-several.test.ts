/** Plugins of a cluster with several masters: their code is wherever the leader is, however much it is. */
import { randomBytes } from 'node:crypto';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PluginInfo } from '../../src/client/plugins.ts';
import { needEtcd } from '../support/etcd.ts';
import { eventually } from '../support/eventually.ts';
import { processesNaming, programs } from '../support/machine.ts';
import { SeveralMasters } from '../support/several-masters.ts';
import { until } from '../support/until.ts';

const LEASE = join(import.meta.dirname, '../../examples/lease');
const mark = `${21_000_000 + process.pid}`;

describe.skipIf(needEtcd())('a plugin of several masters', () => {
  let several: SeveralMasters;
  beforeAll(async () => {
    several = await SeveralMasters.start();
    await several.cluster.startAgent({ name: 'n1' });
    await until(() => [...several.client.state.agents.values()].some(({ state }) => state === 'ready'));
    const folder = join(several.cluster.folder, 'lease');
    cpSync(LEASE, folder, { recursive: true });
    // More than one transaction of etcd takes.
    writeFileSync(join(folder, 'data'), randomBytes(3_000_000));
  }, 120_000);
  beforeEach(({ onTestFailed }) => onTestFailed(() => several.cluster.printLogs()));
  afterAll(() => several?.close(), 60_000);

  const running = (): Promise<string> =>
    eventually(
      async () => {
        const [plugin] = await several.cluster.json<PluginInfo[]>('plugin', 'ls');
        return plugin?.state === 'running' && plugin.sha256;
      },
      { timeout: 20_000, what: 'the plugin runs' },
    );

  it('goes on under the next leader, with its job', async () => {
    await several.cluster.ok('plugin', 'add', './lease');
    const code = await running();
    const job = join(several.cluster.folder, 'lab.yaml');
    writeFileSync(job, `name: lab\nkind: lease\ncommand: sleep ${mark}\n`);
    await several.cluster.ok('up', job);
    await until(() => programs('sleep', mark).length === 1);
    const pids = programs('sleep', mark);
    const former = several.leader!;
    const { epoch } = several;
    await former.proc.kill9();
    await several.followed(epoch, 30_000);
    expect(await running()).toBe(code);
    const at = (index: number): number[] =>
      processesNaming(join(`${several.cluster.masterState}${index}`, 'plugins'));
    await eventually(() => at(several.masters.indexOf(former)).length === 0);
    expect(at(several.masters.indexOf(several.leader!))).toHaveLength(1);
    await eventually(async () => (await several.cluster.run('why', 'lab')).stdout.includes('runs until'));
    expect(programs('sleep', mark)).toEqual(pids);
  });

  it('is removed for all of them', async () => {
    await several.cluster.ok('plugin', 'rm', 'lease', '--force', '--yes');
    const { epoch } = several;
    await several.leader!.proc.kill9();
    await several.followed(epoch, 30_000);
    expect(await several.cluster.json('plugin', 'ls')).toEqual([]);
  });
});
