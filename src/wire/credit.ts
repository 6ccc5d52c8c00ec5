/**
 * The sending side's account of a byte stream: so many bytes may still go. The reader grants more as it reads, so that
 * at most one window is under way and a slow reader slows only its own stream.
 */
import { STREAM_WINDOW } from './protocol.ts';

/** Larger pieces are cut, so that streams share a connection fairly. */
export const PIECE = 64 * 1024;

export class Credit {
  #left = STREAM_WINDOW;
  #ended = false;
  #wake: (() => void) | undefined;

  grant(bytes: number): void {
    this.#left += bytes;
    this.#wake?.();
  }

  /** Nobody reads any more: whoever waits goes on, to find out. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Yields the bytes in pieces, each when it may go; stops early when the stream has ended. */
  async *pace(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    for (let from = 0; from < bytes.length; from += PIECE) {
      const piece = bytes.subarray(from, from + PIECE);
      while (this.#left <= 0 && !this.#ended)
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      if (this.#ended) return;
      this.#left -= piece.length;
      yield piece;
    }
  }
}
