/** How long something took, once and many times. Times in ms. */
import { median } from '../figures.ts';

export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly mean: number;
  readonly n: number;
}

/** @param times at least one */
export function spreadOf(times: readonly number[]): Spread {
  const sorted = Float64Array.from(times).sort();
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!;
  return {
    p50: median(times),
    p99: at(0.99),
    max: sorted.at(-1)!,
    mean: sorted.reduce((sum, time) => sum + time, 0) / sorted.length,
    n: sorted.length,
  };
}

export const once = (time: number): Spread => spreadOf([time]);

export function timed(run: () => void): number {
  const from = performance.now();
  run();
  return performance.now() - from;
}

/** Three digits, in the unit that suits. */
export function duration(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms >= 100) return `${ms.toFixed(0)} ms`;
  if (ms >= 1) return `${ms.toPrecision(3)} ms`;
  return `${(ms * 1000).toPrecision(3)} µs`;
}

/** 50,000 */
export const grouped = (n: number): string => n.toLocaleString('en');
