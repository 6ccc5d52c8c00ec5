/** Which blocks of a page get how many lines. */
import { describe, expect, it } from 'vitest';
import { type Block, fit } from '../../src/tui/fit.ts';

const block = (priority: number, least: number, most: number): Block => ({
  priority,
  least,
  most,
  lines: () => [],
});

describe('fitting blocks into lines', () => {
  it('gives each what it has use for, where there is room', () => {
    expect(fit([block(0, 2, 4), block(1, 1, 3)], 20)).toEqual([4, 3]);
  });

  it('leaves out the least important first', () => {
    expect(fit([block(2, 4, 4), block(0, 4, 4), block(1, 4, 4)], 9)).toEqual([0, 4, 4]);
  });

  it('leaves out what has nothing to show', () => {
    expect(fit([block(0, 2, 0), block(1, 2, 5)], 9)).toEqual([0, 5]);
  });

  it('lets a long list leave something to the next one', () => {
    const [first, second] = fit([block(0, 2, 1000), block(1, 2, 1000)], 24) as [number, number];
    expect(first + second).toBe(24);
    expect(second).toBeGreaterThan(5);
  });
});
