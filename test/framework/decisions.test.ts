/** What was done for a job, and why: told once, kept for whoever asks. */
import { expect, it } from 'vitest';
import type { Decision } from '../../src/core/cluster.ts';
import type { FrameworkContext } from '../../src/framework/define.ts';
import { Decisions } from '../../src/framework/jobs/decisions.ts';

function started() {
  const told: Decision[] = [];
  let now = 0;
  const context = { now: () => ++now, decided: (one: Decision) => told.push(one) };
  return { told, decisions: new Decisions(context as unknown as FrameworkContext) };
}
const some = (count: number, why = 'missing') =>
  Array.from({ length: count }, (_, index) => ({ index, why }));

it('is told with its cause, once, and nothing where nothing was done', () => {
  const { told, decisions } = started();
  decisions.because('web', 'web.2 FAILED');
  decisions.because('web', 'offers have come');
  decisions.placed('web', some(2));
  decisions.tell(() => 1);
  decisions.tell(() => 1);
  expect(told).toEqual([
    {
      job: 'web',
      cause: 'web.2 FAILED',
      counters: { 'place missing': 2 },
      notes: ['1 still without a place'],
    },
  ]);
});

it('has the same cause until all of it is done', () => {
  const { told, decisions } = started();
  decisions.because('web', 'somebody has changed it');
  decisions.tell(() => 3);
  decisions.placed('web', some(3));
  decisions.tell(() => 0);
  decisions.placed('web', some(1));
  decisions.tell(() => 0);
  expect(told.map(({ cause }) => cause)).toEqual(['somebody has changed it', 'offers']);
});

it('is kept, the last ten, the latest first, until the job is gone', () => {
  const { decisions } = started();
  for (let i = 0; i < 12; i++) {
    decisions.noted('web', `back to version ${i}`);
    decisions.tell(() => 0);
  }
  expect(decisions.of('web').map(({ notes }) => notes)).toEqual(
    Array.from({ length: 10 }, (_, i) => [`back to version ${11 - i}`]),
  );
  decisions.forget('web');
  expect(decisions.of('web')).toEqual([]);
});
