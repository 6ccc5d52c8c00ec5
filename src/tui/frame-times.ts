/**
 * How long each frame takes, from the data to the bytes for the terminal: for the benchmark, which names a file for it in
 * TENDER_FRAMES. React does its part in the same turn of the loop; Ink draws then, or a moment later when it throttles.
 */
import { writeFileSync } from 'node:fs';

export class FrameTimes {
  readonly #frames: number[] = [];
  #isOpen = false;

  /** A frame was handed over whose work began at `from` (performance.now). */
  published(from: number): void {
    this.#isOpen = true;
    queueMicrotask(() => {
      this.#frames.push(performance.now() - from);
      this.#isOpen = false;
    });
  }

  /** @param ms what drawing took */
  drawn(ms: number): void {
    if (!this.#isOpen && this.#frames.length > 0) this.#frames[this.#frames.length - 1]! += ms;
  }

  save(file: string): void {
    writeFileSync(file, JSON.stringify(this.#frames));
  }
}
