/**
 * A new agent on a machine on which another one died: the real agent with real programs and containers. What the
 * executors alone do in this case is in process.test.ts and docker.test.ts.
 */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { dirname } from 'node:path';
import type { ContainerInspectInfo } from 'dockerode';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Checkpoint } from '../../src/agent/checkpoint.ts';
import { containerName } from '../../src/agent/docker/container.ts';
import { rebootReport } from '../../src/agent/docker/ending.ts';
import { bootId, procOf } from '../../src/agent/process/proc-table.ts';
import { scalar } from '../../src/core/resources.ts';
import type { TaskSpec } from '../../src/core/task.ts';
import type { Store } from '../../src/store/store.ts';
import { systemClock } from '../../src/wire/system-clock.ts';
import { BUSYBOX, needDocker, needLinux } from '../support/need.ts';
import { until } from '../support/until.ts';
import { FRAMEWORK } from './alone.ts';
import { docker, realStage } from './real-stage.ts';
import { container, script } from './stage.ts';

const WAITS = 'until [ -e go ]; do sleep 0.02; done';
const exists = (name: string): boolean => docker('ps', '-aq', '--filter', `name=^${name}$`) !== '';
const runs = (name: string): boolean => docker('inspect', '-f', '{{.State.Running}}', name) === 'true';

/** As an agent leaves it that dies between its word and its deed. */
async function accepted(store: Store, ...specs: readonly TaskSpec[]): Promise<void> {
  const at = Date.now();
  await new Checkpoint(store).accept(
    specs.map((spec) => ({
      spec,
      framework: FRAMEWORK,
      role: 'web',
      launchedAt: at,
      latest: { task: spec.id, state: 'STAGING', reason: 'launched', message: '', at },
    })),
  );
}

/** Somebody else's container: it has these labels, or another agent's. */
function foreign(name: string, labels: Readonly<Record<string, string>>): void {
  const words = Object.entries(labels).flatMap(([label, value]) => ['--label', `${label}=${value}`]);
  docker('run', '-d', '--name', name, ...words, BUSYBOX, 'sleep', '1000');
  onTestFinished(() => void docker('rm', '-fv', name));
}

describe.skipIf(needLinux() || needDocker())('a new agent', () => {
  it('says DROPPED of what was accepted and never started, and does not start it', async () => {
    const s = await realStage(true);
    const [plain, boxed] = [script('echo started'), container('echo started')];
    await s.stop();
    await accepted(s.store, plain, boxed);
    await s.start();
    for (const end of await s.ends(plain, boxed))
      expect(end).toMatchObject({ state: 'DROPPED', reason: 'agent_restarted' });
    expect(existsSync(s.fileOf(plain, 'stdout'))).toBe(false);
    expect(exists(containerName(boxed.id))).toBe(false);
    await until(() => new Checkpoint(s.store).load().length === 0, { what: 'both are forgotten' });
  });

  it('tells the ends that came meanwhile with their true codes and times', async () => {
    const s = await realStage(true);
    const [plain, boxed] = [
      script(`${WAITS}; exit 7`),
      container('trap "exit 9" USR1; while :; do sleep 0.02; done'),
    ];
    await s.run(plain, boxed);
    await s.stop();
    writeFileSync(s.fileOf(plain, 'go'), '');
    docker('kill', '-s', 'USR1', containerName(boxed.id));
    docker('wait', containerName(boxed.id));
    await until(() => readFileSync(s.fileOf(plain, '.tender/exit'), 'utf8').trim() !== '');
    const ended = Math.round(statSync(s.fileOf(plain, '.tender/exit')).mtimeMs);
    const finished = Date.parse(docker('inspect', '-f', '{{.State.FinishedAt}}', containerName(boxed.id)));
    await s.start();
    expect(await s.ends(plain, boxed)).toMatchObject([
      { state: 'FAILED', reason: 'exited', exitCode: 7, at: ended },
      { state: 'FAILED', reason: 'exited', exitCode: 9, at: finished },
    ]);
  });

  it('stops what carries its mark and nobody knows, and touches nothing of another agent or cluster', async () => {
    const s = await realStage(true);
    const [plain, boxed] = [script(WAITS), container('sleep 1000')];
    await s.run(plain, boxed);
    const pid = Number.parseInt(readFileSync(s.fileOf(plain, '.tender/pid'), 'utf8'), 10);
    const task = `tender-other-${boxed.id}`;
    foreign(`${task}-agent`, { 'tender.cluster': 'test', 'tender.agent': 'another', 'tender.task': task });
    foreign(`${task}-cluster`, { 'tender.cluster': 'another', 'tender.agent': s.id, 'tender.task': task });
    await s.stop();
    const all = s.store.load().filter(({ space }) => space === 'task' || space === 'update');
    await s.store.commit(all.map(({ space, key }) => ({ space, key, value: null })));
    await s.start();
    await until(() => !exists(containerName(boxed.id)) && procOf(pid) === undefined, {
      what: 'the orphans are gone',
    });
    expect(s.log.filter((line) => line.includes('belongs to no known task'))).toHaveLength(2);
    expect([runs(`${task}-agent`), runs(`${task}-cluster`)]).toEqual([true, true]);
  });

  it('does not take a container of another cluster for its own, though it has the name of its task', async () => {
    const s = await realStage(true);
    const boxed = container('sleep 1000');
    await s.stop();
    await accepted(s.store, boxed);
    const name = containerName(boxed.id);
    foreign(name, { 'tender.cluster': 'another', 'tender.agent': s.id, 'tender.task': boxed.id });
    await s.start();
    expect(await s.ends(boxed)).toMatchObject([{ state: 'DROPPED' }]);
    // What the agent does with a task that is over, it has done by the time that a later one is gone, too.
    const later = container('exit 0');
    s.launch(later);
    await s.ends(later);
    await until(() => !exists(containerName(later.id)));
    expect(runs(name)).toBe(true);
  });

  it('has less to give than its tasks take: it registers that, and its tasks live', async () => {
    const s = await realStage(true);
    const [plain, boxed] = [script(`${WAITS}; exit 0`), container('sleep 1000')];
    await s.run(plain, boxed);
    await s.stop();
    await s.start('cpus:0.25;mem:32;disk:1000', { zone: 'moved' });
    const told = s.registrations().at(-1)!;
    expect([scalar(told.total, 'cpus'), scalar(told.total, 'mem')]).toEqual([250, 32_000]);
    expect(told.attributes).toEqual({ zone: 'moved' });
    expect(told.tasks.map(({ status }) => status.state)).toEqual(['RUNNING', 'RUNNING']);
    expect(runs(containerName(boxed.id))).toBe(true);
    writeFileSync(s.fileOf(plain, 'go'), '');
    expect(await s.ends(plain)).toMatchObject([{ state: 'FINISHED', exitCode: 0 }]);
  });
});

describe.skipIf(needLinux())('after a restart of the machine', () => {
  /** Its shim wrote this before; the program is not there. */
  function before(fileOf: (spec: TaskSpec, name: string) => string, spec: TaskSpec): void {
    const file = fileOf(spec, '.tender/pid');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${process.pid} 1 the-boot-before joined\n`);
    expect(bootId()).not.toBe('the-boot-before');
  }

  it('a program that ran is known to be dead, and one that had ended has its true code', async () => {
    const s = await realStage();
    const [ran, ended] = [script('x'), script('x')];
    await s.stop();
    await accepted(s.store, ran, ended);
    for (const spec of [ran, ended]) before(s.fileOf, spec);
    writeFileSync(s.fileOf(ended, '.tender/exit'), '5\n');
    await s.start();
    expect(await s.ends(ran, ended)).toMatchObject([
      { state: 'FAILED', reason: 'agent_rebooted' },
      { state: 'FAILED', reason: 'exited', exitCode: 5 },
    ]);
  });

  it.each([
    ['ran then: the code that the engine makes up is not told', -60_000, 5_000, 'agent_rebooted'],
    ['had ended before: its code is true', -60_000, -50_000, undefined],
    ['was started since: its code is true', 5_000, 10_000, undefined],
  ])('a container that %s', (_, started, finished, reason) => {
    const booted = Date.now() - uptime() * 1000;
    const State = {
      StartedAt: new Date(booted + started).toISOString(),
      FinishedAt: new Date(booted + finished).toISOString(),
    };
    const info = { State } as unknown as ContainerInspectInfo;
    expect(rebootReport(info, systemClock)?.reason).toBe(reason);
  });
});

it('another folder is another agent: it sees nothing of this one', async () => {
  const s = await realStage();
  const plain = script(WAITS);
  await s.run(plain);
  const other = await realStage();
  expect(other.sandboxes).not.toBe(s.sandboxes);
  expect(other.registrations().at(-1)!.tasks).toEqual([]);
  const pid = Number.parseInt(readFileSync(s.fileOf(plain, '.tender/pid'), 'utf8'), 10);
  expect(procOf(pid)?.state).toBeDefined();
});
