/** What every executor does alike, of containers on a real engine and of plain programs on this very machine. */
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { systemClock as clock } from '../../src/wire/system-clock.ts';
import { needDocker, needLinux } from '../support/need.ts';
import { until } from '../support/until.ts';
import { dockerStage } from './docker-stage.ts';
import { stage as processStage } from './process-stage.ts';
import { bytes, container, hear, listen, script, unique } from './stage.ts';

const KINDS = [
  { kind: 'a container', why: needDocker(), stage: () => dockerStage(), shell: container },
  { kind: 'a plain program', why: needLinux(), stage: () => processStage(), shell: script },
];

for (const { kind, why, stage, shell } of KINDS)
  describe.skipIf(why)(kind, () => {
    /** It runs. */
    async function run(text: string) {
      const s = stage();
      const spec = shell(text, { env: { COLOR: 'red' } });
      s.executor.launch(spec);
      await s.told.running(spec);
      return { ...s, spec };
    }

    test('runs, and ends with what it says', async () => {
      const s = stage();
      const spec = shell('echo out; echo err >&2; sleep 0.1');
      s.executor.launch(spec);
      const end = await s.told.end(spec);
      expect(s.told.states(spec.id)).toEqual(['RUNNING', 'FINISHED']);
      expect(end).toMatchObject({ reason: 'exited', exitCode: 0, message: '' });
      expect(Math.abs(clock.now() - (end.at ?? 0))).toBeLessThan(10_000);
      expect(await hear(await s.executor.logs(spec, { follow: false }))).toEqual({
        stdout: 'out\n',
        stderr: 'err\n',
      });
    });

    test.each([
      ['exit 3', 3, 'exited with code 3'],
      ['echo because >&2; exit 7', 7, 'exited with code 7: because'],
    ])('that says %s is code %i', async (text, exitCode, message) => {
      const s = stage();
      const spec = shell(text);
      s.executor.launch(spec);
      const end = { state: 'FAILED', reason: 'exited', exitCode, message };
      expect(await s.told.end(spec)).toMatchObject(end);
    });

    test('that handles SIGTERM finishes its work', async () => {
      const { executor, told, spec } = await run(
        'trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.05; done',
      );
      const { said, done } = listen(await executor.logs(spec, { follow: true }));
      await until(() => said.stdout === 'up\n');
      executor.kill(spec.id, 20_000);
      expect(await told.end(spec)).toMatchObject({ state: 'KILLED', reason: 'killed', exitCode: 0 });
      expect((await done).stdout).toBe('up\nbye\n');
    });

    test('that ignores SIGTERM takes SIGKILL; a second kill only shortens the time', async () => {
      const { executor, told, spec } = await run('trap "" TERM; echo up; while :; do sleep 0.05; done');
      const { said } = listen(await executor.logs(spec, { follow: true }));
      await until(() => said.stdout === 'up\n');
      const start = clock.now();
      executor.kill(spec.id, 60_000);
      executor.kill(spec.id, 300);
      executor.kill(spec.id, 60_000);
      expect(await told.end(spec)).toMatchObject({ state: 'KILLED', exitCode: 137 });
      expect(clock.now() - start).toBeGreaterThanOrEqual(290);
      expect(clock.now() - start).toBeLessThan(10_000);
    });

    describe('has commands in it', () => {
      test('that read, write and give their code', async () => {
        const { executor, spec } = await run('sleep 300');
        const argv = ['sh', '-c', 'cat; echo $COLOR >&2; exit 4'];
        const pipe = await executor.exec(spec, { argv, tty: false });
        await pipe.write(bytes('in\n'));
        pipe.end();
        expect(await hear(pipe)).toEqual({ stdout: 'in\n', stderr: 'red\n' });
        expect(pipe.exitCode()).toBe(4);
      });

      test('that have the size of a terminal, also when it changes', async () => {
        const { executor, spec } = await run('sleep 300');
        const wait = (size: string): string =>
          `until [ "$(stty size)" = "${size}" ]; do sleep 0.05; done; echo saw ${size};`;
        const argv = ['sh', '-c', `${wait('33 101')} ${wait('20 90')} test -t 0 && exit 6`];
        const pipe = await executor.exec(spec, { argv, tty: true, columns: 101, rows: 33 });
        const { said, done } = listen(pipe);
        await until(() => said.stdout.includes('saw 33 101'));
        pipe.resize(90, 20);
        await done;
        expect(said.stdout).toContain('saw 20 90');
        expect(pipe.exitCode()).toBe(6);
      });

      test('that see the size of the terminal in the first line that is typed', async () => {
        const { executor, spec } = await run('sleep 300');
        const pipe = await executor.exec(spec, { argv: ['sh'], tty: true, columns: 101, rows: 33 });
        const { said, done } = listen(pipe);
        await pipe.write(bytes('stty size; exit\n'));
        await done;
        expect(said.stdout).toContain('33 101');
      });

      test('that die when they are closed', async () => {
        const { executor, spec } = await run('sleep 300');
        const mark = unique('mark');
        const isUp = (): boolean => execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).includes(mark);
        const argv = ['sh', '-c', `echo up; while :; do sleep 0.05; done # ${mark}`];
        const pipe = await executor.exec(spec, { argv, tty: false });
        const { said, done } = listen(pipe);
        await until(() => said.stdout === 'up\n');
        expect(isUp()).toBe(true);
        pipe.close();
        await done;
        await until(() => !isUp());
      });

      test('only while it runs', async () => {
        const s = stage();
        const spec = shell('true');
        s.executor.launch(spec);
        await s.told.end(spec);
        await expect(s.executor.exec(spec, { argv: ['ls'], tty: false })).rejects.toMatchObject({
          code: 'task.not_running',
        });
      });
    });
  });
