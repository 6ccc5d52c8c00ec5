/** A store that forgets at the end of the process: for tests and the simulator. */
import type { Change, Entry, Store } from './store.ts';

export function memoryStore(): Store {
  const values = new Map<string, Entry>();
  return {
    load: () => [...values.keys()].sort().map((id) => values.get(id)!),
    async commit(changes: readonly Change[]) {
      for (const { space, key, value } of changes) {
        const id = `${space}\u0000${key}`;
        if (value === null) values.delete(id);
        else values.set(id, { space, key, value });
      }
    },
    close() {},
  };
}
