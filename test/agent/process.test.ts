import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Cgroups } from '../../src/agent/process/cgroups.ts';
import { procOf, sessions } from '../../src/agent/process/proc-table.ts';
import { processExecutor } from '../../src/agent/process/process-executor.ts';
import { volumeFolders } from '../../src/agent/volumes.ts';
import type { TaskSpec } from '../../src/core/task.ts';
import { systemClock as clock } from '../../src/wire/system-clock.ts';
import { needLinux, needRoot } from '../support/need.ts';
import { until } from '../support/until.ts';
import { startAndDie } from './dead-agent.ts';
import { alive, fileOf, read, type Stage, shimOf, stage } from './process-stage.ts';
import { agentId, hear, listen, program, script, Told, tempFolder } from './stage.ts';

describe.skipIf(needLinux())('a plain program', () => {
  test.each([
    ['exit 127', 127, 'exited', 'exited with code 127'],
    ['kill -TERM $$$$', 143, 'signalled', 'ended by SIGTERM (exit code 143)'],
    ['kill -INT $$$$', 130, 'signalled', 'ended by SIGINT (exit code 130)'],
    ['kill -KILL $$$$', 137, 'signalled', 'ended by SIGKILL (exit code 137)'],
    ['kill -SEGV $$$$', 139, 'signalled', 'ended by SIGSEGV (exit code 139)'],
  ])('that says %s is code %i', async (text, exitCode, reason, message) => {
    const s = stage();
    const spec = script(text);
    s.executor.launch(spec);
    expect(await s.told.end(spec)).toMatchObject({ state: 'FAILED', reason, exitCode, message });
  });

  test('a signal to the whole group neither harms the shim nor hides the true code', async () => {
    const s = stage();
    const spec = script('trap "exit 9" TERM; echo ready; while :; do sleep 0.05; done');
    s.executor.launch(spec);
    await until(() => s.told.states(spec.id).includes('RUNNING') && read(s, spec, 'stdout') !== '');
    process.kill(-shimOf(s, spec), 'SIGTERM');
    expect(await s.told.end(spec)).toMatchObject({ state: 'FAILED', exitCode: 9 });
  });

  test('starts with default signal handling and no open files of the agent', async () => {
    const s = stage();
    const spec = script('grep SigIgn /proc/self/status; ls /proc/self/fd');
    s.executor.launch(spec);
    await s.told.end(spec);
    const [signals, ...files] = read(s, spec, 'stdout').trim().split('\n');
    expect(signals).toBe('SigIgn:\t0000000000000000');
    // 0, 1, 2, the folder that ls itself opens, and what whoever runs these tests left open for everybody.
    const inherited = files.filter(
      (name) => !existsSync(`/proc/${process.ppid}/fd/${name}`) || Number(name) < 4,
    );
    expect(inherited.sort()).toEqual(['0', '1', '2', '3']);
  });

  test('has its environment: the job, its ports and who it is', async () => {
    const s = stage();
    const spec = script('env; pwd', {
      env: { COLOR: 'red', TENDER_TASK: 'a lie' },
      ports: [{ name: 'web-admin', host: 31007, container: 80 }],
    });
    s.executor.launch(spec);
    await s.told.end(spec);
    const lines = read(s, spec, 'stdout').split('\n');
    const folder = join(s.sandboxes, spec.id);
    for (const line of [
      'COLOR=red',
      'PORT_WEB_ADMIN=31007',
      'HOST_PORT_WEB_ADMIN=31007',
      `TENDER_TASK=${spec.id}`,
      'TENDER_JOB=web',
      'TENDER_NAME=web.0',
      `TENDER_AGENT=${s.agent}`,
      `TENDER_SANDBOX=${folder}`,
      folder,
    ])
      expect(lines).toContain(line);
    expect(lines.some((line) => line.startsWith('VITEST'))).toBe(false);
  });

  test('gets its arguments expanded, and no shell reads them', async () => {
    const s = stage();
    const spec = program(['printf', '%s|', '$COLOR', `$\{COLOR}s`, '$$5', '$NOPE', 'a b; exit 4', '*']);
    s.executor.launch({ ...spec, env: { COLOR: 'red' } });
    expect(await s.told.end(spec)).toMatchObject({ state: 'FINISHED' });
    expect(read(s, spec, 'stdout')).toBe('red|reds|$5|$NOPE|a b; exit 4|*|');
  });

  test('named like a word of the shell is still a program', async () => {
    const s = stage();
    const spec = program(['test', '-d', '/']);
    s.executor.launch(spec);
    expect(await s.told.end(spec)).toMatchObject({ state: 'FINISHED' });
  });

  test.each([
    [
      ['no-such-program'],
      'could not start no-such-program: there is no such program in the PATH of the agent',
    ],
    [['/no/such/file'], 'could not start /no/such/file: there is no file /no/such/file'],
    [
      ['/etc/passwd'],
      'could not start /etc/passwd: /etc/passwd is not executable (for an artifact: executable: true)',
    ],
    [['/etc'], 'could not start /etc: /etc is a folder'],
    [[''], 'could not start "": the command is empty'],
  ])('that can not be started says why: %j', async (argv, message) => {
    const s = stage();
    const spec = program(argv);
    s.executor.launch(spec);
    expect(await s.told.end(spec)).toMatchObject({ state: 'FAILED', reason: 'start_failed', message });
    expect(s.told.states(spec.id)).toEqual(['FAILED']);
  });

  test('with a missing interpreter or folder says so', async () => {
    const s = stage();
    const file = join(tempFolder(), 'tool');
    writeFileSync(file, '#!/opt/nowhere/perl -w\n', { mode: 0o755 });
    const tool = program([file]);
    s.executor.launch(tool);
    expect((await s.told.end(tool)).message).toContain('its first line asks for /opt/nowhere/perl');
    const astray = program(['true'], { run: { cwd: '/no/where' } });
    s.executor.launch(astray);
    expect((await s.told.end(astray)).message).toContain('there is no folder /no/where');
  });
});

describe.skipIf(needLinux())('ending a plain program', () => {
  test('that ignores SIGTERM takes SIGKILL after the grace, grandchildren too', async () => {
    const s = stage();
    const spec = script(
      `trap '' TERM; sh -c 'sleep 300 & sleep 301' & sleep 302 & echo up; while :; do sleep 303; done`,
    );
    s.executor.launch(spec);
    await s.told.running(spec);
    const shim = shimOf(s, spec);
    await until(() => (sessions().get(shim)?.length ?? 0) >= 6);
    const pids = (sessions().get(shim) ?? []).map(({ pid }) => pid);
    const start = clock.now();
    s.executor.kill(spec.id, 300);
    expect(await s.told.end(spec)).toMatchObject({ state: 'KILLED', exitCode: 137 });
    expect(clock.now() - start).toBeGreaterThanOrEqual(290);
    await until(() => !pids.some(alive));
  });

  test('reaches children that made a process group of their own', async () => {
    const s = stage();
    const spec = script('set -m; sleep 300 & echo up; wait');
    s.executor.launch(spec);
    await until(
      () =>
        (sessions().get(existsSync(fileOf(s, spec, '.tender/pid')) ? shimOf(s, spec) : -1)?.length ?? 0) >= 3,
    );
    const pids = (sessions().get(shimOf(s, spec)) ?? []).map(({ pid }) => pid);
    s.executor.kill(spec.id, 10_000);
    expect(await s.told.end(spec)).toMatchObject({ state: 'KILLED' });
    await until(() => !pids.some(alive));
  });

  test('right after its launch never leaves it running', async () => {
    const s = stage();
    const specs = Array.from({ length: 10 }, () => program(['sleep', '300']));
    for (const spec of specs) {
      s.executor.launch(spec);
      s.executor.kill(spec.id, 1_000);
    }
    for (const spec of specs) expect((await s.told.end(spec)).state).toBe('KILLED');
  });

  test('a moment after its shim started never leaves it running', async () => {
    const s = stage();
    const specs = Array.from({ length: 10 }, () => program(['sleep', '300']));
    for (const spec of specs) {
      s.executor.launch(spec);
      void until(() => existsSync(fileOf(s, spec, '.tender/exit'))).then(() =>
        s.executor.kill(spec.id, 2_000),
      );
    }
    for (const spec of specs) expect((await s.told.end(spec)).state).toBe('KILLED');
    expect(
      [...sessions().values()].flat().filter(({ session }) => specs.some((x) => sessionOf(s, x) === session)),
    ).toEqual([]);
  });

  test('takes along what it left in the background', async () => {
    const s = stage();
    const spec = script('sleep 300 & echo $! >child; exit 0');
    s.executor.launch(spec);
    expect(await s.told.end(spec)).toMatchObject({ state: 'FINISHED' });
    const child = Number(read(s, spec, 'child'));
    await until(() => !alive(child));
  });

  test('whose shim was killed is noticed, and nothing of it stays', async () => {
    const s = stage();
    const spec = script('sleep 300');
    s.executor.launch(spec);
    await s.told.running(spec);
    const shim = shimOf(s, spec);
    await until(() => (sessions().get(shim)?.length ?? 0) >= 2);
    const pids = (sessions().get(shim) ?? []).map(({ pid }) => pid);
    process.kill(shim, 'SIGKILL');
    const end = await s.told.end(spec);
    expect(end).toMatchObject({ state: 'FAILED', reason: 'signalled' });
    expect(end.message).toContain('exit code unknown');
    await until(() => !pids.some(alive));
  });
});

const sessionOf = (s: Stage, spec: TaskSpec): number =>
  existsSync(fileOf(s, spec, '.tender/pid')) ? shimOf(s, spec) : -1;

describe.skipIf(needLinux())('after a kill -9 of the agent, a plain program', () => {
  test('runs on and is taken up again', async () => {
    const s = stage();
    const spec = script('trap "exit 5" TERM; echo up; while :; do sleep 0.05; done');
    await startAndDie('process', s.agent, s.sandboxes, spec);
    await until(() => read(s, spec, 'stdout') === 'up\n');
    expect(await s.executor.recover(spec)).toBe('running');
    expect(s.told.of(spec.id)).toEqual([]);
    expect(await s.executor.usage()).toHaveProperty([spec.id]);
    process.kill(-shimOf(s, spec), 'SIGTERM');
    expect(await s.told.end(spec)).toMatchObject({ state: 'FAILED', exitCode: 5 });
  });

  test('that ended meanwhile tells its true code and time', async () => {
    const s = stage();
    const spec = script('until [ -e go ]; do sleep 0.02; done; exit 7');
    await startAndDie('process', s.agent, s.sandboxes, spec);
    writeFileSync(fileOf(s, spec, 'go'), '');
    await until(() => readFileSync(fileOf(s, spec, '.tender/exit'), 'utf8').trim() !== '');
    expect(await s.executor.recover(spec)).toBe('ended');
    const { mtimeMs } = statSync(fileOf(s, spec, '.tender/exit'));
    expect(await s.told.end(spec)).toMatchObject({ state: 'FAILED', exitCode: 7, at: Math.round(mtimeMs) });
  });

  test('that was told to end meanwhile is KILLED, not FAILED', async () => {
    const s = stage();
    const spec = script('trap "" TERM; echo up; while :; do sleep 0.05; done', { killGrace: 100 });
    await startAndDie('process', s.agent, s.sandboxes, spec);
    writeFileSync(fileOf(s, spec, '.tender/killed'), '');
    expect(await s.executor.recover(spec)).toBe('running');
    expect(await s.told.end(spec)).toMatchObject({ state: 'KILLED', exitCode: 137 });
  });

  test('that was never started is absent, and can not start any more', async () => {
    const s = stage();
    const spec = script('true');
    expect(await s.executor.recover(spec)).toBe('absent');
    expect(await s.executor.recover(spec)).toBe('absent');
    expect(s.told.of(spec.id)).toEqual([]);
  });

  test('is not mistaken for another process with its pid, nor for one of before a reboot', async () => {
    const s = stage();
    const spec = script('sleep 300');
    await startAndDie('process', s.agent, s.sandboxes, spec);
    const record = read(s, spec, '.tender/pid').trim().split(' ');
    const [pid = '', start = '', boot = ''] = record;
    const file = fileOf(s, spec, '.tender/pid');
    writeFileSync(file, `${pid} ${start} another-boot joined\n`);
    expect(await s.executor.recover(spec)).toBe('ended');
    expect(await s.told.end(spec)).toMatchObject({ state: 'FAILED', reason: 'agent_rebooted' });
    expect(alive(Number(pid))).toBe(true);
    process.kill(-Number(pid), 'SIGKILL');

    const other = stage(s.agent, s.sandboxes);
    writeFileSync(file, `${process.pid} ${start} ${boot} joined\n`);
    expect(await other.executor.recover(spec)).toBe('ended');
    expect(await other.told.end(spec)).toMatchObject({ state: 'FAILED', reason: 'signalled' });
  });

  test('that nobody knows any more is swept, and only that', async () => {
    const s = stage();
    const [known, unknown] = [script('sleep 300'), script('sleep 300')];
    await startAndDie('process', s.agent, s.sandboxes, known);
    await startAndDie('process', s.agent, s.sandboxes, unknown);
    const [keep, gone] = [shimOf(s, known), shimOf(s, unknown)];
    const before = sessions().get(keep)!.length;
    expect(await s.executor.sweep(new Set([known.id]))).toEqual([unknown.id]);
    await until(() => !alive(gone));
    expect(sessions().get(keep)).toHaveLength(before);
  });
});

describe.skipIf(needLinux())('the output of a plain program', () => {
  test('is followed until its end', async () => {
    const s = stage();
    const spec = script('echo one; until [ -e go ]; do sleep 0.02; done; echo two; echo three >&2');
    s.executor.launch(spec);
    const { said, done } = listen(await s.executor.logs(spec, { follow: true }));
    await until(() => said.stdout === 'one\n');
    writeFileSync(fileOf(s, spec, 'go'), '');
    expect(await done).toEqual({ stdout: 'one\ntwo\n', stderr: 'three\n' });
    expect(await hear(await s.executor.logs(spec, { follow: false, tail: 1 }))).toEqual({
      stdout: 'two\n',
      stderr: 'three\n',
    });
  });

  test('can be left at any time', async () => {
    const s = stage();
    const spec = script('echo one; sleep 300');
    s.executor.launch(spec);
    const pipe = await s.executor.logs(spec, { follow: true });
    for await (const _ of pipe.output) break;
    const other = await s.executor.logs(spec, { follow: true });
    const { said, done } = listen(other);
    await until(() => said.stdout !== '');
    other.close();
    await done;
  });

  test('stays readable when the task is removed; a stranger has none', async () => {
    const s = stage();
    const spec = script('echo kept');
    s.executor.launch(spec);
    await s.told.end(spec);
    await s.executor.remove(spec);
    expect(await hear(await s.executor.logs(spec, { follow: true }))).toEqual({
      stdout: 'kept\n',
      stderr: '',
    });
    await expect(s.executor.logs(script(''), { follow: false })).rejects.toMatchObject({
      code: 'task.unknown',
    });
  });

  test('has no gap when the file is cut while it is written and followed', async () => {
    const s = stage();
    const some = 'i=0; while [ $i -lt 88 ]; do head -c 131072 /dev/zero | tr "\\0" x; i=$((i+1)); done; echo';
    const spec = script(`${some}; until [ -e go ]; do sleep 0.02; done; ${some}; echo end`);
    s.executor.launch(spec);
    const { said, done } = listen(await s.executor.logs(spec, { follow: true }));
    const part = 88 * 131_072 + 1;
    await until(() => said.stdout.length === part);
    await s.executor.usage();
    await until(() => statSync(fileOf(s, spec, 'stdout')).size === 0);
    writeFileSync(fileOf(s, spec, 'go'), '');
    expect((await done).stdout.length).toBe(2 * part + 4);
    expect(said.stdout.endsWith('\nend\n')).toBe(true);
    await s.executor.remove(spec);
    expect(readdirSync(join(s.sandboxes, spec.id))).toContain('stdout.1');
    expect(statSync(fileOf(s, spec, 'stdout')).size).toBeLessThanOrEqual(10 * 1024 ** 2);
  });
});

describe.skipIf(needLinux())('a command beside a plain program', () => {
  test('is in its sandbox', async () => {
    const s = stage();
    const spec = script('sleep 300');
    s.executor.launch(spec);
    await s.told.running(spec);
    const pipe = await s.executor.exec(spec, { argv: ['pwd'], tty: false });
    expect((await hear(pipe)).stdout).toBe(`${join(s.sandboxes, spec.id)}\n`);
  });

  test('that can not start says why', async () => {
    const s = stage();
    const spec = script('sleep 300');
    s.executor.launch(spec);
    await s.told.running(spec);
    await expect(s.executor.exec(spec, { argv: ['nope'], tty: false })).rejects.toMatchObject({
      code: 'process.start',
    });
    await expect(s.executor.exec(script(''), { argv: ['ls'], tty: false })).rejects.toMatchObject({
      code: 'task.unknown',
    });
  });
});

describe.skipIf(needLinux() || needRoot())('limits of a plain program', () => {
  test('too much memory is told as such', async () => {
    const s = stage();
    expect(await s.executor.facts()).toMatchObject({ available: true, detail: 'limits by control groups' });
    const spec = script('x=a; while :; do x=$x$x; done', { mem: 32 });
    s.executor.launch(spec);
    expect(await s.told.end(spec)).toMatchObject({
      state: 'FAILED',
      reason: 'out_of_memory',
      exitCode: 137,
      message: 'used more than its 32 MiB of memory (exit code 137)',
    });
  });

  test('its use is measured', async () => {
    const s = stage();
    const spec = script('x=$(head -c 20000000 /dev/zero | tr "\\0" x); echo up; while :; do :; done', {
      mem: 128,
    });
    s.executor.launch(spec);
    await until(() => existsSync(fileOf(s, spec, 'stdout')) && read(s, spec, 'stdout') === 'up\n');
    await s.executor.usage();
    let used = { cpus: 0, mem: 0 };
    const start = clock.now();
    while (used.cpus < 200 && clock.now() - start < 10_000) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      used = { ...used, ...(await s.executor.usage())[spec.id] };
    }
    expect(used.cpus).toBeGreaterThanOrEqual(200);
    expect(used.cpus).toBeLessThan(1_500);
    expect(used.mem).toBeGreaterThanOrEqual(19);
    expect(used.mem).toBeLessThanOrEqual(128);
  });

  test('its control group goes with it', async () => {
    const s = stage();
    const spec = script('sleep 300');
    s.executor.launch(spec);
    expect((await s.told.running(spec)).message).toBe('');
    const groups = new Cgroups(s.agent);
    expect(groups.names()).toEqual([`${shimOf(s, spec)}-${procOf(shimOf(s, spec))!.start}`]);
    s.executor.kill(spec.id, 100);
    await s.told.end(spec);
    await s.executor.remove(spec);
    await until(() => groups.names().length === 0);
  });
});

describe.skipIf(needLinux())('without control groups', () => {
  test('a program runs, and its status says what is not enforced', async () => {
    const told = new Told();
    const none = new Cgroups(agentId(), { version: 2, root: '/nonexistent' });
    const executor = processExecutor({
      agent: agentId(),
      clock,
      events: told,
      sandboxes: tempFolder(),
      volumes: volumeFolders(tempFolder()),
      cgroups: none,
    });
    onTestFinished(() => executor.close());
    const spec = script('echo up; while :; do :; done');
    executor.launch(spec);
    const { message } = await told.running(spec);
    expect(message).toMatch(/^limits not enforced: /);
    await executor.usage();
    let cpus = 0;
    while (cpus === 0) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      cpus = (await executor.usage())[spec.id]?.cpus ?? 0;
    }
    executor.kill(spec.id, 1_000);
    expect((await told.end(spec)).state).toBe('KILLED');
  });
});
