/** A heap: the first is at hand, of what it was made with and of what came later. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Heap } from '../../src/core/heap.ts';

it('gives the first of the order first, of what it was made with and of what came later', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9)), fc.array(fc.nat(9)), (before, after) => {
      const heap = new Heap((a, b) => a > b, [...before]);
      for (const item of after) heap.push(item);
      const out = Array.from({ length: before.length + after.length }, () => heap.pop());
      expect(out).toEqual([...before, ...after].sort((a, b) => b - a));
      expect(heap.pop()).toBeUndefined();
    }),
  );
});
