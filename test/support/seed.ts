/** Chance that can be had again: the seed is printed, and TENDER_TEST_SEED=… gives the same run (as far as time allows). */
export interface Chance {
  readonly seed: number;
  /** 0 ≤ x < 1 */
  next(): number;
  /** A whole number, `from` ≤ n < `to`. */
  between(from: number, to: number): number;
  pick<T>(list: readonly T[]): T;
}

export function chance(what: string): Chance {
  const seed = Number(process.env['TENDER_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`${what}: seed ${seed}`);
  let state = seed >>> 0;
  // mulberry32
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (from: number, to: number): number => from + Math.floor(next() * (to - from));
  return { seed, next, between, pick: (list) => list[between(0, list.length)]! };
}
