/** What a job says of its container, as the container itself sees it: user, files, folders in memory, networks, ports. */
import { execFileSync } from 'node:child_process';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { containerName, engineNetwork } from '../../src/agent/docker/container.ts';
import { dockerExecutor } from '../../src/agent/docker/docker-executor.ts';
import { volumeFolders } from '../../src/agent/volumes.ts';
import type { DockerRun, Port, TaskSpec } from '../../src/core/task.ts';
import { systemClock as clock } from '../../src/wire/system-clock.ts';
import { eventually } from '../support/eventually.ts';
import { needDocker } from '../support/need.ts';
import { until } from '../support/until.ts';
import { agentId, container, hear, Told, tempFolder } from './stage.ts';

const agent = agentId();
const docker = (...args: string[]): string =>
  execFileSync('docker', args, { encoding: 'utf8', stdio: 'pipe' }).trim();

afterAll(() => {
  const ids = docker('ps', '-aq', '--filter', `label=tender.agent=${agent}`).split('\n').filter(Boolean);
  if (ids.length > 0) docker('rm', '-fv', ...ids);
});

function stage() {
  const told = new Told();
  const sandboxes = tempFolder();
  const volumes = volumeFolders(sandboxes);
  const executor = dockerExecutor({ agent, cluster: 'test', clock, events: told, sandboxes, volumes });
  onTestFinished(() => executor.close());
  return { executor, told };
}

/** Runs to its end; what it printed. */
async function output(script: string, run: Partial<DockerRun>): Promise<string[]> {
  const { executor, told } = stage();
  const spec = container(script, { run: { kind: 'docker', ...run } as DockerRun });
  executor.launch(spec);
  await until(() => told.of(spec.id).some(({ state }) => state === 'FINISHED' || state === 'FAILED'));
  const { stdout: text } = await hear(await executor.logs(spec, { follow: false }));
  await executor.remove(spec);
  expect(told.of(spec.id).at(-1), text).toMatchObject({ state: 'FINISHED' });
  return text.trim().split('\n');
}

const networks = (): string[] =>
  docker('network', 'ls', '--format', '{{.Name}}')
    .split('\n')
    .filter((name) => name.includes(agent));

describe.skipIf(needDocker())('a container', () => {
  test('runs as its user and groups, with its name, limits and hosts', async () => {
    const said = await output(
      'id -u; id -G; hostname; ulimit -n; grep db.example /etc/hosts; cat /proc/1/comm; nproc',
      {
        container: {
          user: '1000:1000',
          groups: ['2000'],
          hostname: 'box',
          init: false,
          ulimits: { nofile: { soft: 64, hard: 128 } },
          extraHosts: { 'db.example': '10.1.2.3' },
          cpuset: '0',
        },
      },
    );
    expect(said).toEqual([
      '1000',
      '1000 2000',
      'box',
      '64',
      expect.stringMatching(/^10\.1\.2\.3\s+db\.example/),
      'sh',
      '1',
    ]);
  });

  test('has its files, of whom and how they were given, and a secret is no more than a file', async () => {
    const files = [
      { path: '/run/secrets/key', content: 'hunter2', mode: 0o400, uid: 1000, gid: 1001, secret: true },
      { path: '/etc/app/app.conf', content: Buffer.from([0, 255, 10]).toString('base64'), base64: true },
    ];
    const said = await output(
      'cat /run/secrets/key; echo; stat -c "%a %u %g" /run/secrets/key; od -An -tx1 /etc/app/app.conf',
      { files },
    );
    expect(said).toEqual(['hunter2', '400 1000 1001', ' 00 ff 0a']);
  });

  test('that can’t be written to has its files all the same, and folders in memory', async () => {
    const said = await output(
      'cat /run/secrets/key; echo; touch /x 2>/dev/null || echo refused; touch /tmp/x && echo written',
      {
        files: [{ path: '/run/secrets/key', content: 'hunter2' }],
        container: { readOnly: true, tmpfs: { '/tmp': 'size=1m' } },
      },
    );
    expect(said).toEqual(['hunter2', 'refused', 'written']);
  });

  test('without a network has none', async () => {
    expect(await output('ip -o link | wc -l', { network: 'none' })).toEqual(['1']);
  });

  test('ends by the signal that its job names', async () => {
    const { executor, told } = stage();
    const spec = container('trap "exit 7" USR1; echo up; while :; do sleep 0.1; done', {
      run: { kind: 'docker', container: { stopSignal: 'SIGUSR1' } } as DockerRun,
    });
    executor.launch(spec);
    await eventually(() => docker('logs', containerName(spec.id)) === 'up');
    executor.kill(spec.id, 20_000);
    await until(() => told.of(spec.id).some(({ exitCode }) => exitCode === 7));
    await executor.remove(spec);
  });

  const server = (text: string): string =>
    `mkdir /www; echo ${text} > /www/index.html; exec httpd -f -p 80 -h /www`;

  test('finds another one of its machine by its names, in each network that both are in; the last one takes the networks along', async () => {
    const { executor, told } = stage();
    const start = (script: string, names: string[], aliases: string[]): TaskSpec => {
      const spec = container(script, {
        run: { networks: { names, aliases } } as Partial<DockerRun> as DockerRun,
      });
      executor.launch(spec);
      return spec;
    };
    const db = start(server('found'), ['front', 'back'], ['shop-db', 'db']);
    await until(() => told.of(db.id).some(({ state }) => state === 'RUNNING'));
    for (const [network, name] of [
      ['front', 'db'],
      ['back', 'shop-db'],
    ] as const) {
      const web = start(`until wget -qO- http://${name}; do sleep 0.1; done`, [network], ['web']);
      await until(() => told.of(web.id).some(({ state }) => state === 'FINISHED'));
      await executor.remove(web);
    }
    expect(networks().sort()).toEqual([engineNetwork(agent, 'back'), engineNetwork(agent, 'front')]);
    executor.kill(db.id, 0);
    await until(() => told.of(db.id).some(({ state }) => state === 'KILLED'));
    await executor.remove(db);
    expect(networks()).toEqual([]);
  });

  test('is published for the protocols and at the address that are said', async () => {
    const { executor, told } = stage();
    const ports: Port[] = [
      { name: 'dns', host: 31_853, container: 53, protocol: 'tcp+udp' },
      { name: 'http', host: 31_880, container: 80, address: '127.0.0.1' },
    ];
    const spec: TaskSpec = { ...container('exec sleep 60'), ports };
    executor.launch(spec);
    await until(() => told.of(spec.id).some(({ state }) => state === 'RUNNING'));
    const published = docker('port', containerName(spec.id));
    expect(published).toContain('53/tcp -> 0.0.0.0:31853');
    expect(published).toContain('53/udp -> 0.0.0.0:31853');
    expect(published).toContain('80/tcp -> 127.0.0.1:31880');
    executor.kill(spec.id, 0);
    await until(() => told.of(spec.id).some(({ state }) => state === 'KILLED'));
    await executor.remove(spec);
  });
});
