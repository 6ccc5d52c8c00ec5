/** Work that is done one after the other. Whoever asked hears what became of it; the next one's turn comes all the same. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #left = 0;

  /** Under way, or waiting. */
  get left(): number {
    return this.#left;
  }

  take<T>(work: () => Promise<T>): Promise<T> {
    this.#left += 1;
    const turn = this.#last.then(work).finally(() => {
      this.#left -= 1;
    });
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** Resolves when nothing is left. */
  async settled(): Promise<void> {
    while (this.#left > 0) await this.#last;
  }
}
