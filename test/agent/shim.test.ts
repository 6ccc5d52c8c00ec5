/** Shims that run one program after another: what one leaves behind never meets the next. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Cgroups } from '../../src/agent/process/cgroups.ts';
import { procOf, sessions } from '../../src/agent/process/proc-table.ts';
import { needLinux, needRoot } from '../support/need.ts';
import { until } from '../support/until.ts';
import { alive, fileOf, read, shimOf, stage } from './process-stage.ts';
import { program, script } from './stage.ts';

describe.skipIf(needLinux())('the shim of a plain program', () => {
  test('runs the next one when it is done, and nothing of the first meets it', async () => {
    const s = stage();
    const env = { OF_FIRST: 'yes' };
    const first = script('echo of the first >left; export LEFT=yes; trap "" TERM; cd /tmp', { env });
    s.executor.launch(first);
    await s.told.end(first);
    const second = script('env; pwd; ls; kill -TERM $$$$');
    s.executor.launch(second);
    expect(await s.told.end(second)).toMatchObject({ exitCode: 143 });
    expect(shimOf(s, second)).toBe(shimOf(s, first));
    expect(read(s, second, 'stdout')).not.toMatch(/LEFT|OF_FIRST|left/);
    expect(read(s, second, 'stdout')).toContain(`\n${join(s.sandboxes, second.id)}\n`);
  });

  test('gets no other one when it was told to end', async () => {
    const s = stage();
    const killed = program(['sleep', '300']);
    s.executor.launch(killed);
    await s.told.running(killed);
    s.executor.kill(killed.id, 5_000);
    await s.told.end(killed);
    const next = script('exit 0');
    s.executor.launch(next);
    expect((await s.told.end(next)).state).toBe('FINISHED');
    expect(shimOf(s, next)).not.toBe(shimOf(s, killed));
  });

  test.each([
    ['has left something running', 'sleep 300 & echo $! >child'],
    ['has left something running in a session of its own', 'setsid sleep 300 & echo $! >child'],
    ['has used up its memory', 'sleep 300 & echo $! >child; kill $!; (x=a; while :; do x=$x$x; done); true'],
  ])('gets no other one when its program %s', async (_, text) => {
    const s = stage();
    const [first, next] = [script(text, { mem: 32 }), script('exit 0', { mem: 32 })];
    s.executor.launch(first);
    expect((await s.told.end(first)).state).toBe('FINISHED');
    await until(() => !alive(Number(read(s, first, 'child'))));
    s.executor.launch(next);
    expect((await s.told.end(next)).state).toBe('FINISHED');
    expect(shimOf(s, next)).not.toBe(shimOf(s, first));
  });

  test('runs programs with the same limits in one control group, and others not at all', async () => {
    const s = stage();
    const [first, same, other] = [32, 32, 64].map((mem) => script('grep memory /proc/self/cgroup', { mem }));
    for (const spec of [first!, same!, other!]) {
      s.executor.launch(spec);
      await s.told.end(spec);
    }
    expect(shimOf(s, same!)).toBe(shimOf(s, first!));
    expect(read(s, same!, 'stdout')).toBe(read(s, first!, 'stdout'));
    expect(read(s, other!, 'stdout')).not.toBe(read(s, first!, 'stdout'));
    const groups = (): string[] => new Cgroups(s.agent).names();
    expect(groups()).toHaveLength(needRoot() ? 0 : 2);
    await s.executor.close();
    expect(groups()).toEqual([]);
  });

  test('leaves nothing of how its programs were started', async () => {
    const s = stage();
    const spec = script('exit 0', { env: { SECRET: 'yes' } });
    s.executor.launch(spec);
    await s.told.end(spec);
    await s.executor.close();
    expect(readdirSync(s.sandboxes).sort()).toEqual(['.shim', spec.id]);
    expect(readdirSync(fileOf(s, spec, '.tender')).sort()).toEqual(['exit', 'pid']);
  });

  test('that is killed while it waits for work is no loss', async () => {
    const s = stage();
    const first = script('exit 0');
    s.executor.launch(first);
    await s.told.end(first);
    const shim = shimOf(s, first);
    process.kill(shim, 'SIGKILL');
    await until(() => procOf(shim) === undefined); // the agent has heard of it, too
    const next = script('exit 0');
    s.executor.launch(next);
    expect((await s.told.end(next)).state).toBe('FINISHED');
  });

  test('ends with its agent when nothing runs, and else with its task', async () => {
    const s = stage();
    const [over, running] = [script('exit 0'), program(['sleep', '300'])];
    s.executor.launch(running);
    await s.told.running(running);
    s.executor.launch(over);
    await s.told.end(over);
    const [idle, busy] = [shimOf(s, over), shimOf(s, running)];
    await s.executor.close();
    await until(() => !alive(idle));
    expect(alive(busy)).toBe(true);
    for (const { pid } of sessions().get(busy) ?? []) if (pid !== busy) process.kill(pid, 'SIGKILL');
    await until(() => !alive(busy));
    expect(read(s, running, '.tender/exit').trim()).toBe('137');
  });

  test('is not taken for the shim of a task that it has done before', async () => {
    const s = stage();
    const [before, now] = [script('exit 0'), program(['sleep', '300'])];
    s.executor.launch(before);
    await s.told.end(before);
    s.executor.launch(now);
    await s.told.running(now);
    expect(shimOf(s, now)).toBe(shimOf(s, before));
    expect(await s.executor.sweep(new Set([now.id]))).toEqual([]);
    await s.executor.remove(before);
    expect(await s.executor.sweep(new Set([now.id]))).toEqual([]);
    expect(s.told.states(now.id)).toEqual(['RUNNING']);
    s.executor.kill(now.id, 0);
    await s.told.end(now);
  });

  test('says why it could not start a program', async () => {
    const s = stage();
    const spec = script('exit 0');
    s.executor.launch(spec);
    await until(() => existsSync(fileOf(s, spec, '.tender')));
    writeFileSync(fileOf(s, spec, '.tender/pid'), 'none\n');
    const end = await s.told.end(spec);
    expect(end).toMatchObject({ state: 'FAILED', reason: 'start_failed' });
    expect(end.message).toContain('exists');
  });
});

test.skipIf(needLinux())(
  'variables with names and values that mean something to a shell come through as they are',
  async () => {
    const s = stage();
    const env = {
      'with.dot': '1',
      UID: '7',
      IFS: ':',
      A: "it's $HOME `id` \\ \n two",
      control: 'x',
      stop: 'yes',
      _: 'y',
      OPTIND: 'none',
      '-i': 'z',
    };
    const spec = program([process.execPath, '-p', 'JSON.stringify(process.env)'], { env });
    s.executor.launch(spec);
    expect(await s.told.end(spec)).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(read(s, spec, 'stdout'))).toMatchObject({ ...env, PWD: join(s.sandboxes, spec.id) });
    expect(read(s, spec, 'stderr')).toBe('');
  },
);
