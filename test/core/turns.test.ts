/** Work in turns: one at a time, in the order of asking, whatever becomes of it. */
import { expect, it } from 'vitest';
import { Turns } from '../../src/core/turns.ts';

it('one begins when the one before has ended, also by an error, which only its own caller hears of', async () => {
  const turns = new Turns();
  const said: string[] = [];
  const work = (name: string, ends: Promise<void>) => () => {
    said.push(`${name} begins`);
    return ends.finally(() => said.push(`${name} ends`));
  };
  const [a, b] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const first = turns.take(work('a', a.promise));
  const second = turns.take(work('b', b.promise));
  const all = turns.settled().then(() => said.push('settled'));
  expect(turns.left).toBe(2);
  a.reject(new Error('no'));
  await expect(first).rejects.toThrow('no');
  b.resolve();
  await second;
  await all;
  expect(said).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'settled']);
  expect(turns.left).toBe(0);
});

it('that are asked for while one waits for the end are waited for, too', async () => {
  const turns = new Turns();
  let isDone = false;
  void turns.take(async () => {
    void turns.take(async () => {
      isDone = true;
    });
  });
  await turns.settled();
  expect(isDone).toBe(true);
});
