/** The machine's clock and the one of the tests. */
import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/wire/system-clock.ts';
import { virtualClock } from '../support/virtual-clock.ts';

afterEach(() => void vi.useRealTimers());

test('a timer longer than setTimeout can hold fires once, in its time', () => {
  vi.useFakeTimers();
  const month = 31 * 24 * 3600 * 1000;
  let fired = 0;
  systemClock.after(month, () => fired++);
  systemClock.after(month, () => fired++).cancel();
  vi.advanceTimersByTime(month - 1);
  expect(fired).toBe(0);
  vi.advanceTimersByTime(month);
  expect(fired).toBe(1);
});

test('a long timer can be cancelled after its first part', () => {
  vi.useFakeTimers();
  let fired = 0;
  const timer = systemClock.after(2 ** 32, () => fired++);
  vi.advanceTimersByTime(2 ** 31 + 10);
  timer.cancel();
  vi.advanceTimersByTime(2 ** 33);
  expect(fired).toBe(0);
});

test('virtual timers run by time, then by making, each at its own time, and may make others', () => {
  const clock = virtualClock(1000);
  const ran: string[] = [];
  const note = (name: string) => () => void ran.push(`${name}@${clock.now()}`);
  clock.after(20, note('c'));
  clock.after(10, note('a'));
  clock.after(10, note('b'));
  clock.after(15, note('never')).cancel();
  clock.after(10, () => clock.after(5, note('made')));
  clock.after(31, note('late'));
  clock.advanceSync(30);
  expect(ran).toEqual(['a@1010', 'b@1010', 'made@1015', 'c@1020']);
  expect([clock.now(), clock.pending]).toEqual([1030, 1]);
});

test('advance lets promises settle between timers', async () => {
  const clock = virtualClock();
  const ran: string[] = [];
  clock.after(
    1,
    () =>
      void Promise.resolve()
        .then(() => Promise.resolve())
        .then(() => ran.push('settled')),
  );
  clock.after(2, () => void ran.push('next'));
  await clock.advance(2);
  expect(ran).toEqual(['settled', 'next']);
});

test('ten thousand timers run in order', () => {
  const clock = virtualClock();
  const times: number[] = [];
  for (let n = 0; n < 10_000; n++) clock.after((n * 7919) % 9973, () => void times.push(clock.now()));
  clock.advanceSync(10_000);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(times.length).toBe(10_000);
});
