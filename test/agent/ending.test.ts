/** How the end of a task is told that the agent itself was ending. */
import { expect, it } from 'vitest';
import { NOT_THERE, reasonedEnd } from '../../src/agent/ending.ts';
import type { TaskId, TaskStatus } from '../../src/core/task.ts';

const status = (text: string, message: string, more: Partial<TaskStatus> = {}): TaskStatus => {
  const [state, reason] = text.split(' ') as [TaskStatus['state'], TaskStatus['reason']];
  return { task: 't' as TaskId, state, reason, message, at: 0, ...more };
};

it.each([
  ['KILLING killed', 'KILLED killed', 'KILLED killed', 'end'],
  ['KILLING unhealthy', 'KILLED killed', 'FAILED unhealthy', 'order'],
  ['KILLING unhealthy', 'FAILED exited', 'FAILED unhealthy', 'order'],
  ['KILLING group_ended', 'KILLED killed', 'KILLED group_ended', 'order'],
  ['KILLING group_ended', 'KILLED killed_during_launch', 'KILLED group_ended', 'order'],
  ['KILLING group_ended', 'GONE agent_restarted', 'GONE agent_restarted', 'end'],
  ['RUNNING unhealthy', 'FAILED exited', 'FAILED exited', 'end'],
])('a task that was in %s and came to %s is %s, in the words of its %s', (order, end, told, words) => {
  const said = reasonedEnd(status(order, 'order'), status(end, 'end', { exitCode: 143, at: 5 }));
  expect(said).toEqual(status(told, words, { exitCode: 143, at: 5 }));
});

it.each([
  ['STAGING', 'DROPPED'],
  ['STARTING', 'DROPPED'],
  ['RUNNING', 'GONE'],
  ['KILLING', 'GONE'],
] as const)('a task that was %s and is not there is %s', (before, after) => {
  const status = { task: 't' as TaskId, reason: 'started', message: '', at: 0 } as const;
  const end = { ...NOT_THERE, task: status.task, at: 1 };
  expect(reasonedEnd({ ...status, state: before }, end).state).toBe(after);
});
