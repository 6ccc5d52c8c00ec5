/** The life of a task as a table: which state may follow which. */
import { describe, expect, it } from 'vitest';
import { isLive, isTerminal, mayBecome, TASK_STATES, type TaskState } from '../../src/core/task-state.ts';

const ENDS = ['FINISHED', 'FAILED', 'KILLED', 'ERROR', 'DROPPED', 'GONE', 'GONE_BY_OPERATOR'] as const;
const ALWAYS: readonly TaskState[] = [...ENDS, 'UNREACHABLE'];

/** From a state → all that it may become. A state may be reported again: with another health or message. */
const NEXT: Readonly<Record<TaskState, readonly TaskState[]>> = {
  STAGING: ['STAGING', 'STARTING', 'RUNNING', 'KILLING', ...ALWAYS],
  STARTING: ['STARTING', 'RUNNING', 'KILLING', ...ALWAYS],
  RUNNING: ['RUNNING', 'KILLING', ...ALWAYS],
  KILLING: ['KILLING', ...ALWAYS],
  UNREACHABLE: TASK_STATES,
  UNKNOWN: ['UNKNOWN', 'STAGING', 'STARTING', 'RUNNING', 'KILLING', ...ALWAYS],
  FINISHED: [],
  FAILED: [],
  KILLED: [],
  ERROR: [],
  DROPPED: [],
  GONE: [],
  GONE_BY_OPERATOR: [],
};

describe.each(TASK_STATES)('%s', (from) => {
  it(`becomes ${NEXT[from].join(', ') || 'nothing else'}`, () => {
    expect(TASK_STATES.filter((to) => mayBecome(from, to))).toEqual(
      TASK_STATES.filter((to) => NEXT[from].includes(to)),
    );
  });

  it('is terminal exactly if nothing follows it', () => {
    expect(isTerminal(from)).toBe(NEXT[from].length === 0);
    expect(isTerminal(from)).toBe((ENDS as readonly TaskState[]).includes(from));
  });
});

it('only a task that is there holds resources', () => {
  expect(TASK_STATES.filter(isLive)).toEqual(['STAGING', 'STARTING', 'RUNNING', 'KILLING']);
});

it('there is no LOST', () => {
  expect(TASK_STATES.some((state) => state.includes('LOST'))).toBe(false);
});
