/** When a task that was told to end is killed. */
import { describe, expect, it } from 'vitest';
import { KillOrder } from '../../src/agent/kill-order.ts';
import { virtualClock } from '../support/virtual-clock.ts';

function stage() {
  const clock = virtualClock();
  const order = new KillOrder();
  const overAt: number[] = [];
  const give = (graceMs: number): boolean => order.give(clock, graceMs, () => overAt.push(clock.now()));
  return { clock, order, overAt, give };
}

describe('an order to end a task', () => {
  it.each([
    ['the first alone', [[0, 20]], 20],
    [
      'a shorter one later',
      [
        [0, 20],
        [3, 5],
      ],
      8,
    ],
    [
      'a longer one later changes nothing',
      [
        [0, 5],
        [1, 20],
      ],
      5,
    ],
    [
      'one that leaves as much time changes nothing',
      [
        [0, 5],
        [0, 5],
      ],
      5,
    ],
    [
      'none at all: at once',
      [
        [0, 20],
        [4, 0],
      ],
      4,
    ],
  ] as const)('%s', async (_, orders, at) => {
    const { clock, order, overAt, give } = stage();
    for (const [when, grace] of orders) {
      await clock.advance(when - clock.now());
      give(grace);
    }
    await clock.advance(100);
    expect(overAt).toEqual([at]);
    expect(order.isOver).toBe(true);
  });

  it('is the first one once, and stays given', () => {
    const { order, give } = stage();
    expect([order.given, order.underWay]).toEqual([false, false]);
    expect([give(5), give(1)]).toEqual([true, false]);
    order.cancel();
    expect(order.given).toBe(true);
  });

  it('of a former process is known, and given again as a first one', () => {
    const { order, give } = stage();
    order.recall();
    expect([order.given, order.underWay, order.isOver]).toEqual([true, false, false]);
    expect(give(5)).toBe(true);
  });

  it('without any time is over at once', () => {
    const { order, give } = stage();
    give(0);
    expect(order.isOver).toBe(true);
  });
});
