/** One look at the process table for all who ask within a moment, and never one of before they asked. */
import { describe, expect, it } from 'vitest';
import { FreshTable } from '../../src/agent/process/fresh-table.ts';
import { needLinux } from '../support/need.ts';
import { virtualClock } from '../support/virtual-clock.ts';

describe.skipIf(needLinux())('the process table', () => {
  it('is looked at once for all who asked before, and again for whoever asks after', async () => {
    const clock = virtualClock(0);
    const table = new FreshTable(clock);
    const asked = [table.next(), table.next()];
    await clock.advance(0);
    const [first, second] = await Promise.all(asked);
    expect(second).toBe(first);
    const later = table.next();
    let isThere = false;
    void later.then(() => {
      isThere = true;
    });
    await clock.advance(19);
    expect(isThere).toBe(false);
    await clock.advance(1);
    expect(await later).not.toBe(first);
  });

  it('is there at once for whoever asks after a while', async () => {
    const clock = virtualClock(0);
    const table = new FreshTable(clock);
    for (let i = 0; i < 3; i++) {
      const asked = table.next();
      await clock.advance(0);
      expect([...(await asked).values()].flat().some(({ pid }) => pid === process.pid)).toBe(true);
      await clock.advance(20);
    }
  });
});
