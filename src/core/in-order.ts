/**
 * Several sources, each in order by itself, as one in order. It waits until every source has said what comes next; with
 * `patience`, only so long: a source that is silent then holds nobody up. Never more than one item ahead of each.
 */
export async function* inOrder<T>(
  sources: readonly AsyncIterable<T>[],
  keyOf: (item: T) => number | undefined,
  patience?: () => Promise<unknown>,
): AsyncGenerator<T, void, undefined> {
  const readers = sources.map((source) => source[Symbol.asyncIterator]());
  const heads = new Map<number, T>();
  const pending = new Map<number, Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  const pull = (index: number): void => {
    const next = readers[index]!.next().then(
      ({ done, value }) => {
        pending.delete(index);
        if (!done) heads.set(index, value);
      },
      (error: unknown) => {
        pending.delete(index);
        failure ??= { error };
      },
    );
    pending.set(index, next);
  };
  for (const index of readers.keys()) pull(index);
  try {
    while (heads.size > 0 || pending.size > 0) {
      if (pending.size > 0) {
        const all = Promise.all(pending.values());
        await (heads.size === 0 && patience ? Promise.race(pending.values()) : undefined);
        await (patience ? Promise.race([all, patience()]) : all);
      }
      if (failure) throw failure.error;
      const first = leastOf(heads, keyOf);
      if (first === undefined) continue;
      const item = heads.get(first)!;
      heads.delete(first);
      yield item;
      pull(first);
    }
  } finally {
    // Not awaited: a source that waits for more can't return before it is woken, which is its owner's to do.
    for (const reader of readers) reader.return?.()?.catch(() => {});
  }
}

/** What has no time goes first: it can't be said to come after anything. */
function leastOf<T>(
  heads: ReadonlyMap<number, T>,
  keyOf: (item: T) => number | undefined,
): number | undefined {
  let least: number | undefined;
  let lowest = Number.POSITIVE_INFINITY;
  for (const [index, item] of heads) {
    const key = keyOf(item) ?? Number.NEGATIVE_INFINITY;
    if (least !== undefined && key >= lowest) continue;
    least = index;
    lowest = key;
  }
  return least;
}
