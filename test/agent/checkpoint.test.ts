/** What an agent remembers across its own deaths. */
import { describe, expect, it } from 'vitest';
import { Checkpoint, type TaskRecord } from '../../src/agent/checkpoint.ts';
import type { FrameworkId, TaskId, TaskSpec, TaskStatus } from '../../src/core/task.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { memoryCluster } from '../support/memory-cluster.ts';

const id = 't' as TaskId;
const status = (message: string): TaskStatus => ({
  task: id,
  state: 'RUNNING',
  reason: 'started',
  message,
  at: 0,
});
const record = (message: string): TaskRecord => ({
  spec: { id } as TaskSpec,
  framework: 'f' as FrameworkId,
  role: '*',
  launchedAt: 0,
  latest: status(message),
});

describe('a checkpoint', () => {
  it('keeps updates in their order through any number of deaths', async () => {
    const store = memoryStore();
    const uuids = ['z', 'm', 'a', 'q', 'b'];
    for (const uuid of uuids) {
      const checkpoint = new Checkpoint(store); // a new process each time
      checkpoint.load();
      await checkpoint.update(record(uuid), { uuid, status: status(uuid) });
    }
    const [remembered] = new Checkpoint(store).load();
    expect(remembered!.updates.map(({ uuid }) => uuid)).toEqual(uuids);
    expect(remembered!.latest.message).toBe('b');
  });

  it('forgets what was acknowledged, and the task with its end', async () => {
    const checkpoint = new Checkpoint(memoryStore());
    await checkpoint.accept([record('new')]);
    await checkpoint.update(record('1'), { uuid: '1', status: status('1') });
    await checkpoint.update(record('2'), { uuid: '2', status: status('2') });
    await checkpoint.acknowledged('1');
    expect(checkpoint.load()[0]!.updates.map(({ uuid }) => uuid)).toEqual(['2']);
    await checkpoint.forget(id, '2');
    expect(checkpoint.load()).toEqual([]);
  });

  it('remembers the newest master that was obeyed', async () => {
    const cluster = await memoryCluster();
    const machine = await cluster.startAgent('n1');
    await cluster.clock.advance(1_000);
    expect(new Checkpoint(machine.store).epoch).toBe(1);
    await cluster.killMaster();
    await cluster.startMaster();
    await cluster.clock.advance(10_000);
    expect(new Checkpoint(machine.store).epoch).toBe(2);
  });
});
