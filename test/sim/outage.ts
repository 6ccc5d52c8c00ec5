/** Something that is down as long as anybody holds it down: faults overlap, and it comes up with the end of the last. */
export class Outage {
  readonly #down: () => void;
  readonly #up: () => void;
  #held = 0;

  constructor(down: () => void, up: () => void) {
    this.#down = down;
    this.#up = up;
  }

  get lasts(): boolean {
    return this.#held > 0;
  }

  /** @returns ends it; called twice it does nothing more */
  begin(): () => void {
    this.#held += 1;
    this.#down();
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#held -= 1;
      if (this.#held === 0) this.#up();
    };
  }
}
