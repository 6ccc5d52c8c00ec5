/** When things end: the next one first, whatever was said of them before. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Ends } from '../../../src/core/allocator/ends.ts';
import { Heap } from '../../../src/core/allocator/heap.ts';

it('a heap gives the smallest first, of what it was made with and of what came later', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9)), fc.array(fc.nat(9)), (before, after) => {
      const heap = new Heap(before.map((at) => ({ at })));
      for (const at of after) heap.push({ at });
      const out: number[] = [];
      for (let next = heap.pop(); next; next = heap.pop()) out.push(next.at);
      expect(out).toEqual([...before, ...after].sort((a, b) => a - b));
    }),
  );
});

it('what was said last of a thing counts', () => {
  const things = [{ name: 'a' }, { name: 'b' }, { name: 'c' }];
  const when = fc.oneof(fc.nat(5), fc.constant(Number.POSITIVE_INFINITY));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2), when)), fc.nat(6), (said, now) => {
      const ends = new Ends<{ name: string }>();
      const last = new Map<number, number>();
      for (const [thing, at] of said) {
        ends.set(things[thing]!, at);
        last.set(thing, at);
      }
      const next = Math.min(...last.values());
      expect(ends.next).toBe(next === Number.POSITIVE_INFINITY ? undefined : next);
      const first = ends.first(now);
      if (next > now) expect(first).toBeUndefined();
      else expect(last.get(things.indexOf(first!))).toBe(next);
    }),
  );
});
