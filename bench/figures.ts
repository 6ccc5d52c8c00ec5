/** Measured values as rows: what, how much, the target, and whether it was met. Nothing here is ever a constant. */

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/** Rows of one table are set under each other. */
const WIDTH = 58;

export const title = (text: string): void => console.log(`\n${text}`);
export const note = (text: string): void => console.log(`  ${text}`);

const ms = (value: number): string =>
  value < 10_000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;

function row(what: string, figure: string, target: string, met: boolean | undefined): void {
  const verdict = met === undefined ? '' : met ? 'met' : 'NOT MET';
  console.log(`  ${what.padEnd(WIDTH)} ${figure.padEnd(30)} ${target.padEnd(12)} ${verdict}`.trimEnd());
}

/** @param times ms, one a round; the median has to be below `target` */
export function times(what: string, times: readonly number[], target?: number): void {
  const middle = median(times);
  row(
    what,
    `p50 ${ms(middle)}, max ${ms(Math.max(...times))}, n=${times.length}`,
    target === undefined ? '' : `< ${ms(target)}`,
    target === undefined ? undefined : middle < target,
  );
}

/** The value that 95 of 100 do not exceed. */
export const p95 = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1]!;

/** @param times ms; their 95th percentile has to be below `target` */
export function high(what: string, times: readonly number[], target?: number): void {
  const one = (value: number): string => (value < 100 ? `${value.toFixed(1)} ms` : ms(value));
  const value = p95(times);
  row(
    what,
    `p50 ${one(median(times))}, p95 ${one(value)}, n=${times.length}`,
    target === undefined ? '' : `p95 ≤ ${target} ms`,
    target === undefined ? undefined : value <= target,
  );
}

/** The ratio of two medians of the same run. */
export function ratio(
  what: string,
  ours: readonly number[],
  theirs: readonly number[],
  target?: number,
): void {
  const value = median(ours) / median(theirs);
  row(
    what,
    `${value.toFixed(2)}×`,
    target === undefined ? '' : `≤ ${target}×`,
    target === undefined ? undefined : value <= target,
  );
}

/** Any other figure. @param most what it has to stay below, in the same unit */
export function amount(what: string, value: number, unit: string, most?: number, digits = 1): void {
  row(
    what,
    `${value.toFixed(digits)} ${unit}`,
    most === undefined ? '' : `< ${most} ${unit}`,
    most === undefined ? undefined : value < most,
  );
}
