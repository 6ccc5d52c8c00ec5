/** What is set aside on machines, as a person sees and changes it, against real processes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ReservationLine } from '../../src/client/table/reservations.ts';
import { Cluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { until } from '../support/until.ts';

const word = `${70_000_000 + process.pid}`;
let cluster: Cluster;
beforeAll(async () => {
  cluster = new Cluster();
  await cluster.startMaster();
  await cluster.startAgent({ name: 'n1', resources: 'cpus:2;mem:1024;disk:1024' });
  const client = await cluster.connected();
  await until(() => [...client.state.agents.values()].some(({ state }) => state === 'ready'));
});
beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
afterAll(() => cluster?.close());

const refused = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await cluster.run(...args);
  expect(stdout).toBe('');
  return `${code} ${stderr}`;
};
const reservations = () => cluster.json<ReservationLine[]>('reservations');

describe('what is set aside', () => {
  it('is used by the tasks of its role, and not freed from below them', async () => {
    expect(await refused('reservations')).toContain('0 Nothing is reserved');
    expect(await cluster.ok('reserve', 'n1', '--role', 'db', 'cpus=1,mem=256m')).toBe(
      'cpus 1, mem 256 MiB on n1 is reserved for db',
    );
    expect(await cluster.ok('reservations')).toMatch(
      /^AGENT +ROLE +BY +LABELS +HOLDS +VOLUME +USED BY +SINCE\nn1 +db +\S+ +- +cpus 1, mem 256 MiB +- +unused +-$/,
    );
    await cluster.ok('run', '--name', 'x', '--role', 'db', '--cpus', '0.5', '--', 'sleep', word);
    await cluster.untilRunning('x', 1);
    expect(await reservations()).toMatchObject([{ agent: 'n1', role: 'db', tasks: ['x.0'] }]);
    expect(await refused('unreserve', 'n1', '--role', 'db', 'cpus=1')).toMatch(
      /^1 tender: in use on n1 by x\.0: cpus:0\.5 \[resources\.in_use\]\n.*tender reservations/,
    );
    expect(await refused('reserve', 'n1', '--role', 'db', 'cpus=3')).toContain('[operation.invalid]');
    expect(await refused('unreserve', 'n1', '--role', 'db')).toContain(
      '2 tender: unreserve needs amounts or --all',
    );
  });

  it('is still so after kill -9 of the agent and of the master', async () => {
    const before = await reservations();
    await cluster.agents.get('n1')!.kill9();
    await cluster.master.kill9();
    await cluster.restartMaster();
    await cluster.agentBack('n1');
    await cluster.untilRunning('x', 1);
    expect(await reservations()).toEqual(before);
  });

  it('is freed: at once what nobody uses, the rest when its task has ended', async () => {
    expect(await cluster.ok('unreserve', 'n1', '--role', 'db', '--all')).toMatch(
      /^cpus 0\.5, mem \d+ MiB on n1 is no longer reserved for db\nit stays reserved: cpus 0\.5, mem 64 MiB is in use by x\.0$/,
    );
    await cluster.ok('stop', 'x');
    await cluster.untilRunning('x', 0);
    await cluster.ok('unreserve', 'n1', '--role', 'db', 'cpus=0.5,mem=64m');
    expect(await reservations()).toEqual([]);
  });

  it('can be a volume that a removed framework has left behind', async () => {
    const file = join(cluster.folder, 'keep.yaml');
    writeFileSync(
      file,
      `kind: stateful\nname: keep\ncommand: [sleep, '${word}']\ndata: 10m\ncpus: 0.1\nmem: 16m\n`,
    );
    await cluster.ok('up', file);
    await cluster.untilRunning('keep', 1);
    const volume = (await reservations()).find((line) => line.volume)!;
    expect(volume).toMatchObject({ principal: 'stateful', tasks: ['keep.0'] });
    const { agent, role, volume: id = '' } = volume;
    expect(await refused('destroy', agent, id, '--yes')).toContain('in use on n1 by keep.0');
    await cluster.ok('teardown', 'stateful', '--yes');
    await eventually(
      async () => (await reservations()).every(({ tasks }) => tasks.length === 0) || undefined,
    );
    expect(await refused('destroy', agent, id)).toMatch(/^2 .*would be destroyed: say --yes/);
    expect(await cluster.ok('destroy', agent, id, '--yes')).toBe(
      `volume ${id} of role ${role} on n1 is destroyed; disk 10 MiB stays reserved`,
    );
    await cluster.ok('unreserve', agent, '--role', role, '--by', 'stateful', '--all');
    expect(await reservations()).toEqual([]);
  });
});
