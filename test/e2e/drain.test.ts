/** Taking a machine out, and a framework down, with the real command. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { programs, untilPrograms } from '../support/machine.ts';
import { closeTerminals, TerminalSession } from '../support/terminal-session.ts';
import { until } from '../support/until.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ agents: 2 });
});
beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
afterEach(() => closeTerminals());
afterAll(() => cluster?.close());

const word = `${40_000_000 + process.pid}`;
const agentOf = (name: string) => [...cluster.client.state.agents.values()].find((one) => one.name === name)!;

it('moves all instances of a service, then gives the machine back', async () => {
  const file = join(cluster.folder, 'web.yaml');
  const update = { minHealthy: '500ms' };
  writeFileSync(file, JSON.stringify({ name: 'web', count: 4, command: ['sleep', word], update }));
  await cluster.ok('up', file);
  await cluster.untilRunning('web', 4);
  const said = await cluster.ok('drain', 'n1');
  expect(said).toMatch(/^n1: 2 of 2 tasks left \(web\.\d, web\.\d\), killed at \d\d:\d\d:\d\d\n/);
  expect(said).toContain('n1 is drained');
  expect(await cluster.ok('agents')).toMatch(/n1 +drained/);
  await cluster.untilRunning('web', 4);
  expect(cluster.running('web').every(({ agent }) => agent === agentOf('n2').id)).toBe(true);
  await until(() => programs('sleep', word).length === 4);
  await cluster.ok('activate', 'n1');
  expect(await cluster.ok('agents')).toMatch(/n1 +ready/);
});

it('kills at the deadline what has nowhere to go', async () => {
  await cluster.ok('deactivate', 'n1');
  expect(await cluster.ok('drain', 'n2', '--deadline', '1s')).toContain('n2 is drained');
  await until(() => programs('sleep', word).length === 0);
  await cluster.ok('activate', 'n1');
  await cluster.untilRunning('web', 4);
  await cluster.ok('activate', 'n2');
});

describe('a reboot', () => {
  /** As a machine of its own: its first process is another one each time it is started. */
  const machine = (name: string) =>
    cluster.startAgent({ name, prefix: ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'] });
  beforeAll(async () => {
    await machine('n3');
    await until(() => agentOf('n3')?.state === 'ready');
  });
  afterAll(() => cluster.ok('gone', 'n3'));

  it('drains a machine, restarts it by a command of this one, and gives it new work when it is back', async () => {
    const file = join(cluster.folder, 'asked');
    const reboot = cluster.spawn(['reboot', 'n3', '--', 'sh', '-c', `touch ${file}; exit 255`]);
    await until(() => existsSync(file) && reboot.stdout.includes('ended with 255'));
    expect(agentOf('n3').withdrawn?.state).toBe('drained');
    await cluster.agents.get('n3')!.kill9();
    await cluster.agentBack('n3');
    expect(await reboot.ended).toEqual({ code: 0, signal: null });
    const lines = reboot.stdout.trim().split('\n');
    // Back so soon it is not always missed.
    expect(lines.filter((line) => line !== 'n3 is away')).toEqual([
      'n3 is drained',
      'n3 may be restarted now',
      'sh ended with 255; n3 is waited for all the same',
      'n3 is back, and gets new work',
    ]);
    await until(() => agentOf('n3').withdrawn === undefined);
  });

  it('that is interrupted says how to go on, and what was drained stays so', async () => {
    const reboot = cluster.spawn(['reboot', 'n1', '--deadline', '1s']);
    await until(() => reboot.stdout.includes('n1 may be restarted now'));
    reboot.signal('SIGINT');
    expect(await reboot.ended).toMatchObject({ code: 130 });
    expect(reboot.stderr).toContain('n1 stays drained. To give it new work again: tender activate n1');
    expect(agentOf('n1').withdrawn?.state).toBe('drained');
    await cluster.ok('activate', 'n1');
  });

  it('whose command is not there says what to do instead', async () => {
    const { code, stderr } = await cluster.run('reboot', 'n3', '--', 'no-such-command');
    expect(code).toBe(1);
    expect(stderr).toContain(
      'no-such-command cannot be run here: spawn no-such-command ENOENT [reboot.command]',
    );
    expect(stderr).toContain('tender activate n3');
    expect((await cluster.run('reboot', 'n3', 'n1')).stderr).toContain('one machine at a time');
  });
});

it('asks a person on a terminal for the name of the framework, and does nothing when another one is said', async () => {
  const session = new TerminalSession([inject('program'), 'teardown', 'service'], {
    cwd: cluster.folder,
    env: cluster.env as Record<string, string>,
    size: { cols: 160, rows: 20 },
  });
  await session.until('4 tasks of 1 job would end, and what service has stored is lost. Type its name:');
  await session.type(...'servic', '\r');
  await session.until('nothing was done: "service" was not said');
  expect(await session.exit).toBe(2);
  await untilPrograms(4, 'sleep', word);
});

it('takes a framework down with all that is its own, and begins anew with it', async () => {
  const refused = await cluster.run('teardown', 'service');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('4 tasks of 1 job would end');
  await untilPrograms(4, 'sleep', word);
  await cluster.ok('teardown', 'service', '--yes');
  await until(() => programs('sleep', word).length === 0);
  const { frameworks, jobs } = cluster.client.state;
  await until(() => jobs.size === 0, { what: 'its job is gone' });
  await until(() =>
    [...frameworks.values()].some((one) => one.id === 'service' && one.state === 'connected'),
  );
  expect(jobs.size).toBe(0);
  await cluster.ok('run', '--name', 'web', '--', 'sleep', word);
  await cluster.untilRunning('web', 1);
});
