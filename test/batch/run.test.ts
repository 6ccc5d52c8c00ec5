/** Runs of a batch job: which instances are started, which again, and when it is over. */
import { describe, expect, it } from 'vitest';
import type { AgentId, TaskStatus } from '../../src/core/task.ts';
import type { TaskState } from '../../src/core/task-state.ts';
import { agentView, BatchWorld } from '../support/batch-view.ts';

const worked = (input: ConstructorParameters<typeof BatchWorld>[0]): BatchWorld => {
  const world = new BatchWorld(input);
  world.settle();
  return world;
};
const counters = (world: BatchWorld) => {
  const { place, stop } = world.plan();
  return { place: place.map(({ index }) => index), stop: stop.map(({ instance }) => instance.name) };
};
const failedAndWaited = (world: BatchWorld): void => {
  world.fails('job.0');
  world.pass(500);
};
const NOTHING = { place: [], stop: [] };

describe('a plain job', () => {
  it('runs all its instances once, and is complete then', () => {
    const world = worked({ count: 3 });
    expect(world.live()).toEqual(['job.0', 'job.1', 'job.2']);
    expect(world.status()).toBe('active');
    for (const name of world.live()) world.ends(name);
    world.settle();
    expect(counters(world)).toEqual(NOTHING);
    expect(world.status()).toBe('complete');
    expect(world.results()).toEqual({ 1: 'complete' });
  });

  it('runs no more at a time than it may, the lowest first', () => {
    const world = worked({ count: 5, parallelism: 2 });
    expect(world.live()).toEqual(['job.0', 'job.1']);
    world.ends('job.0');
    world.settle();
    expect(world.live()).toEqual(['job.1', 'job.2']);
  });

  it('tells each instance which one it is', () => {
    const world = new BatchWorld({ count: 2 });
    expect(world.plan().place.map(({ env }) => env)).toEqual([
      { TENDER_INDEX: '0', TENDER_COUNT: '2', TENDER_RUN: '1', TENDER_ATTEMPT: '1' },
      { TENDER_INDEX: '1', TENDER_COUNT: '2', TENDER_RUN: '1', TENDER_ATTEMPT: '1' },
    ]);
  });

  it('stops only what it has when it is stopped', () => {
    const world = worked({ count: 2 });
    world.stopping = true;
    expect(counters(world)).toEqual({ place: [], stop: ['job.0', 'job.1'] });
    world.becomes('job.0', 'KILLING');
    world.ends('job.0', 'KILLED');
    expect(counters(world)).toEqual({ place: [], stop: ['job.1'] });
  });

  it('runs again, from the start, under a number of its own when somebody says so', () => {
    const world = worked({ count: 1 });
    world.ends('job.0');
    world.settle();
    expect(world.call('run-now')).toEqual({ job: 'job', run: 2 });
    world.settle();
    expect(world.live()).toEqual(['job.2.0']);
  });
});

describe('a completed, lost or failed instance', () => {
  it.each<[string, (world: BatchWorld) => void, number[]]>([
    ['completed', (world) => world.ends('job.0'), []],
    ['failed', failedAndWaited, [0]],
    ['stopped by a person', (world) => world.ends('job.0', 'KILLED', { reason: 'killed' }), [0]],
    [
      'on a machine that is gone',
      (world) => world.ends('job.0', 'GONE_BY_OPERATOR', { reason: 'agent_gone' }),
      [0],
    ],
    ['that had to make room', (world) => world.ends('job.0', 'KILLED', { reason: 'preempted' }), [0]],
    ['drained away', (world) => world.ends('job.0', 'KILLED', { reason: 'agent_draining' }), [0]],
    [
      'whose machine was restarted',
      (world) => world.ends('job.0', 'FAILED', { reason: 'agent_rebooted' }),
      [0],
    ],
  ])('%s', (_, ends, placed) => {
    const world = worked({ count: 2 });
    ends(world);
    const started = world.live().filter((name) => name === 'job.0');
    expect([...started.map(() => 0), ...counters(world).place]).toEqual(placed);
  });

  it('completed on a machine that is drained now is not run again', () => {
    const world = worked({ count: 1 });
    world.ends('job.0');
    world.agents.set('a' as AgentId, agentView('a', { withdrawn: 'drained' }));
    world.settle();
    expect(counters(world)).toEqual(NOTHING);
  });

  it('goes on while its machine is drained: what the deadline ends then is run elsewhere', () => {
    const world = worked({ count: 1 });
    world.agents.set('a' as AgentId, agentView('a', { withdrawn: 'draining' }));
    expect(counters(world)).toEqual(NOTHING);
  });

  it('of three the two that run are left alone: only the third is placed', () => {
    const world = worked({ count: 3 });
    world.ends('job.2', 'KILLED', { reason: 'killed' });
    expect(counters(world)).toEqual({ place: [2], stop: [] });
  });
});

describe('retries', () => {
  const EXIT = (exitCode: number): [TaskState, Partial<TaskStatus>] => ['FAILED', { exitCode }];

  it('come after waits that double, until there were three of them', () => {
    const world = worked({ count: 1 });
    for (const wait of [500, 1_000, 2_000]) {
      world.fails('job.0');
      expect(world.plan().waitUntil).toBe(world.now + wait);
      world.pass(wait - 1);
      expect(world.live()).toEqual([]);
      world.pass(1);
      expect(world.live()).toEqual(['job.0']);
    }
    world.fails('job.0', 7);
    world.settle();
    expect(world.status()).toBe('failed');
    expect(world.call('runs')).toMatchObject({
      runs: [{ failed: 1, failures: [{ index: 0, attempts: 4, exitCode: 7, name: 'job.0' }] }],
    });
  });

  it.each<[string, object, [TaskState, Partial<TaskStatus>], boolean]>([
    ['any code but 0', {}, EXIT(3), true],
    ['a code that is never tried again', { never: [3] }, EXIT(3), false],
    ['another code', { never: [3] }, EXIT(4), true],
    ['one of the only codes', { only: [3] }, EXIT(3), true],
    ['none of the only codes', { only: [3] }, EXIT(4), false],
    ['a program that never started, where there are only codes', { only: [3] }, ['FAILED', {}], false],
    ['a program that never started', { never: [3] }, ['FAILED', { reason: 'start_failed' }], true],
    ['no attempts at all', { attempts: 0 }, EXIT(1), false],
  ])('after %s', (_, retry, [state, status], again) => {
    const world = worked({ count: 1, retry: retry as never });
    world.ends('job.0', state, status);
    world.pass(60_000);
    expect(world.live()).toEqual(again ? ['job.0'] : []);
    expect(world.status()).toBe(again ? 'active' : 'failed');
  });

  it('do not count what was not the fault of the program', () => {
    const world = worked({ count: 1, retry: { attempts: 0 } });
    for (const [state, reason] of [
      ['KILLED', 'preempted'],
      ['GONE', 'agent_restarted'],
      ['DROPPED', 'invalid_offers'],
      ['FAILED', 'agent_rebooted'],
    ] as const) {
      world.ends('job.0', state, { reason });
      world.pass(500);
      expect(world.live()).toEqual(['job.0']);
    }
    expect(world.call('runs')).toMatchObject({ runs: [{ failed: 0 }] });
  });

  it('of what never arrives come after a pause each', () => {
    const world = worked({ count: 1 });
    for (const [reason, pause] of [
      ['invalid_offers', 500],
      ['start_failed', 5_000],
    ] as const) {
      world.ends('job.0', 'DROPPED', { reason });
      world.pass(pause - 1);
      expect(world.live()).toEqual([]);
      world.pass(1);
      expect(world.live()).toEqual(['job.0']);
    }
  });

  it('of what never arrived go elsewhere, if there is room', () => {
    const world = worked({ count: 1 });
    world.ends('job.0', 'DROPPED', { reason: 'start_failed' });
    world.now += 5_000;
    expect(world.plan().place).toMatchObject([{ index: 0, avoid: ['a'] }]);
  });

  it('hold back what was never tried while a hundred of them wait', () => {
    const world = worked({ count: 1_000, parallelism: 100, retry: { delay: '1h' } });
    for (const name of world.live()) world.fails(name);
    world.settle();
    expect(world.live()).toEqual([]);
    expect(Object.keys(world.memory.runs[1]!.retrying)).toHaveLength(100);
    world.pass(3_600_000);
    expect(world.live()).toHaveLength(100);
  });
});

describe('a timeout', () => {
  it('ends what has run for too long, which is a failure and tried again', () => {
    const world = worked({ count: 1, timeout: '10s', retry: { attempts: 1 } });
    expect(world.plan().waitUntil).toBe(world.now + 10_000);
    for (const _ of ['at first', 'again']) {
      world.pass(9_999);
      expect(counters(world)).toEqual(NOTHING);
      world.now += 1;
      expect(counters(world)).toEqual({ place: [], stop: ['job.0'] });
      world.settle();
      world.ends('job.0', 'KILLED', { exitCode: 143 });
      world.pass(500);
    }
    expect(world.status()).toBe('failed');
    expect(world.call('runs')).toMatchObject({
      runs: [{ failures: [{ message: 'ran for more than 10 s' }] }],
    });
  });

  it('that comes as it ends well changes nothing', () => {
    const world = worked({ count: 1, timeout: '10s' });
    world.pass(10_000);
    world.ends('job.0');
    world.settle();
    expect(world.status()).toBe('complete');
  });
});

describe('an instance out of reach', () => {
  it('is replaced at once; if it comes back, the older one stays', () => {
    const world = worked({ count: 1 });
    world.becomes('job.0', 'UNREACHABLE');
    world.now += 1_000;
    world.settle();
    expect(world.live()).toEqual(['job.0', 'job.0']);
    const [first, second] = [...world.instances.values()];
    world.instances.set(first!.task, { ...first!, state: 'RUNNING' });
    expect(world.plan().stop.map(({ instance }) => instance.task)).toEqual([second!.task]);
  });

  it('is waited for where the job says so', () => {
    const world = worked({ count: 1, onLost: 'wait' });
    world.becomes('job.0', 'UNREACHABLE');
    expect(counters(world)).toEqual(NOTHING);
    world.ends('job.0', 'GONE_BY_OPERATOR', { reason: 'agent_gone' });
    expect(counters(world).place).toEqual([0]);
  });
});

describe('one run on each agent', () => {
  const everywhere = (agents: number, more = {}): BatchWorld => {
    const world = new BatchWorld({ everywhere: true, ...more });
    world.agents.clear();
    for (let i = 0; i < agents; i++) world.agents.set(`n${i}` as AgentId, agentView(`n${i}`));
    world.settle();
    return world;
  };
  const endAll = (world: BatchWorld): void => {
    for (const name of world.live()) world.ends(name);
    world.settle();
  };
  const where = (world: BatchWorld) => world.plan().place.map(({ on }) => on);

  it('goes to each of ten, and to the eleventh alone when that joins', () => {
    const world = everywhere(10);
    expect(new Set([...world.instances.values()].map(({ agent }) => agent)).size).toBe(10);
    endAll(world);
    expect(world.status()).toBe('complete');
    world.agents.set('n10' as AgentId, agentView('n10'));
    expect(where(world)).toEqual(['n10']);
    world.settle();
    endAll(world);
    expect(world.call('runs')).toMatchObject({ runs: [{ run: 1, succeeded: 11, state: 'complete' }] });
  });

  it('goes where its constraints hold, and nowhere else', () => {
    const world = everywhere(2, { constraints: ['disk_kind == ssd'] });
    expect(world.live()).toEqual([]);
    expect(world.status()).toBe('starting'); // and not done, for want of anything to do
    world.agents.set('n2' as AgentId, agentView('n2', { attributes: { disk_kind: 'ssd' } }));
    expect(where(world)).toEqual(['n2']);
  });

  it('does not wait for a machine that is away, and comes to it when it is back', () => {
    const world = everywhere(2);
    world.ends(world.live()[0]!);
    world.ends(world.live()[0]!, 'GONE', { reason: 'agent_restarted' });
    world.agents.set('n1' as AgentId, agentView('n1', { state: 'unreachable' }));
    world.settle();
    expect(world.status()).toBe('complete');
    world.agents.set('n1' as AgentId, agentView('n1'));
    expect(where(world)).toEqual(['n1']);
  });

  it('waits for a machine that cannot be heard for a moment', () => {
    const world = everywhere(2, { schedule: '0 * * * *' });
    world.agents.set('n1' as AgentId, agentView('n1', { state: 'disconnected' }));
    world.now += 3_600_000;
    world.settle(1); // nothing can be started there now
    world.ends('job.1.0');
    world.settle(0);
    expect(world.results()).toEqual({ 1: 'active' });
    world.agents.set('n1' as AgentId, agentView('n1', { state: 'unreachable' }));
    world.settle();
    expect(world.results()).toEqual({ 1: 'complete' });
  });

  it('of a schedule goes to those that are there in its time', () => {
    const world = everywhere(2, { schedule: '0 * * * *' });
    world.pass(3_600_000);
    expect(world.live()).toEqual(['job.1.0', 'job.1.1']);
    endAll(world);
    world.agents.set('n2' as AgentId, agentView('n2'));
    expect(where(world)).toEqual([]);
    world.pass(3_600_000);
    expect(world.live()).toHaveLength(3);
  });

  it('waits for room on a machine until the next run is due, and no longer', () => {
    const world = everywhere(3, { schedule: '0 * * * *', overlap: 'skip' });
    world.now += 3_600_000;
    world.settle(2); // the third one has no room
    for (const name of world.live()) world.ends(name);
    world.settle(0);
    world.now += 3_599_999;
    world.settle(0);
    expect(world.results()).toEqual({ 1: 'active' });
    world.now += 1;
    world.settle(2);
    expect(world.live()).toEqual(['job.2.0', 'job.2.1']);
    expect(world.call('runs')).toMatchObject({
      runs: [
        { run: 2, state: 'active' },
        {
          state: 'failed',
          succeeded: 2,
          failures: [{ attempts: 0, message: 'there was no room on n2 until the next run was due' }],
        },
      ],
    });
  });

  it('of which something is at work is let finish, and what waits for room keeps its turn', () => {
    const world = everywhere(2, { schedule: '0 * * * *' });
    world.now += 3_600_000;
    world.settle(1);
    world.now += 3_600_000;
    world.settle(1);
    expect(world.results()).toEqual({ 1: 'active' });
    world.ends('job.1.0');
    world.settle(1);
    expect(world.live()).toEqual(['job.1.1']);
  });

  it('after other jobs does not keep the next one waiting for room either', () => {
    const world = everywhere(2, { after: ['a'] });
    world.succeeds('a');
    world.settle(1);
    world.ends('job.1.0');
    world.now += 60_000;
    world.succeeds('a');
    world.settle(1);
    expect(world.results()).toEqual({ 1: 'failed', 2: 'active' });
    expect(world.live()).toEqual(['job.2.0']);
  });
});

describe('a changed spec', () => {
  it('of a plain job is done anew, when nothing of the old one is left', () => {
    const world = worked({ count: 2 });
    world.change({ count: 2, command: ['work', '2'] });
    world.settle();
    expect(world.live()).toHaveLength(2); // they are ending
    for (const name of world.live()) world.ends(name, 'KILLED');
    world.settle();
    expect(world.results()).toEqual({ 1: 'stopped', 2: 'active' });
    expect([...world.instances.values()].map(({ version }) => version)).toEqual([2, 2]);
  });

  it('that asks for more instances adds those, also when the others are done', () => {
    const world = worked({ count: 2 });
    for (const name of world.live()) world.ends(name);
    world.settle();
    world.change({ count: 4 });
    world.settle();
    expect(world.live()).toEqual(['job.2', 'job.3']);
  });

  it('that asks for fewer stops those', () => {
    const world = worked({ count: 3 });
    world.change({ count: 1 });
    expect(counters(world).stop).toEqual(['job.1', 'job.2']);
  });

  it('of a job with a schedule leaves the run that is there, and counts from the next one on', () => {
    const world = new BatchWorld({ schedule: '0 * * * *' });
    world.settle();
    world.pass(3_600_000);
    world.change({ schedule: '0 * * * *', command: ['work', '2'] });
    expect(counters(world)).toEqual(NOTHING);
    world.ends('job.1.0');
    world.pass(3_600_000);
    expect([...world.instances.values()].map(({ name, version }) => [name, version])).toEqual([
      ['job.2.0', 2],
    ]);
  });

  it('of one that is being stopped begins anew', () => {
    const world = worked({ count: 1 });
    world.stopping = true;
    world.settle();
    world.change({ count: 1 });
    world.settle();
    world.ends('job.0', 'KILLED');
    world.settle();
    expect(world.live()).toEqual(['job.0']);
    expect(world.results()).toEqual({ 1: 'stopped', 2: 'active' });
  });
});

describe('what is given to those that come after', () => {
  it.each<[string, string[], Record<string, string>]>([
    ['is what its instances have written', ['A=1\nB=two words\n', 'C=3'], { A: '1', B: 'two words', C: '3' }],
    ['is of the same name the last', ['A=1', 'A=2'], { A: '2' }],
    ['is nothing else', ['no line of that sort\n1A=x\nTENDER_RUN=9\nA B=c', '\r\nD=4\r\n'], { D: '4' }],
    [
      'is no more than it may be',
      [`A=${'x'.repeat(4_000)}`, `B=${'y'.repeat(200)}\nC=1`],
      { A: 'x'.repeat(4_000), C: '1' },
    ],
  ])('%s', (_, outputs, expected) => {
    const world = worked({ count: outputs.length });
    for (const [index, output] of outputs.entries()) world.ends(`job.${index}`, 'FINISHED', { output });
    world.settle();
    expect(world.memory.succeeded?.output).toEqual(expected);
  });
});
