import { describe, expect, it } from 'vitest';
import type { AgentId, TaskId } from '../../src/core/task.ts';
import type { TaskState } from '../../src/core/task-state.ts';
import { TaskPaths } from '../../src/framework/task-paths.ts';

const WEB = 'web.0-abcdef' as TaskId;
const N1 = 'n1' as AgentId;

/** Of these, in this order, what a scheduler hears. */
function heard(...told: TaskState[]): TaskState[] {
  const paths = new TaskPaths();
  return told.filter((state) => {
    const isNews = tell(paths, state);
    if (isNews) paths.handled(WEB, state, N1);
    return isNews;
  });
}

const tell = (paths: TaskPaths, state: TaskState): boolean =>
  paths.newsIn([{ status: { task: WEB, state } }]).size > 0;

describe('a scheduler hears of a life in order and of an end once', () => {
  it.each<[string, TaskState[], TaskState[]]>([
    [
      'an update that is repeated after the end',
      ['RUNNING', 'FINISHED', 'FINISHED'],
      ['RUNNING', 'FINISHED'],
    ],
    ['an answer that is ahead of the updates', ['FINISHED', 'RUNNING', 'FINISHED'], ['FINISHED']],
    ['an older update after a newer answer', ['KILLING', 'RUNNING', 'KILLED'], ['KILLING', 'KILLED']],
    ['another health in the same state', ['RUNNING', 'RUNNING'], ['RUNNING', 'RUNNING']],
    ['a machine that was away', ['RUNNING', 'UNREACHABLE', 'RUNNING'], ['RUNNING', 'UNREACHABLE', 'RUNNING']],
    [
      'a question that nobody could answer',
      ['RUNNING', 'UNKNOWN', 'RUNNING'],
      ['RUNNING', 'UNKNOWN', 'RUNNING'],
    ],
    ['no answer about what has ended', ['KILLED', 'UNKNOWN'], ['KILLED']],
  ])('%s, told one by one or at once', (_, told, expected) => {
    expect(heard(...told)).toEqual(expected);
    const updates = told.map((state) => ({ uuid: 'u', status: { task: WEB, state } }));
    expect([...new TaskPaths().newsIn(updates)].map(({ status }) => status.state)).toEqual(expected);
  });

  it('what it did not get to handle is news again', () => {
    const paths = new TaskPaths();
    expect(tell(paths, 'FINISHED')).toBe(true);
    expect(tell(paths, 'FINISHED')).toBe(true);
    paths.handled(WEB, 'FINISHED', N1);
    expect(tell(paths, 'FINISHED')).toBe(false);
    expect(paths.hasEnded(WEB)).toBe(true);
  });

  it('forgets the oldest ends, not the newest', () => {
    const paths = new TaskPaths();
    for (let n = 0; n < 20_000; n++) paths.handled(`t${n}` as TaskId, 'FINISHED', N1);
    expect(paths.hasEnded('t0' as TaskId)).toBe(false);
    expect(paths.hasEnded('t19999' as TaskId)).toBe(true);
  });

  it('knows what is out of reach, and where', () => {
    const paths = new TaskPaths();
    paths.handled(WEB, 'RUNNING', N1);
    expect(paths.outOfReach(new Set([N1]))).toEqual([]);
    paths.handled(WEB, 'UNREACHABLE', N1);
    expect(paths.outOfReach(new Set([N1]))).toEqual([{ task: WEB, agent: N1 }]);
    expect(paths.outOfReach(new Set(['n2' as AgentId]))).toEqual([]);
  });
});
