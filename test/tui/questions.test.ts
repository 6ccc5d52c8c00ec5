/** What a page asks the master: at once, again after changes, never too often, and nothing while nothing happens. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createQuestions, type Questions, questionOf } from '../../src/tui/questions.ts';
import { type Effect, overview, type Page, tablePage } from '../../src/tui/ui.ts';

const why = (name: string): Page => ({ kind: 'why', name, top: 0, find: '' });

interface Asked {
  readonly question: Effect;
  readonly answer: () => Promise<void>;
}
let asked: Asked[];
let questions: Questions;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  questions = createQuestions({
    now: () => Date.now(),
    ask: (question) =>
      new Promise((resolve) => {
        const answer = async (): Promise<void> => {
          resolve();
          await vi.advanceTimersByTimeAsync(0);
        };
        asked.push({ question, answer });
      }),
  });
});
afterEach(() => {
  questions.close();
  vi.useRealTimers();
});
const wait = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe('a page', () => {
  it.each<[string, Page, Effect | undefined]>([
    ['of offers asks who waits for some', tablePage('offers'), { kind: 'waiting' }],
    ['of other things asks nothing', tablePage('tasks'), undefined],
    ['that answers "why?" asks that', why('web'), { kind: 'why', name: 'web', of: undefined }],
    ['to look around asks nothing', overview, undefined],
  ])('%s', (_, page, question) => expect(questionOf(page)).toEqual(question));

  it('asks once when it comes up, however often it is shown', () => {
    for (let i = 0; i < 3; i++) questions.show(why('web'));
    questions.show({ kind: 'why', name: 'web', top: 3, find: '' });
    expect(asked.map(({ question }) => question)).toEqual([{ kind: 'why', name: 'web' }]);
  });

  it('asks nothing more while nothing changes', async () => {
    questions.show(why('web'));
    await asked[0]!.answer();
    await wait(3_600_000);
    expect(asked).toHaveLength(1);
  });
});

describe('a change', () => {
  it('makes it ask again, a second after the last time at the earliest, once for many changes', async () => {
    questions.show(why('web'));
    await asked[0]!.answer();
    for (let i = 0; i < 50; i++) questions.changed();
    await wait(999);
    expect(asked).toHaveLength(1);
    await wait(1);
    expect(asked).toHaveLength(2);
    await asked[1]!.answer();
    await wait(5_000);
    questions.changed();
    await wait(0);
    expect(asked).toHaveLength(3);
  });

  it('while it waits for the answer makes it ask again after that', async () => {
    questions.show(why('web'));
    questions.changed();
    await wait(10_000);
    expect(asked).toHaveLength(1);
    await asked[0]!.answer();
    await wait(0);
    await wait(50_000);
    expect(asked).toHaveLength(2);
  });

  it('leaves a master that takes long for an answer five times as long in peace', async () => {
    questions.show(why('web'));
    await wait(2_000);
    await asked[0]!.answer();
    questions.changed();
    await wait(9_999);
    expect(asked).toHaveLength(1);
    await wait(1);
    expect(asked).toHaveLength(2);
  });

  it('does not matter on a page that asks nothing, nor when all is over', async () => {
    questions.show(why('web'));
    await asked[0]!.answer();
    questions.changed();
    questions.show(overview);
    questions.changed();
    await wait(10_000);
    questions.show(tablePage('offers'));
    questions.changed();
    questions.close();
    await wait(10_000);
    expect(asked.map(({ question }) => question.kind)).toEqual(['why', 'waiting']);
  });
});

it('another page asks at once, whatever the one before still waits for', async () => {
  questions.show(why('web'));
  questions.show(why('db'));
  expect(asked).toHaveLength(2);
  await asked[0]!.answer();
  questions.changed();
  await wait(60_000);
  expect(asked).toHaveLength(2); // the answer about db is still to come
  await asked[1]!.answer();
  await wait(1_000_000);
  expect(asked).toHaveLength(3);
});
