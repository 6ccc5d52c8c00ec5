/** Long lists for a peer, in as few messages as the limit of a message allows: what is too large goes as two halves. */

/**
 * @param send sends the items from (included) to (excluded) as one message; false: too large
 * @returns false: a single item is too large; those before it have gone
 */
export function inParts(from: number, to: number, send: (from: number, to: number) => boolean): boolean {
  if (send(from, to)) return true;
  if (to - from <= 1) return false;
  const middle = (from + to) >> 1;
  return inParts(from, middle, send) && inParts(middle, to, send);
}
