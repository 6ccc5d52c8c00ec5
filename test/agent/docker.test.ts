import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, connect as netConnect, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { containerName } from '../../src/agent/docker/container.ts';
import { systemClock as clock } from '../../src/wire/system-clock.ts';
import { BUSYBOX, needDocker } from '../support/need.ts';
import { until } from '../support/until.ts';
import { startAndDie } from './dead-agent.ts';
import { docker, exists, dockerStage as stage } from './docker-stage.ts';
import { fakeRegistry } from './fake-registry.ts';
import { refusingEngine } from './refusing-engine.ts';
import { container, hear, listen, tempFolder, unique } from './stage.ts';

const SOCKET = '/var/run/docker.sock';
/** Stands between an executor and the engine, and can go away. */
async function proxy(
  path: string,
): Promise<{ server: Server; cut: () => Promise<void>; mend: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = netConnect(SOCKET);
    for (const [a, b] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(a);
      a.on('error', () => b.destroy());
      a.on('close', () => b.destroy());
      a.pipe(b);
    }
  });
  const mend = async (): Promise<void> => {
    server.listen(path);
    await once(server, 'listening');
  };
  const cut = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  await mend();
  return { server, cut, mend };
}

describe.skipIf(needDocker())('a container', () => {
  test('is of an engine that says its version', async () => {
    expect(await stage().executor.facts()).toMatchObject({
      available: true,
      detail: expect.stringMatching(/^Docker \d+/),
    });
  });

  test('is kept on the disk that its engine names; of one that may not be asked none is known', async () => {
    const { executor } = stage();
    await executor.facts();
    expect(executor.disk!()).toBe(docker('info', '--format', '{{.DockerRootDir}}'));
    const socket = await refusingEngine((request) => request.endsWith('/info'));
    const { executor: other } = stage({ socket });
    expect(await other.facts()).toMatchObject({ available: true });
    expect(other.disk!()).toBeUndefined();
  });

  test('that is ended by a signal says which', async () => {
    const s = stage();
    const spec = container('kill -9 $$');
    s.executor.launch(spec);
    expect(await s.told.end(spec)).toMatchObject({
      state: 'FAILED',
      reason: 'signalled',
      exitCode: 137,
      message: 'ended by SIGKILL (exit code 137)',
    });
  });

  test('has its environment, its labels and its limits', async () => {
    const s = stage();
    const ports = [{ name: 'http', host: 31877, container: 8080 }];
    const spec = container('env; sleep 300', { env: { COLOR: 'red' }, ports, labels: { team: 'a' } });
    s.executor.launch(spec);
    await s.told.running(spec);
    const { said } = listen(await s.executor.logs(spec, { follow: true }));
    await until(() => said.stdout.includes('TENDER_AGENT'));
    for (const line of ['COLOR=red', 'PORT_HTTP=8080', 'HOST_PORT_HTTP=31877', `TENDER_TASK=${spec.id}`])
      expect(said.stdout.split('\n')).toContain(line);
    const [info] = JSON.parse(docker('inspect', containerName(spec.id)));
    expect(info.Config.Labels).toMatchObject({ team: 'a', 'tender.task': spec.id, 'tender.job': 'web' });
    expect(info.HostConfig).toMatchObject({
      Init: true,
      AutoRemove: false,
      CpuShares: 512,
      Memory: 64 * 1024 ** 2,
    });
    expect(info.HostConfig.MemorySwap).toBe(info.HostConfig.Memory);
  });

  test('answers on its ports, and keeps files in its volumes', async () => {
    const s = stage();
    const folder = tempFolder();
    writeFileSync(join(folder, 'index.html'), 'hello from a volume');
    const spec = container('exec httpd -f -p $PORT_HTTP -h /site', {
      ports: [{ name: 'http', host: 31878, container: 80 }],
      volumes: [{ source: folder, target: '/site', readOnly: true }],
    });
    s.executor.launch(spec);
    await s.told.running(spec);
    let answer = '';
    const start = clock.now();
    while (answer === '' && clock.now() - start < 10_000)
      answer = await fetch('http://127.0.0.1:31878/').then(
        (reply) => reply.text(),
        () => '',
      );
    expect(answer).toBe('hello from a volume');
    const other = container('sleep 300', { ports: [{ name: 'http', host: 31878, container: 80 }] });
    s.executor.launch(other);
    const end = await s.told.end(other);
    expect(end).toMatchObject({ state: 'FAILED', reason: 'start_failed' });
    expect(end.message).toContain('port 31878 of this machine is');
  });

  test('on the host network listens on the host port', async () => {
    const s = stage();
    const spec = container('exec httpd -f -p $PORT_HTTP -h /www', {
      run: { network: 'host' },
      ports: [{ name: 'http', host: 31879, container: 80 }],
    });
    s.executor.launch(spec);
    await s.told.running(spec);
    let answer = '';
    const start = clock.now();
    while (answer === '' && clock.now() - start < 10_000)
      answer = await fetch('http://127.0.0.1:31879/').then(
        (reply) => reply.text(),
        () => '',
      );
    expect(answer).toContain('hello from busybox');
  });

  test('gets the devices that it asked for, under its own names', async () => {
    const s = stage();
    expect(await s.executor.facts()).toMatchObject({ platform: expect.stringMatching(/^linux\/\w+$/) });
    const devices = [{ host: '/dev/null', container: '/dev/zigbee', permissions: 'rw' }];
    const spec = container('test -c /dev/zigbee && echo > /dev/zigbee', { run: { devices } });
    s.executor.launch(spec);
    expect(await s.told.end(spec)).toMatchObject({ state: 'FINISHED' });
  });

  test('that takes too much memory is told as such', async () => {
    const s = stage();
    const spec = container('x=a; while :; do x=$x$x; done', { mem: 16 });
    s.executor.launch(spec);
    expect(await s.told.end(spec)).toMatchObject({
      state: 'FAILED',
      reason: 'out_of_memory',
      exitCode: 137,
      message: 'used more than its 16 MiB of memory (exit code 137)',
    });
  });

  test.each([
    [
      { args: ['no-such-program'] },
      'start_failed',
      'could not start "no-such-program": the image has no such program',
    ],
    [{ image: 'tender-test/none:1', pull: 'never' as const }, 'image_failed', 'never to pull it'],
    [{ image: 'localhost:1/none' }, 'image_failed', 'the registry at'],
    [{ image: 'Not A Name' }, 'image_failed', 'this is no name of an image'],
  ])('that can not start says why: %j', async (run, reason, message) => {
    const s = stage();
    const spec = container('', { run });
    s.executor.launch(spec);
    const end = await s.told.end(spec);
    expect(end).toMatchObject({ state: 'FAILED', reason });
    expect(end.message).toContain(message);
    expect(end.message).not.toContain('HTTP code');
  });

  test('with too little memory to live is refused in words', async () => {
    const s = stage();
    const spec = container('true', { mem: 1 });
    s.executor.launch(spec);
    const end = await s.told.end(spec);
    expect(end).toMatchObject({ state: 'FAILED', reason: 'start_failed' });
    expect(end.message).toMatch(/memory/i);
  });

  test('its use is measured without asking the engine', async () => {
    const s = stage();
    const spec = container('while :; do :; done');
    s.executor.launch(spec);
    await s.told.running(spec);
    await s.executor.usage();
    let cpus = 0;
    const start = clock.now();
    while (cpus < 200 && clock.now() - start < 10_000) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      cpus = (await s.executor.usage())[spec.id]?.cpus ?? 0;
    }
    expect(cpus).toBeGreaterThanOrEqual(200);
  });
});

describe.skipIf(needDocker())('ending a container', () => {
  test('during its launch leaves no container', async () => {
    const s = stage();
    const spec = container('sleep 300');
    s.executor.launch(spec);
    s.executor.kill(spec.id, 1_000);
    expect(await s.told.end(spec)).toMatchObject({ state: 'KILLED', reason: 'killed_during_launch' });
    expect(exists(spec)).toBe(false);
  });

  test('at any moment of its launch ends in KILLED', async () => {
    const s = stage();
    const specs = [0, 20, 60, 120, 200, 300].map((wait) => ({ wait, spec: container('sleep 300') }));
    for (const { wait, spec } of specs) {
      s.executor.launch(spec);
      clock.after(wait, () => s.executor.kill(spec.id, 1_000));
    }
    for (const { spec } of specs) expect((await s.told.end(spec)).state).toBe('KILLED');
  });

  test('by someone else is a failure that says so', async () => {
    const s = stage();
    const spec = container('sleep 300');
    s.executor.launch(spec);
    await s.told.running(spec);
    docker('rm', '-f', containerName(spec.id));
    expect(await s.told.end(spec)).toMatchObject({ state: 'FAILED', reason: 'signalled' });
  });
});

describe.skipIf(needDocker())('pulling an image', () => {
  test('is a state with progress, and the image then runs', async () => {
    const registry = await fakeRegistry({ repository: unique('app'), slices: 12, pause: 200 });
    const s = stage();
    const spec = container('echo pulled', { run: { image: registry.image } });
    onTestFinished(() => void docker('rmi', '-f', registry.image));
    s.executor.launch(spec);
    expect(await s.told.end(spec)).toMatchObject({ state: 'FINISHED' });
    const pulls = s.told.of(spec.id).filter(({ reason }) => reason === 'pulling_image');
    expect(pulls[0]).toMatchObject({ state: 'STARTING', message: `pulling ${registry.image}` });
    expect(pulls.at(-1)?.message).toMatch(/pulling \S+: \d+ % of \d+ MiB$/);
    expect(pulls.length).toBeLessThan(6);
  });

  test('is torn off by a kill, and nothing is left', async () => {
    const registry = await fakeRegistry({ repository: unique('app'), slices: 500, pause: 200 });
    const s = stage();
    const spec = container('echo pulled', { run: { image: registry.image } });
    s.executor.launch(spec);
    await until(() => s.told.of(spec.id).some(({ reason }) => reason === 'pulling_image'));
    s.executor.kill(spec.id, 60_000);
    expect(await s.told.end(spec)).toMatchObject({ state: 'KILLED', reason: 'killed_during_launch' });
    expect(exists(spec)).toBe(false);
  });

  test('of what the registry does not have fails in words', async () => {
    const registry = await fakeRegistry({ repository: unique('app'), slices: 1, pause: 0 });
    const s = stage();
    const image = registry.image.replace(':1', ':2');
    const spec = container('', { run: { image } });
    s.executor.launch(spec);
    expect(await s.told.end(spec)).toMatchObject({
      reason: 'image_failed',
      message: `image ${image} could not be had: the registry has no such tag`,
    });
  });
});

describe.skipIf(needDocker())('after a kill -9 of the agent, a container', () => {
  test('runs on and is taken up again', async () => {
    const s = stage();
    const spec = container('trap "exit 5" USR1; while :; do sleep 0.05; done');
    await startAndDie('docker', s.agent, s.sandboxes, spec);
    expect(await s.executor.recover(spec)).toBe('running');
    expect(s.told.of(spec.id)).toEqual([]);
    docker('kill', '-s', 'USR1', containerName(spec.id));
    expect(await s.told.end(spec)).toMatchObject({ state: 'FAILED', exitCode: 5 });
  });

  test('that ended meanwhile tells its true code and time', async () => {
    const s = stage();
    const spec = container('trap "exit 7" USR1; while :; do sleep 0.05; done');
    await startAndDie('docker', s.agent, s.sandboxes, spec);
    docker('kill', '-s', 'USR1', containerName(spec.id));
    docker('wait', containerName(spec.id));
    expect(await s.executor.recover(spec)).toBe('ended');
    const finished = Date.parse(docker('inspect', '-f', '{{.State.FinishedAt}}', containerName(spec.id)));
    expect(await s.told.end(spec)).toMatchObject({ state: 'FAILED', exitCode: 7, at: finished });
  });

  test('that was never started is absent', async () => {
    const s = stage();
    const spec = container('true');
    expect(await s.executor.recover(spec)).toBe('absent');
    docker(
      'create',
      '--name',
      containerName(spec.id),
      '--label',
      'tender.cluster=test',
      '--label',
      `tender.agent=${s.agent}`,
      '--label',
      `tender.task=${spec.id}`,
      BUSYBOX,
    );
    expect(await s.executor.recover(spec)).toBe('absent');
    expect(exists(spec)).toBe(false);
  });

  test('that nobody knows is swept; those of others stay', async () => {
    const [s, other] = [stage(), stage()];
    const [known, unknown, foreign] = [
      container('sleep 300'),
      container('sleep 300'),
      container('sleep 300'),
    ];
    await startAndDie('docker', s.agent, s.sandboxes, known);
    await startAndDie('docker', s.agent, s.sandboxes, unknown);
    other.executor.launch(foreign);
    await other.told.running(foreign);
    expect(await s.executor.sweep(new Set([known.id]))).toEqual([unknown.id]);
    expect([known, unknown, foreign].map(exists)).toEqual([true, false, true]);
  });
});

describe.skipIf(needDocker())('the output of a container', () => {
  test('is followed, cut to its last lines, and readable after its removal', async () => {
    const s = stage();
    const spec = container('for i in 1 2 3; do echo line $i; sleep 0.05; done; echo bad >&2');
    s.executor.launch(spec);
    const all = { stdout: 'line 1\nline 2\nline 3\n', stderr: 'bad\n' };
    expect(await hear(await s.executor.logs(spec, { follow: true }))).toEqual(all);
    await s.told.end(spec);
    expect(await hear(await s.executor.logs(spec, { follow: false, tail: 2 }))).toEqual({
      stdout: 'line 3\n',
      stderr: 'bad\n',
    });
    await s.executor.remove(spec);
    expect(exists(spec)).toBe(false);
    expect(readFileSync(join(s.sandboxes, spec.id, 'stdout'), 'utf8')).toBe(all.stdout);
    expect(await hear(await s.executor.logs(spec, { follow: false }))).toEqual(all);
    await expect(s.executor.logs(container(''), { follow: false })).rejects.toMatchObject({
      code: 'task.unknown',
    });
  });

  test('of a chatty one is kept to the last MiB', async () => {
    const s = stage();
    const spec = container('yes 0123456789012345678901234567890123456789 | head -n 60000; echo last');
    s.executor.launch(spec);
    await s.told.end(spec);
    await s.executor.remove(spec);
    const saved = readFileSync(join(s.sandboxes, spec.id, 'stdout'), 'utf8');
    expect(saved.length).toBe(1024 ** 2);
    expect(saved.endsWith('last\n')).toBe(true);
    expect(existsSync(join(s.sandboxes, spec.id, 'stderr'))).toBe(true);
  });
});

describe.skipIf(needDocker())('an engine that goes away', () => {
  test('loses no task: what ended meanwhile is told when it is back', async () => {
    const socket = join(tempFolder(), 'docker.sock');
    const line = await proxy(socket);
    const s = stage({ socket });
    const [stays, ends] = [
      container('sleep 300'),
      container('trap "exit 8" USR1; while :; do sleep 0.05; done'),
    ];
    s.executor.launch(stays);
    s.executor.launch(ends);
    await Promise.all([s.told.running(stays), s.told.running(ends)]);
    await line.cut();
    expect(await s.executor.facts()).toMatchObject({
      available: false,
      detail: expect.stringContaining('nothing is at'),
    });
    docker('kill', '-s', 'USR1', containerName(ends.id));
    docker('wait', containerName(ends.id));
    expect(s.told.states(ends.id)).toEqual(['RUNNING']);
    const late = container('true');
    s.executor.launch(late);
    expect(await s.told.end(late)).toMatchObject({
      reason: 'start_failed',
      message: expect.stringContaining('no Docker engine'),
    });
    s.executor.kill(stays.id, 100);
    await line.mend();
    expect(await s.told.end(ends)).toMatchObject({ state: 'FAILED', exitCode: 8 });
    expect(await s.told.end(stays)).toMatchObject({ state: 'KILLED' });
  });

  test('at the start of the agent makes a task wait, not vanish', async () => {
    const folder = tempFolder();
    const socket = join(folder, 'docker.sock');
    const first = stage();
    const spec = container('sleep 300');
    await startAndDie('docker', first.agent, first.sandboxes, spec);
    const orphan = container('sleep 300');
    await startAndDie('docker', first.agent, first.sandboxes, orphan);
    // Created and not started: its exit code is 0, and means nothing.
    const created = container('true');
    const mark = { 'tender.cluster': 'test', 'tender.agent': first.agent, 'tender.task': created.id };
    const labels = Object.entries(mark).flatMap(([name, value]) => ['--label', `${name}=${value}`]);
    docker('create', '--name', containerName(created.id), ...labels, BUSYBOX);
    const gone = container('true');
    const s = stage({ ...first, socket });
    for (const one of [spec, created, gone]) expect(await s.executor.recover(one)).toBe('unknown');
    const known = new Set([spec.id, created.id, gone.id]);
    expect(await s.executor.sweep(known)).toEqual([]);
    expect(s.told.of(spec.id)).toEqual([]);
    await proxy(socket);
    for (const one of [gone, created]) expect(await s.told.end(one)).toMatchObject({ state: 'GONE' });
    expect(await s.told.running(spec)).toMatchObject({ reason: 'agent_restarted' });
    expect([spec, created].map(exists)).toEqual([true, false]);
    await s.executor.facts();
    await until(() => !exists(orphan), { what: 'what nobody knows is swept after all' });
    await until(() => docker('ps', '-q', '--filter', `name=${containerName(spec.id)}`) !== '');
    expect(await s.executor.sweep(known)).toEqual([]);
  });
});
