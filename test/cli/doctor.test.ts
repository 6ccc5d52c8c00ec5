/** Each check of `tender doctor`, on made-up machines: what it says, how bad it is, and what to do. */
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { findings } from '../../src/cli/doctor/checks.ts';
import { reportText } from '../../src/cli/doctor/doctor.ts';
import type { MachineFacts } from '../../src/cli/doctor/facts.ts';
import { optionsOf } from '../../src/cli/doctor/gather.ts';
import { inodesIn, listenerOn } from '../../src/cli/doctor/listeners.ts';
import { needLinux } from '../support/need.ts';

const folder = {
  path: '/var/lib/tender/agent',
  free: 50e9,
  size: 100e9,
  freeInodes: 90,
  noexec: false,
  writable: true,
};
const cluster = { context: 'home', address: 'tcp://10.0.0.2:5050', version: '0.1.0', ahead: 3, others: [] };
const secret = { path: '/root/.config/tender/contexts.json', mode: 0o600, mine: true };

const WELL: MachineFacts = {
  program: { version: '0.1.0', node: '26.10.0' },
  engine: { version: '28.0.1', driver: 'systemd', cgroups: '2' },
  cgroups: { version: 2, missing: [], writable: true },
  ports: [{ port: 5050 }, { port: 5051 }],
  cluster,
  secrets: [secret],
  folders: [folder],
  limits: { openFiles: 65_536, processes: 100_000 },
  memory: { overcommit: 0, swap: 0 },
  shell: true,
  services: [{ name: 'tender-agent.service', state: 'active' }],
  parts: [{ part: 'agent', folder: '/var/lib/tender/agent', pid: 12 }],
  systemd: true,
};

const MASTER = { part: 'master', folder: '/s/master', pid: 7 } as const;

describe('a check', () => {
  it('says of a machine on which all is well that it is so', () => {
    const found = findings(WELL);
    expect(found.filter(({ level }) => level !== 'ok')).toEqual([]);
    expect(new Set(found.map(({ check }) => check)).size).toBeGreaterThan(10);
    expect(reportText(found, false).split('\n').at(-1)).toBe('all is well');
  });

  it.each<[string, Partial<MachineFacts>, 'ok' | 'warning' | 'error', string, string]>([
    ['shell', { shell: false }, 'error', '/bin/sh is missing', 'install a POSIX shell'],
    [
      'engine',
      { engine: { problem: 'nothing is at /run/docker.sock' } },
      'warning',
      'no Docker engine',
      'docker.io',
    ],
    [
      'engine',
      { engine: { problem: 'nothing answers at x' } },
      'warning',
      'nothing answers',
      'systemctl status docker',
    ],
    [
      'engine',
      { engine: { problem: 'this user may not use /run/docker.sock (is it in the group docker?)' } },
      'warning',
      'this user may not use',
      'usermod -aG docker',
    ],
    [
      'cgroups',
      { cgroups: { missing: [], writable: false } },
      'warning',
      'no control groups',
      'without limits',
    ],
    [
      'cgroups',
      { cgroups: { version: 2, missing: ['memory'], writable: true } },
      'warning',
      'version 2, without memory',
      'cgroup_enable=memory',
    ],
    [
      'cgroups',
      { cgroups: { version: 1, missing: [], writable: false } },
      'warning',
      'may not write',
      'as root',
    ],
    [
      'ports',
      { ports: [{ port: 5050, holder: 'nginx (pid 7)' }] },
      'warning',
      'held by nginx (pid 7)',
      '--listen',
    ],
    ['ports', { ports: [{ port: 5051, holder: '' }] }, 'warning', 'held by somebody else', '--enrol'],
    [
      'ports',
      { ports: [{ port: 5050, holder: 'tender master (pid 7)' }] },
      'ok',
      'held by tender master',
      '',
    ],
    ['ports', { ports: [{ port: 5050, holder: '' }], parts: [MASTER] }, 'ok', 'held by the master here', ''],
    ['cluster', { cluster: {} }, 'ok', 'you know no cluster yet', ''],
    [
      'cluster',
      { cluster: { context: 'home', problem: 'no answer' } },
      'error',
      'does not answer: no answer',
      'running',
    ],
    [
      'cluster',
      { cluster: { ...cluster, version: '0.2.0' } },
      'warning',
      'is tender 0.2.0, this is 0.1.0',
      'upgrade',
    ],
    [
      'cluster',
      { cluster: { ...cluster, others: ['agent pi: tender 0.0.9'] } },
      'warning',
      'another version: agent pi: tender 0.0.9',
      'upgrade it',
    ],
    [
      'clock',
      { cluster: { ...cluster, ahead: 2_000 } },
      'warning',
      'is 2.0 s behind the master',
      'timedatectl',
    ],
    [
      'clock',
      { cluster: { ...cluster, ahead: -90_000 } },
      'error',
      'is 90.0 s ahead of the master',
      'timedatectl',
    ],
    [
      'keys',
      { secrets: [{ ...secret, mode: 0o644 }] },
      'error',
      'can be read by others (mode 644)',
      'chmod go=',
    ],
    ['keys', { secrets: [{ ...secret, mine: false }] }, 'error', 'belongs to somebody else', 'chown'],
    ['disk', { folders: [{ ...folder, free: 4e9 }] }, 'warning', '4.0 GB of 100.0 GB free', 'make room'],
    ['disk', { folders: [{ ...folder, free: 5e7 }] }, 'error', '0.1 GB of 100.0 GB free', 'make room'],
    [
      'disk',
      { folders: [{ ...folder, freeInodes: 2 }] },
      'warning',
      'only 2 % of its files are left',
      'small files',
    ],
    [
      'disk',
      { folders: [{ ...folder, writable: false }] },
      'error',
      'not for this user to write to',
      '--state',
    ],
    ['noexec', { folders: [{ ...folder, noexec: true }] }, 'warning', 'is mounted noexec', '--state'],
    [
      'limits',
      { limits: { openFiles: 1024, processes: 9_999 } },
      'warning',
      'only 1024 open files',
      'ulimit -n',
    ],
    ['limits', { limits: { openFiles: 9_999, processes: 512 } }, 'warning', 'only 512 processes', 'pids.max'],
    ['memory', { memory: { overcommit: 2, swap: 0 } }, 'warning', 'overcommit_memory=2', 'sysctl'],
    ['memory', { memory: { overcommit: 0, swap: 2e9 } }, 'ok', '2.0 GB of swap', ''],
    [
      'services',
      { services: [{ name: 'tender-agent.service', state: 'failed' }] },
      'error',
      'tender-agent.service is failed',
      'journalctl -u tender-agent.service',
    ],
    [
      'services',
      { services: [], parts: [MASTER] },
      'warning',
      '/s/master is no service',
      'tender install --master',
    ],
  ])('%s, of %j, is %s', (check, more, level, says, todo) => {
    const found = findings({ ...WELL, ...more }).filter((one) => one.check === check);
    const said = found.find((one) => one.says.includes(says));
    expect(said, JSON.stringify(found)).toMatchObject({ level });
    expect(said?.todo ?? '').toContain(todo);
    expect(said?.todo === undefined).toBe(level === 'ok');
  });

  it('says nothing of a clock that it does not know, nor of services where there are none', () => {
    const found = findings({ ...WELL, cluster: { ...cluster, ahead: undefined }, systemd: false });
    expect(found.filter(({ check }) => check === 'clock' || check === 'services')).toEqual([]);
  });
});

it('the report says each thing on a line, what to do below it, and the sum', () => {
  const found = findings({ ...WELL, shell: false, memory: { overcommit: 2, swap: 0 } });
  const lines = reportText(found, false).split('\n');
  expect(lines.filter((line) => line.startsWith('error ') || line.startsWith('warning '))).toHaveLength(2);
  expect(lines.filter((line) => line.trim().startsWith('→'))).toHaveLength(2);
  expect(lines.at(-1)).toBe('1 error, 1 warning');
});

describe('what is read from the kernel', () => {
  const MOUNTS = [
    '/dev/sda1 / ext4 rw,relatime 0 0',
    'tmpfs /tmp tmpfs rw,noexec,nosuid 0 0',
    '/dev/sdb1 /var/lib ext4 rw,noexec 0 0',
    '/dev/sdc1 /var/lib ext4 rw 0 0',
  ].join('\n');

  it.each([
    ['/tmp', true],
    ['/tmp/x/y', true],
    ['/tmpfiles', false],
    ['/home', false],
    ['/var/lib/tender', false],
  ])('%s is noexec: %s', (path, noexec) => {
    expect(optionsOf(MOUNTS, path).includes('noexec')).toBe(noexec);
  });

  it('a port that is listened on is found in the table, one that is only spoken to is not', () => {
    const line = (port: string, state: string, inode: number): string =>
      `   0: 00000000:${port} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1`;
    const table = [
      '  sl  local_address rem_address   st',
      line('13BA', '0A', 77),
      line('13BB', '01', 78),
    ].join('\n');
    expect(inodesIn(table, 5050)).toEqual(['77']);
    expect(inodesIn(table, 5051)).toEqual([]);
  });

  it.skipIf(needLinux())('who listens is told by name', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    expect(listenerOn(port)).toContain(`(pid ${process.pid})`);
    await new Promise((resolve) => server.close(resolve));
    expect(listenerOn(port)).toBeUndefined();
  });
});
