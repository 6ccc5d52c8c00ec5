/**
 * Makes a `Pipe` of a source of chunks. Whatever ends it (the source, the reader returning early, `close`), `stop`
 * is called exactly once, and it must wake a source that waits for more.
 */
import type { Chunk, Pipe } from './executor.ts';

export interface PipeParts {
  readonly output: AsyncIterable<Chunk>;
  readonly stop: () => void;
  readonly write?: (bytes: Uint8Array) => Promise<void>;
  readonly end?: () => void;
  readonly resize?: (columns: number, rows: number) => void;
  readonly exitCode?: () => number | undefined;
}

export function pipeOf(parts: PipeParts): Pipe {
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    parts.stop();
  };
  async function* read(): AsyncGenerator<Chunk, void, undefined> {
    try {
      for await (const chunk of parts.output) {
        if (!open) return;
        yield chunk;
      }
    } catch (error) {
      // Closed on purpose: that the source was torn apart is no news.
      if (open) throw error;
    } finally {
      close();
    }
  }
  return {
    output: read(),
    write: async (bytes) => {
      if (open) await parts.write?.(bytes);
    },
    end: () => {
      if (open) parts.end?.();
    },
    resize: (columns, rows) => {
      if (open) parts.resize?.(columns, rows);
    },
    close,
    exitCode: () => parts.exitCode?.(),
  };
}
