/** What comes, for whoever goes through it with `for await`: kept until it is read, the oldest let go beyond a limit. */
export class Feed<T> implements AsyncIterable<T> {
  readonly #waiting: T[] = [];
  readonly #most: number;
  #ended = false;
  #wake = Promise.withResolvers<void>();

  constructor(most: number) {
    this.#most = most;
  }

  push(item: T): void {
    if (this.#ended) return;
    this.#waiting.push(item);
    if (this.#waiting.length > this.#most) this.#waiting.shift();
    this.#wake.resolve();
  }

  /** What waits is no longer of use. */
  drop(isVoid: (item: T) => boolean): void {
    const kept = this.#waiting.filter((item) => !isVoid(item));
    this.#waiting.splice(0, this.#waiting.length, ...kept);
  }

  /** Who reads gets what is there, and then the end. */
  end(): void {
    this.#ended = true;
    this.#wake.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const item = this.#waiting.shift();
      if (item !== undefined) yield item;
      else if (this.#ended) return;
      else {
        this.#wake = Promise.withResolvers();
        await this.#wake.promise;
      }
    }
  }
}
