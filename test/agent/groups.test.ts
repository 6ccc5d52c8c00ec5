/** Tasks that start together or not at all, and end together: first without a machine, then as real programs. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Checkpoint } from '../../src/agent/checkpoint.ts';
import { containerName } from '../../src/agent/docker/container.ts';
import type { ExecutorEvents, Report } from '../../src/agent/executor.ts';
import type { TaskId, TaskSpec } from '../../src/core/task.ts';
import { fakeExecutor, World } from '../support/fake-executor.ts';
import { slowDisk } from '../support/memory-member.ts';
import { memoryVolumes } from '../support/memory-volumes.ts';
import { needDocker, needLinux } from '../support/need.ts';
import { until } from '../support/until.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { alone } from './alone.ts';
import { realStage } from './real-stage.ts';
import { container, script, unique } from './stage.ts';

/** Named `web.0`, `web.1`, …, with one group. */
function groupOf<Specs extends readonly TaskSpec[]>(...specs: Specs): Specs {
  const group = unique('group') as TaskId;
  return specs.map((spec, index) => ({ ...spec, name: `web.${index}`, group })) as unknown as Specs;
}

async function stage() {
  const clock = virtualClock(1_000_000);
  const world = new World();
  const executors = (events: ExecutorEvents) => [fakeExecutor(world, events)];
  const machine = await alone({ clock, volumes: memoryVolumes(), executors });
  await machine.start();
  await clock.advance(1_000);
  return { ...machine, clock, world };
}

const GROUP_ENDED = { state: 'KILLED', reason: 'group_ended' } as const;
const ENDS: readonly [string, Report][] = [
  ['exited with code 1', { state: 'FAILED', reason: 'exited', message: 'exited with code 1', exitCode: 1 }],
  ['used too much', { state: 'FAILED', reason: 'out_of_memory', message: 'used too much', exitCode: 137 }],
  ['KILLED', { state: 'KILLED', reason: 'killed', message: '' }],
];

describe('a group', () => {
  it.each(ENDS)('ends when one of it ends otherwise than well, and says which (%s)', async (why, end) => {
    const { launch, clock, world, last, statuses } = await stage();
    const [a, b, c] = groupOf(script(''), script(''), script(''));
    const stranger = script('');
    launch(a, b, c);
    launch(stranger);
    await clock.advance(1_000);
    expect(world.running).toHaveLength(4);
    world.end(b.id, end);
    await clock.advance(1_000);
    expect(world.running.map(({ id }) => id)).toEqual([stranger.id]);
    const message = `web.1, of the same group, ended: ${why}`;
    expect(last(b.id)).toMatchObject(end);
    for (const { id } of [a, c]) {
      expect(last(id)).toMatchObject({ ...GROUP_ENDED, message });
      expect(statuses(id).map(({ state }) => state)).toEqual(['RUNNING', 'KILLING', 'KILLED']);
    }
  });

  it('lives on when one of it has finished its work', async () => {
    const { launch, clock, world, last } = await stage();
    const [a, b] = groupOf(script(''), script(''));
    launch(a, b);
    await clock.advance(1_000);
    world.end(a.id, { state: 'FINISHED', reason: 'exited', message: '', exitCode: 0 });
    await clock.advance(1_000);
    expect(last(b.id)).toMatchObject({ state: 'RUNNING' });
    world.end(b.id, { state: 'FINISHED', reason: 'exited', message: '', exitCode: 0 });
    await clock.advance(1_000);
    expect(last(b.id)).toMatchObject({ state: 'FINISHED' });
  });

  it('ends when one of it is told to end', async () => {
    const { launch, clock, tell, last } = await stage();
    const [a, b] = groupOf(script(''), script(''));
    launch(a, b);
    await clock.advance(1_000);
    tell({ t: 'kill', task: a.id });
    await clock.advance(1_000);
    expect(last(a.id)).toMatchObject({ state: 'KILLED', reason: 'killed' });
    expect(last(b.id)).toMatchObject(GROUP_ENDED);
  });

  it('is not started at all when its disk refuses', async () => {
    const { launch, clock, world, last, store, stop, start } = await stage();
    const specs = groupOf(script(''), script(''));
    const { commit } = store;
    Object.assign(store, { commit: () => Promise.reject(new Error('the disk is full')) });
    launch(...specs);
    await clock.advance(1_000);
    for (const { id } of specs)
      expect(last(id)).toMatchObject({ state: 'DROPPED', message: 'the disk is full' });
    Object.assign(store, { commit });
    await stop();
    await start();
    await clock.advance(1_000);
    expect(world.starts.size).toBe(0);
  });

  it('is not started at all when one of it can not be', async () => {
    const { launch, clock, world, last } = await stage();
    const volumes = [{ source: 'db', target: 'db', persistent: true }] as const;
    const [a, b] = groupOf(script(''), script('', { volumes }));
    const [c, d] = groupOf(script(''), container(''));
    launch(a, b);
    launch(c, d);
    await clock.advance(1_000);
    expect(last(b.id)).toMatchObject({ state: 'ERROR', reason: 'invalid_task' });
    expect(last(a.id)).toMatchObject(GROUP_ENDED);
    for (const { id } of [c, d]) expect(last(id)).toMatchObject({ state: 'DROPPED' });
    expect(world.starts.size).toBe(0);
  });

  it('is not started at all when one of it was killed while the disk was busy', async () => {
    const { launch, clock, world, tell, last, store } = await stage();
    slowDisk(store, clock, 300);
    const [a, b] = groupOf(script(''), script(''));
    launch(a, b);
    await clock.advance(100);
    tell({ t: 'kill', task: b.id });
    await clock.advance(5_000);
    expect(last(b.id)).toMatchObject({ state: 'KILLED', reason: 'killed_during_launch' });
    expect(last(a.id)).toMatchObject(GROUP_ENDED);
    expect(world.starts.size).toBe(0);
  });

  it.each([
    ['failed', ({ world }: Stage, [a]: Pair) => world.end(a.id, ENDS[0]![1])],
    ['vanished', ({ world }: Stage, [a]: Pair) => world.things.delete(a.id)],
  ])('ends when one of it has %s while the agent was away, whichever is found first', async (_, happens) => {
    for (const turned of [false, true]) {
      const s = await stage();
      const [a, b] = groupOf(script(''), script(''));
      s.launch(...(turned ? [b, a] : [a, b]));
      await s.clock.advance(1_000);
      await s.stop();
      happens(s, [a, b]);
      await s.start();
      await s.clock.advance(1_000);
      expect(s.world.running).toEqual([]);
      expect(s.last(b.id)).toMatchObject(GROUP_ENDED);
    }
  });
});

it('a group of which one has failed ends, even if only that was written down before the power went', async () => {
  const s = await stage();
  const [a, b] = groupOf(script(''), script(''));
  s.launch(a, b);
  await s.clock.advance(1_000);
  await s.stop();
  const [record] = new Checkpoint(s.store).load();
  const { latest } = record!;
  await new Checkpoint(s.store).accept([{ ...record!, latest: { ...latest, ...ENDS[0]![1] } }]);
  await s.start();
  await s.clock.advance(1_000);
  expect(s.last(b.id)).toMatchObject({
    ...GROUP_ENDED,
    message: 'web.0, of the same group, ended: exited with code 1',
  });
});

type Stage = Awaited<ReturnType<typeof stage>>;
type Pair = readonly [TaskSpec, TaskSpec];

const LOOP = 'while :; do sleep 0.05; done';
const fails = () => script('until [ -e go ]; do sleep 0.05; done; echo why >&2; exit 3');
const polite = () => script(`trap 'exit 0' TERM; ${LOOP}`, { killGrace: 60_000 });
const WHY = { ...GROUP_ENDED, message: 'web.0, of the same group, ended: exited with code 3: why' };

describe.skipIf(needLinux())('a group of plain programs', () => {
  it('ends together, each with its own time to end', async () => {
    const s = await realStage();
    const stubborn = script(`trap '' TERM; echo up; ${LOOP}`, { killGrace: 300 });
    const group = groupOf(fails(), stubborn, polite());
    await s.run(...group);
    await until(() => readFileSync(s.fileOf(stubborn, 'stdout'), 'utf8') === 'up\n');
    writeFileSync(s.fileOf(group[0], 'go'), '');
    expect(await s.ends(...group)).toMatchObject([
      { state: 'FAILED', exitCode: 3 },
      { ...WHY, exitCode: 137 },
      { ...WHY, exitCode: 0 },
    ]);
  });

  it('that is being ended can only be hurried: why it ends stays the same', async () => {
    const s = await realStage();
    const stubborn = script(`trap '' TERM; echo up; ${LOOP}`, { killGrace: 60_000 });
    const group = groupOf(fails(), stubborn);
    await s.run(...group);
    await until(() => readFileSync(s.fileOf(stubborn, 'stdout'), 'utf8') === 'up\n');
    writeFileSync(s.fileOf(group[0], 'go'), '');
    await until(() => s.last(stubborn.id)?.state === 'KILLING');
    s.tell({ t: 'kill', task: stubborn.id, graceMs: 100 });
    expect(await s.ends(...group)).toMatchObject([{ exitCode: 3 }, { ...WHY, exitCode: 137 }]);
  });

  it('ends with the one that failed while the agent was away', async () => {
    const s = await realStage();
    const group = groupOf(fails(), polite());
    await s.run(...group);
    await s.stop();
    writeFileSync(s.fileOf(group[0], 'go'), '');
    await until(() => readFileSync(s.fileOf(group[0], '.tender/exit'), 'utf8').trim() !== '');
    await s.start();
    expect(await s.ends(...group)).toMatchObject([
      { state: 'FAILED', exitCode: 3 },
      { ...WHY, exitCode: 0 },
    ]);
  });

  it('that is being ended when the agent dies ends all the same, for the same reason', async () => {
    const s = await realStage();
    const stubborn = script(`trap '' TERM; echo up; ${LOOP}`, { killGrace: 1_000 });
    const group = groupOf(fails(), stubborn);
    await s.run(...group);
    await until(() => readFileSync(s.fileOf(stubborn, 'stdout'), 'utf8') === 'up\n');
    writeFileSync(s.fileOf(group[0], 'go'), '');
    await until(() => s.last(stubborn.id)?.state === 'KILLING');
    await s.stop();
    await s.start();
    expect(await s.ends(...group)).toMatchObject([{ exitCode: 3 }, { ...WHY, exitCode: 137 }]);
  });
});

describe.skipIf(needLinux() || needDocker())('a group of a container and a program', () => {
  it('ends together', async () => {
    const s = await realStage(true);
    const group = groupOf(fails(), container(`trap 'exit 0' TERM; ${LOOP}`));
    await s.run(...group);
    writeFileSync(s.fileOf(group[0], 'go'), '');
    expect(await s.ends(...group)).toMatchObject([
      { state: 'FAILED', exitCode: 3 },
      { ...WHY, exitCode: 0 },
    ]);
  });

  it('ends with the container that failed while the agent was away', async () => {
    const s = await realStage(true);
    const group = groupOf(container('trap "exit 4" USR1; while :; do sleep 0.05; done'), polite());
    await s.run(...group);
    await s.stop();
    execFileSync('docker', ['kill', '-s', 'USR1', containerName(group[0].id)]);
    execFileSync('docker', ['wait', containerName(group[0].id)]);
    await s.start();
    const message = 'web.0, of the same group, ended: exited with code 4';
    expect(await s.ends(...group)).toMatchObject([
      { state: 'FAILED', exitCode: 4 },
      { ...GROUP_ENDED, message },
    ]);
  });
});
