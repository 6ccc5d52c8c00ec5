/**
 * When which bytes of an output were written. Programs write into their files by themselves, so nobody sees each line;
 * but once a second the agent looks how long the file is and when it was written to last. A mark says: what lies before
 * `upTo`, and behind the mark before, was written by `at`. Kept beside the output as text, `UPTO AT` a line, so that it
 * is still known after a restart and after the task's end.
 */

export interface LogMark {
  /** Position behind the last of these bytes; the file's first byte is 0, the older part's are negative. */
  readonly upTo: number;
  /** ms since 1970 */
  readonly at: number;
}

/** So many are kept; of the older half every second one goes when there are more. */
const KEPT = 4096;

export class LogTimes {
  #marks: LogMark[] = [];

  /** @param size of the file: what was noted of bytes behind it is of another one */
  constructor(text = '', size = Number.POSITIVE_INFINITY) {
    for (const line of text.split('\n')) {
      const [upTo, at] = line.split(' ').map(Number);
      if (Number.isSafeInteger(upTo) && Number.isSafeInteger(at) && upTo! <= size) this.note(upTo!, at!);
    }
  }

  /** Behind all that is known. */
  get end(): number {
    return this.#marks.at(-1)?.upTo ?? Number.NEGATIVE_INFINITY;
  }

  /** @returns whether that is news */
  note(upTo: number, at: number): boolean {
    const last = this.#marks.at(-1);
    if (last?.upTo === upTo || (!last && upTo === 0)) return false;
    // Shorter than it was: its program has emptied it.
    if (last && upTo < last.upTo) this.#marks = [];
    this.#marks.push({ upTo, at: Math.max(Math.round(at), last?.at ?? 0) });
    if (this.#marks.length > KEPT)
      this.#marks = this.#marks.filter((_, i) => i % 2 === 1 || i > this.#marks.length / 2);
    return true;
  }

  /** The mark that holds for the byte at this position. */
  of(position: number): LogMark | undefined {
    return this.#marks[this.#first((mark) => mark.upTo > position)];
  }

  /** Where what was written at `since` or later begins; undefined: behind all that is known. */
  since(since: number): number | undefined {
    const found = this.#first((mark) => mark.at >= since);
    if (found === this.#marks.length) return undefined;
    return found === 0 ? Number.NEGATIVE_INFINITY : this.#marks[found - 1]!.upTo;
  }

  /** The file begins `by` bytes later than it did; what lies before `oldest` is gone. */
  shift(by: number, oldest: number): void {
    this.#marks = this.#marks
      .map(({ upTo, at }) => ({ upTo: upTo - by, at }))
      .filter(({ upTo }) => upTo > oldest);
  }

  text(): string {
    return this.#marks.map(({ upTo, at }) => `${upTo} ${at}\n`).join('');
  }

  #first(holds: (mark: LogMark) => boolean): number {
    let low = 0;
    for (let high = this.#marks.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (holds(this.#marks[middle]!)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
