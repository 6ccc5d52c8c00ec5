/** What an agent says of its tasks, and when: after it is durable, again until it is acknowledged, and each end once. */
import { describe, expect, it } from 'vitest';
import type { Executor, ExecutorEvents, Report } from '../../src/agent/executor.ts';
import type { HealthCheck, TaskSpec } from '../../src/core/task.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { fakeExecutor, World } from '../support/fake-executor.ts';
import { slowDisk } from '../support/memory-member.ts';
import { memoryVolumes } from '../support/memory-volumes.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { alone } from './alone.ts';
import { script } from './stage.ts';

const FINISHED: Report = { state: 'FINISHED', reason: 'exited', message: '', exitCode: 0 };

async function stage(change: (executor: Executor) => Executor = (executor) => executor) {
  const clock = virtualClock(1_000_000);
  const world = new World();
  let events: ExecutorEvents | undefined;
  const executors = (given: ExecutorEvents): Executor[] => {
    events = given;
    return [change(fakeExecutor(world, given))];
  };
  const store = memoryStore();
  const machine = await alone({ clock, volumes: memoryVolumes(), executors, store });
  await machine.start();
  await clock.advance(1_000);
  const report = (task: TaskSpec, said: Report): void => events!.status(task.id, said);
  return { ...machine, clock, world, report };
}

/** A disk that takes nothing until it is mended. */
function fullDisk(store: Store): () => void {
  const { commit } = store;
  Object.assign(store, { commit: () => Promise.reject(new Error('the disk is full')) });
  return () => void Object.assign(store, { commit });
}

const sleeper = (more: Partial<TaskSpec> = {}): TaskSpec => script('sleep 1', more as never);

describe('a status', () => {
  it('is durable before it is sent, and a task before it is started', async () => {
    const { clock, store, world, launch, last } = await stage();
    const task = sleeper();
    const fast = slowDisk(store, clock, 500);
    launch(task);
    await clock.advance(499);
    expect(world.starts.size).toBe(0);
    await clock.advance(10);
    expect(world.starts.size).toBe(1);
    expect(last(task.id), 'it runs, and that is not written down yet').toBeUndefined();
    await clock.advance(500);
    expect(last(task.id)?.state).toBe('RUNNING');
    fast();
  });

  it('of an end is taken once: what an executor says after it changes nothing', async () => {
    const { clock, launch, report, statuses } = await stage();
    const task = sleeper();
    launch(task);
    await clock.advance(1_000);
    report(task, FINISHED);
    report(task, { ...FINISHED, state: 'FAILED', exitCode: 1 });
    report(task, { state: 'RUNNING', reason: 'started', message: '' });
    await clock.advance(120_000);
    expect(statuses(task.id).map(({ state }) => state)).toEqual(['RUNNING', 'FINISHED']);
  });

  it('is repeated after 1, 2, 4 … seconds, at most every 60, until it is acknowledged with its own uuid', async () => {
    const { clock, launch, acknowledge, tell, heardAt } = await stage();
    acknowledge(false);
    const task = sleeper();
    launch(task);
    await clock.advance(100);
    const first = heardAt(task.id)[0]!;
    await clock.advance(183_500);
    expect(heardAt(task.id).map((at) => Math.round((at - first) / 1_000))).toEqual([
      0, 1, 3, 7, 15, 31, 63, 123, 183,
    ]);
    tell({ t: 'status.ack', task: task.id, uuid: 'another' });
    await clock.advance(60_000);
    expect(heardAt(task.id)).toHaveLength(10);
    acknowledge(true);
    await clock.advance(60_000);
    expect(heardAt(task.id)).toHaveLength(11);
    await clock.advance(600_000);
    expect(heardAt(task.id)).toHaveLength(11);
  });
});

describe('on a full disk', () => {
  it('ends are told all the same, and nothing is left of their tasks, on the disk neither when there is room', async () => {
    const { clock, launch, report, store, world, last } = await stage();
    const [one, two] = [sleeper(), sleeper()];
    launch(one);
    launch(two);
    await clock.advance(1_000);
    const mend = fullDisk(store);
    report(one, FINISHED);
    await clock.advance(1_000);
    expect(last(one.id)).toMatchObject(FINISHED);
    expect([...world.things.keys()], 'its container is removed').toEqual([two.id]);
    expect(store.load().some(({ key }) => key === one.id)).toBe(true);
    mend();
    await clock.advance(10_000);
    expect(store.load().map(({ space, key }) => `${space} ${key}`)).toEqual([
      'master epoch',
      `task ${two.id}`,
    ]);
  });

  it('a new master is heard, and remembered as soon as there is room', async () => {
    const s = await stage();
    const [task, more] = [sleeper(), sleeper()];
    s.launch(task);
    await s.clock.advance(1_000);
    await s.stop();
    await s.store.commit([{ space: 'master', key: 'epoch', value: null }]);
    const mend = fullDisk(s.store);
    await s.start();
    await s.clock.advance(1_000);
    expect(
      s
        .registrations()
        .at(-1)!
        .tasks.map(({ spec }) => spec.id),
    ).toEqual([task.id]);
    s.launch(more);
    await s.clock.advance(1_000);
    expect(s.last(more.id)).toMatchObject({ state: 'DROPPED', message: 'the disk is full' });
    mend();
    await s.clock.advance(10_000);
    expect(s.store.load().find(({ space }) => space === 'master')?.value).toBe('1');
  });
});

const health: HealthCheck = {
  check: { kind: 'command', argv: ['check'] },
  interval: 1_000,
  timeout: 500,
  grace: 0,
  failures: 1_000,
};

describe('readiness', () => {
  it('is told from the start, and still holds when a new agent takes the task up', async () => {
    const { clock, launch, world, statuses, stop, start } = await stage();
    let code = 4;
    world.command = (_, [command]) => (command === 'check' ? 0 : code);
    const task = sleeper({ health, readiness: { ...health, check: { kind: 'command', argv: ['ready'] } } });
    launch(task);
    await clock.advance(2_000);
    code = 0;
    await clock.advance(2_000);
    await stop();
    await start();
    await clock.advance(200);
    const told = statuses(task.id).map(({ reason, healthy, ready, message }) =>
      `${reason}: ${healthy} ${ready} ${message}`.trim(),
    );
    expect(told).toEqual([
      'started: undefined false',
      'health_changed: true false',
      'health_changed: true false the check command exited with 4',
      'health_changed: true true',
      'agent_restarted: true true taken up again by a new agent',
    ]);
  });

  it('is not spoken of where nobody checks it', async () => {
    const { clock, launch, last } = await stage();
    const task = sleeper();
    launch(task);
    await clock.advance(5_000);
    expect(last(task.id)).not.toHaveProperty('ready', expect.anything());
  });
});

describe('a kill', () => {
  it('ends the health checks at once, however long the task takes to end', async () => {
    let checks = 0;
    const { clock, launch, tell, last } = await stage((executor) => ({
      ...executor,
      kill() {}, // it takes its time
      exec: async () => {
        checks += 1;
        throw new Error('not well');
      },
    }));
    const task = sleeper({ health });
    launch(task);
    await clock.advance(5_000);
    expect(checks).toBeGreaterThan(2);
    tell({ t: 'kill', task: task.id });
    await clock.advance(1);
    const before = checks;
    await clock.advance(60_000);
    expect(checks).toBe(before);
    expect(last(task.id)?.state).toBe('KILLING');
  });

  it('of a task that is not there changes nothing', async () => {
    const { clock, tell, launch, last } = await stage();
    tell({ t: 'kill', task: 'nobody' as never });
    const task = sleeper();
    launch(task);
    await clock.advance(1_000);
    expect(last(task.id)?.state).toBe('RUNNING');
  });
});
