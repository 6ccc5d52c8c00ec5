/** A registry begins each master's time with an epoch that no master before it had. */
import { expect, it } from 'vitest';
import { Registry } from '../../src/daemon/registry.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { newKeyPair } from '../../src/wire/keys.ts';

const identity = { cluster: 'test', keys: newKeyPair() };

it('the only master of a cluster counts its starts', async () => {
  const store = memoryStore();
  for (const expected of [1, 2, 3]) expect(await new Registry(store).begin(identity)).toBe(expected);
});

it('one of several has the epoch of its election', async () => {
  const store = memoryStore();
  for (const elected of [5, 19, 4711])
    expect(await new Registry(store).begin(identity, elected)).toBe(elected);
});

it('a registry that has seen higher ones elsewhere goes on from there', async () => {
  const store = memoryStore();
  await new Registry(store).begin(identity, 4711);
  expect(await new Registry(store).begin(identity, 5)).toBe(4712);
  expect(await new Registry(store).begin(identity, 9)).toBe(4713);
  expect(await new Registry(store).begin(identity, 5000)).toBe(5000);
});
