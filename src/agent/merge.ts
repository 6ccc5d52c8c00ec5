/** Several sources as one, in the order in which their items come. Pulls one item ahead of each, never more. */
export async function* merge<T>(...sources: readonly AsyncIterable<T>[]): AsyncGenerator<T, void, undefined> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const pull = (index: number) => iterators[index]!.next().then((result) => ({ index, result }));
  const pending = new Map(iterators.map((_, index) => [index, pull(index)]));
  try {
    while (pending.size > 0) {
      const { index, result } = await Promise.race(pending.values());
      if (result.done) {
        pending.delete(index);
        continue;
      }
      pending.set(index, pull(index));
      yield result.value;
    }
  } finally {
    // Not awaited: a source that waits for more can't return before it is woken, which is its owner's to do. Whoever read
    // has gone: what becomes of the sources is told to nobody.
    for (const index of pending.keys()) {
      pending.get(index)?.catch(() => {});
      iterators[index]?.return?.()?.catch(() => {});
    }
  }
}
