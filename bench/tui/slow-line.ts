/** A line that takes only so many bytes a second: what goes in comes out later, in the order and the size of the bytes. */
export class SlowLine {
  readonly #rate: number;
  readonly #arrived: (bytes: Uint8Array) => void;
  /** Nothing is on the way any more. */
  readonly #free: () => void;
  #queue: Uint8Array = new Uint8Array();
  #timer: NodeJS.Timeout | undefined;
  #at = 0;

  /** @param rate bytes a second */
  constructor(rate: number, arrived: (bytes: Uint8Array) => void, free: () => void) {
    this.#rate = rate;
    this.#arrived = arrived;
    this.#free = free;
  }

  send(bytes: Uint8Array): void {
    this.#queue = Buffer.concat([this.#queue, bytes]);
    if (this.#timer) return;
    this.#at = performance.now();
    this.#timer = setInterval(() => this.#move(), STEP);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #move(): void {
    const count = Math.floor(((performance.now() - this.#at) / 1000) * this.#rate);
    this.#at += (count / this.#rate) * 1000;
    const gone = this.#queue.subarray(0, count);
    this.#queue = this.#queue.subarray(count);
    if (gone.length > 0) this.#arrived(gone);
    if (this.#queue.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#free();
  }
}

/** ms */
const STEP = 4;
