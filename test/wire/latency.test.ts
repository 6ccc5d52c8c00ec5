import { expect, it } from 'vitest';
import { Latency } from '../../src/wire/latency.ts';

const told = (...heartbeats: readonly number[]): number | undefined => {
  const latency = new Latency();
  for (const ms of heartbeats) latency.note(ms);
  return latency.ms;
};

it.each([
  ['nothing before the first heartbeat', [], undefined],
  ['the first one at once', [3], 3],
  ['the same while it wavers', [3, 4, 2, 5, 3, 4], 3],
  ['the same after a single slow one', [3, 3, 900, 3, 3], 3],
  ['another one once most are far from it', [3, 3, 40, 41, 42], 40],
  ['and back', [40, 40, 40, 3, 3, 3], 3],
])('tells %s', (_, heartbeats, expected) => {
  expect(told(...heartbeats)).toBe(expected);
});

it('tells nothing of a connection that is lost', () => {
  const latency = new Latency();
  latency.note(3);
  latency.forget();
  expect(latency.ms).toBeUndefined();
});
