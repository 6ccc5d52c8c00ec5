/**
 * How values of attributes compare. They are texts; two that both look like numbers are numbers (`1` is `1.0`); else,
 * where more or less is asked, two that both begin like versions are versions (`27.1.4`, `v1.9`, `6.8.0-45-generic`):
 * number by number, and by what follows only where both have something following. Anything else is in the order of its
 * letters.
 */

const NUMBER = /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)$/;
const VERSION = /^v?(\d+(?:\.\d+)*)(?:[-+~](.*))?$/;

export const sameValue = (a: string, b: string): boolean =>
  a === b || (NUMBER.test(a) && NUMBER.test(b) && Number(a) === Number(b));

/** Negative: a is less; 0: neither is. */
export function compareValues(a: string, b: string): number {
  if (NUMBER.test(a) && NUMBER.test(b)) return Number(a) - Number(b);
  const [x, y] = [VERSION.exec(a), VERSION.exec(b)];
  return x && y ? compareVersions(x, y) : compareTexts(a, b);
}

function compareVersions([, a = '', afterA]: RegExpExecArray, [, b = '', afterB]: RegExpExecArray): number {
  const [x, y] = [a.split('.').map(Number), b.split('.').map(Number)];
  for (let i = 0; i < x.length || i < y.length; i++) {
    const way = (x[i] ?? 0) - (y[i] ?? 0);
    if (way !== 0) return way;
  }
  return afterA === undefined || afterB === undefined ? 0 : compareTexts(afterA, afterB);
}

const compareTexts = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
