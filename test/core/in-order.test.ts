import { expect, test } from 'vitest';
import { inOrder } from '../../src/core/in-order.ts';

async function* of(...items: (number | undefined)[]): AsyncGenerator<number | undefined> {
  for (const item of items) yield await Promise.resolve(item);
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

const same = <T>(item: T): T => item;

test('several sources in order are one in order; what has no key comes as soon as it is there', async () => {
  expect(await all(inOrder([of(1, 4, 9), of(), of(2, 3, 10, 11)], same))).toEqual([1, 2, 3, 4, 9, 10, 11]);
  expect(await all(inOrder([of(5), of(undefined, 6)], same))).toEqual([undefined, 5, 6]);
});

test('a source that is silent holds the others up only as long as there is patience, and is heard when it speaks', async () => {
  const speak = Promise.withResolvers<number>();
  async function* silent(): AsyncGenerator<number> {
    yield await speak.promise;
  }
  const got: number[] = [];
  for await (const n of inOrder([of(1, 2, 3), silent()], same, () => Promise.resolve())) {
    got.push(n!);
    if (n === 3) speak.resolve(0);
  }
  expect(got).toEqual([1, 2, 3, 0]);
});

test('the failure of one is the failure of all, and the others are let go', async () => {
  let closed = false;
  async function* endless(): AsyncGenerator<number> {
    try {
      for (let n = 0; ; n += 1) yield n;
    } finally {
      closed = true;
    }
  }
  // biome-ignore lint/correctness/useYield: it fails before it has anything to say
  async function* broken(): AsyncGenerator<number> {
    throw new Error('broken');
  }
  await expect(all(inOrder([endless(), broken()], same))).rejects.toThrow('broken');
  await new Promise((resolve) => setImmediate(resolve));
  expect(closed).toBe(true);
});
