/**
 * What is said to one peer in the same moment goes as one message: the path to each costs more than most of what is said. In
 * order, and without waiting: all that is due now is said before anything else is heard.
 */
import { pack } from './codec.ts';
import { sizeOf } from './endpoint.ts';
import type { Frames } from './transport.ts';

/** More together would keep others waiting (bytes). */
const FULL = 64 * 1024;

export class Outbox {
  readonly #send: (frames: Frames) => boolean;
  #waiting: Uint8Array[] = [];
  #bytes = 0;

  /** @param send as the transport sends: false, it was not sent */
  constructor(send: (frames: Frames) => boolean) {
    this.#send = send;
  }

  /** One message, as `encode` gives it. @param alone the peer is too old to take several at once */
  add(frames: Frames, alone: boolean): boolean {
    const [frame] = frames;
    if (alone || frames.length > 1 || frame === undefined || frame.length >= FULL) {
      this.flush();
      return this.#send(frames);
    }
    if (this.#waiting.length === 0) queueMicrotask(() => this.flush());
    this.#waiting.push(frame);
    this.#bytes += sizeOf(frames);
    if (this.#bytes >= FULL) this.flush();
    return true;
  }

  flush(): void {
    const frames = this.#waiting;
    if (frames.length === 0) return;
    this.#waiting = [];
    this.#bytes = 0;
    this.#send(frames.length === 1 ? frames : [pack(frames)]);
  }
}
