/** Roles and quotas as a person sets them, against real processes; and the allocator's answers without any cluster. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RoleRecord } from '../../src/core/cluster.ts';
import type { QuotaUse } from '../../src/core/quota-rules.ts';
import { Cluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';

const word = `${80_000_000 + process.pid}`;
let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ agents: 1 });
  await cluster.ok('run', '--name', 'web', '--cpus', '0.5', '--', 'sleep', word);
  await cluster.untilRunning('web', 1);
});
beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
afterAll(() => cluster?.close());

const refused = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await cluster.run(...args);
  expect([code, stdout]).toEqual([1, '']);
  return stderr;
};

describe('tender quota', () => {
  it('without any says how to set one', async () => {
    const { code, stdout, stderr } = await cluster.run('quota', 'ls');
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain('tender quota set ROLE --limit');
  });

  it('refuses a limit below what is used, with both figures and the way out', async () => {
    expect(await refused('quota', 'set', 'service', '--limit', 'cpus=0.2')).toMatch(
      /^tender: role service uses 0\.5 cpus already, more than a limit of 0\.2 cpus \[quota\.exceeded\]\n {2}.*--force/,
    );
    expect(await cluster.json('quota', 'ls')).toEqual([]);
  });

  it('refuses to guarantee more than there is, and names that nobody has', async () => {
    expect(await refused('quota', 'set', 'db', '--guarantee', 'cpus=20')).toContain(
      '20 cpus would be guaranteed, the whole cluster has 2 cpus [quota.too_much]',
    );
    expect(await refused('quota', 'set', 'db', '--limit', 'memm=1')).toContain(
      'no agent has any "memm" to give (did you mean "mem"?) [quota.name]',
    );
    expect(await refused('quota', 'set', 'a//b', '--limit', 'cpus=1')).toContain('[role.name]');
  });

  it('set for several roles at once is set for all of them or none', async () => {
    await refused('quota', 'set', 'other', 'service', '--limit', 'cpus=0.2');
    expect(await cluster.json('quota', 'ls')).toEqual([]);
  });

  it('limits, over a restart of the master, until it is taken away', async () => {
    expect(await cluster.ok('quota', 'set', 'service', '--limit', 'cpus=0.8,mem=1g')).toBe(
      'service is guaranteed nothing, limited to cpus 0.8, mem 1 GiB',
    );
    await cluster.ok('scale', 'web=2');
    const why = await eventually(async () => {
      const text = await cluster.ok('why', 'service');
      return text.includes('role service is close to its limit of 0.8 cpus (0.5 used)') ? text : undefined;
    });
    expect(why).toContain('raise the limit: tender quota set service --limit cpus=1,mem=1g');
    await cluster.master.kill9();
    await cluster.restartMaster();
    await cluster.connected();
    await cluster.untilRunning('web', 1);
    expect(await cluster.ok('quota', 'ls')).toMatch(
      /^ROLE +NAME +GUARANTEE +LIMIT +USED +OFFERED\nservice +cpus +- +0\.8 +0\.5 +\S+\nservice +mem +- +1 GiB +64 MiB +\S+( MiB)?$/,
    );
    const [row] = await cluster.json<QuotaUse[]>('quota', 'ls');
    expect(row).toMatchObject({ role: 'service', guarantee: {}, limit: { cpus: 800, mem: 1_024_000 } });
    expect(row!.consumed).toMatchObject({ cpus: 500, mem: 64_000 });
    expect(await cluster.ok('quota', 'rm', 'service')).toBe('service is guaranteed nothing, not limited');
    await cluster.untilRunning('web', 2);
  });

  it('by force stops nothing', async () => {
    await refused('quota', 'set', 'service', '--limit', 'cpus=0.2');
    await cluster.ok('quota', 'set', 'service', '--limit', 'cpus=0.2', '--force');
    expect(cluster.running('web')).toHaveLength(2);
    await cluster.ok('quota', 'rm', 'service');
  });

  it('is taken away by whole names only', async () => {
    await cluster.ok('quota', 'set', 'service', '--guarantee', 'cpus=1');
    expect(await refused('quota', 'rm', 'servic')).toContain('role servic has no quota [quota.none]');
    expect(await cluster.json('quota', 'rm', 'service')).toEqual([
      { role: 'service', weight: 1, priority: 50, preemption: false },
    ]);
  });

  it('that says nothing is a usage error', async () => {
    for (const args of [
      ['quota', 'set', 'service'],
      ['quota', 'set', 'service', '--limit', 'plenty'],
      ['quota', 'set', 'service', '--limit', 'cpus=1', 'mem=1g'],
      ['role', 'set', 'service'],
      ['role', 'set', 'service', '--weight', 'heavy'],
      ['role', 'set', 'service', '--preemption', 'perhaps'],
    ]) {
      const { code, stderr } = await cluster.run(...args);
      expect([args, code]).toEqual([args, 2]);
      expect(stderr).toMatch(/^tender: .*\[usage\]\n/);
    }
  });
});

describe('tender role', () => {
  it('sets what is said and leaves the rest, also for the next master', async () => {
    expect(await cluster.ok('role', 'set', 'service', '--weight', '2.5')).toBe(
      'service has weight 2.5, priority 50, preemption off',
    );
    await cluster.ok('role', 'set', 'service', '--priority', '80', '--preemption', 'on');
    await cluster.master.kill9();
    await cluster.restartMaster();
    await cluster.connected();
    const [record] = await cluster.json<RoleRecord[]>('role', 'ls');
    expect(record).toEqual({ role: 'service', weight: 2.5, priority: 80, preemption: true });
    expect(await cluster.ok('roles')).toMatch(
      /^ROLE +WEIGHT.*\n(.*\n)*service +2\.5 +80 +on +- +- .* service$/m,
    );
    expect(await cluster.ok('role', 'rm', 'service')).toContain('weight 1, priority 50, preemption off');
    expect(await refused('role', 'rm', 'service')).toContain(
      'nothing is set for a role "service" [role.unknown]',
    );
  });

  it('refuses what cannot be', async () => {
    expect(await refused('role', 'set', 'service', '--weight', '0')).toContain('the weight of role service');
    expect(await refused('role', 'set', 'service', '--priority', '101')).toContain(
      'from 0 to 100, found 101',
    );
  });
});

describe('tender replay', () => {
  const file = (cases: unknown): string => {
    const path = join(cluster.folder, `cases-${Math.random()}.json`);
    writeFileSync(path, JSON.stringify(cases));
    return path;
  };
  const steps = [
    { op: 'agent', id: 'n1', resources: 'cpus:2;mem:1024' },
    { op: 'framework', id: 'f', roles: ['a'] },
  ];
  const share = { framework: 'f', role: 'a', agent: 'n1', resources: 'cpus:2;mem:1024' };
  const env = { TENDER_CONFIG: '/nowhere' };
  const replay = (path: string, ...more: string[]) =>
    cluster.runIn({ env: { ...cluster.env, ...env } }, 'replay', path, ...more);

  it('needs no cluster, counts what passed, and says nothing of it', async () => {
    const path = file([{ name: 'one', steps: [...steps, { op: 'allocate', expect: [share] }] }]);
    expect(await replay(path)).toEqual({ stdout: '1 cases, 1 passed, 0 failed\n', stderr: '', code: 0 });
  });

  it('prints each step that went otherwise, and fails', async () => {
    const path = file([
      { name: 'wrong', steps: [...steps, { op: 'allocate', expect: [] }] },
      { name: 'right', steps: [...steps, { op: 'allocate', expect: [share] }] },
    ]);
    const { code, stdout } = await replay(path);
    expect(stdout).toBe(
      'wrong, step 3 (allocate): expected nothing, got f a n1 cpus:2;mem:1024\n2 cases, 1 passed, 1 failed\n',
    );
    expect(code).toBe(1);
  });

  it('prints what the allocator does where nothing is expected', async () => {
    const { code, stdout } = await replay(file([{ name: 'what if', steps: [...steps, { op: 'allocate' }] }]));
    expect(stdout).toBe('what if, step 3 (allocate): f a n1 cpus:2;mem:1024\n1 cases, 1 passed, 0 failed\n');
    expect(code).toBe(0);
  });

  it('says where a file is wrong', async () => {
    const { code, stderr } = await replay(file([{ name: 'typo', steps: [{ op: 'alocate' }] }]));
    expect(stderr).toMatch(/^tender: case "typo", step 1: .*allocate.*\[case\.invalid\]\n/);
    expect(code).toBe(1);
    expect((await replay('/no/such.json')).stderr).toContain('/no/such.json: there is no such file');
  });

  it('of the example shows what docs/roles.md says', async () => {
    const { stdout, code } = await replay(join(import.meta.dirname, '../../examples/sharing.json'));
    expect(stdout).toBe('8 cases, 8 passed, 0 failed\n');
    expect(code).toBe(0);
  });
});
