/** When things end: the next one first, whatever was said of them before. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Ends } from '../../../src/core/allocator/ends.ts';

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
