/** Jobs that need others: which of them would wait for themselves. */

/**
 * The way from a job back to itself, if there is one.
 * @param needs of the job as it would be @param needsOf those of the others
 */
export function circleOf(
  job: string,
  needs: readonly string[],
  needsOf: (job: string) => readonly string[],
): string[] | undefined {
  const seen = new Set<string>();
  const wayFrom = (names: readonly string[]): string[] | undefined => {
    for (const name of names) {
      if (name === job) return [job];
      if (seen.has(name)) continue;
      seen.add(name);
      const way = wayFrom(needsOf(name));
      if (way) return [name, ...way];
    }
    return undefined;
  };
  const way = wayFrom(needs);
  return way && [job, ...way];
}
