/** What a process holds of memory once its garbage is gone. Needs `--expose-gc`. Bytes. */

export interface Held {
  readonly rss: number;
  /** JavaScript objects. */
  readonly heap: number;
  /** Typed arrays, outside of the heap. */
  readonly buffers: number;
}

export function held(): Held {
  // What one collection finds to be finalized, the next one frees.
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return { rss, heap: heapUsed, buffers: arrayBuffers };
}

export const since = (before: Held, now: Held): Held => ({
  rss: now.rss - before.rss,
  heap: now.heap - before.heap,
  buffers: now.buffers - before.buffers,
});
