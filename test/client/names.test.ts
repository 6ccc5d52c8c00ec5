/** Which tasks are meant by the name of a job: those that live, or all that ended last. */
import { describe, expect, it } from 'vitest';
import { findTasks } from '../../src/client/names.ts';
import type { Task, TaskId } from '../../src/core/task.ts';
import type { TaskState } from '../../src/core/task-state.ts';
import { homeCluster, NOW, task } from '../support/cluster-fixture.ts';

const ended = (name: string, ago: number, state: TaskState = 'FINISHED'): Task => ({
  ...task(name, 'nuc1', state),
  id: `${name}-${ago}` as TaskId,
  launchedAt: NOW - ago,
});

const meantBy = (name: string, ...tasks: Task[]): string[] => {
  const { state } = homeCluster();
  return findTasks({ ...state, tasks: new Map(tasks.map((one) => [one.id, one])) }, name).map(({ id }) => id);
};

describe('the name of a job means', () => {
  it('its live tasks, where there are any', () => {
    expect(meantBy('arr', ended('arr.0', 9), ended('arr.1', 8, 'RUNNING'))).toEqual(['arr.1-8']);
  });

  it('all instances of what has ended, each as it was last', () => {
    const tasks = [ended('arr.0', 9), ended('arr.0', 3, 'FAILED'), ended('arr.1', 8), ended('arr.2', 7)];
    expect(meantBy('arr', ...tasks)).toEqual(['arr.0-3', 'arr.1-8', 'arr.2-7']);
  });

  it('of runs that come again only the last one', () => {
    const tasks = [ended('nightly.11.0', 90), ended('nightly.12.0', 9), ended('nightly.12.1', 8)];
    expect(meantBy('nightly', ...tasks)).toEqual(['nightly.12.0-9', 'nightly.12.1-8']);
  });
});
