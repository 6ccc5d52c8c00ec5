/**
 * How much may be sent to the terminal now. Over a slow line (a phone, a train, a serial port) what is written waits in
 * the buffers between here and the terminal, and a key's echo waits behind it. So each frame goes between two questions
 * that the terminal answers when it comes to them: the second answer says that the frame has arrived, the time between
 * the two how long the line was busy with it. Data waits until the line is free, and a frame changes no more lines than
 * arrive in a tenth of a second.
 *
 *   unknown ── answer ──→ answers ── three frames unanswered ──→ silent
 *      └────────── the first frame unanswered ───────────────────→ silent ── answer ──→ answers
 *
 * Of a terminal that is silent nothing is known: then frames go when they are due, as if every line were quick.
 */

/** A key's echo is waited for; what changed by itself is not. */
export type Hurry = 'key' | 'data';

/** What one frame may take on the line, ms. */
const PIECE = 100;
/** So few lines always go. */
const FEWEST = 3;
/** A line that takes so many is quick enough for whole frames. */
const WHOLE = 48;
/** Frames on their way at once, where keys ask for them: on a line that is quick, but long, their echo need not wait. */
const KEYS_AT_ONCE = { slow: 2, quick: 8 } as const;
/** An answer that takes longer does not come, ms. */
export const PATIENCE = 5_000;
const MISSED_UNTIL_SILENT = 3;

interface Flight {
  lines: number;
  /** When the terminal came to its beginning. */
  arriving?: number;
}

interface Question {
  readonly flight: Flight;
  readonly isEnd: boolean;
  readonly at: number;
}

export class LinkPace {
  #phase: 'unknown' | 'answers' | 'silent' = 'unknown';
  #missed = 0;
  /** Lines that a frame may change. */
  #lines = Number.POSITIVE_INFINITY;
  /** Asked and not answered, the oldest first: answers come in this order, and all look the same. */
  #questions: Question[] = [];
  /** Handed over, not written yet. */
  #drawing: Flight | undefined;

  /** Lines that a frame may change now; 0: not yet, an answer comes first. */
  room(hurry: Hurry, now: number): number {
    this.#giveUp(now);
    if (this.#phase !== 'answers') return Number.POSITIVE_INFINITY;
    const most = hurry === 'data' ? 1 : KEYS_AT_ONCE[this.isSlow ? 'slow' : 'quick'];
    return this.#inFlight() < most ? this.#lines : 0;
  }

  /** Whole frames are too much for it. */
  get isSlow(): boolean {
    return this.#lines < WHOLE;
  }

  get isWaiting(): boolean {
    return this.#questions.length > 0;
  }

  /**
   * A frame that changes so many lines will be written.
   * @returns whether to ask before it
   */
  begin(lines: number, now: number): boolean {
    // What is drawn together is one frame.
    if (this.#drawing) {
      this.#drawing.lines += lines;
      return false;
    }
    if (this.#phase === 'silent' || (this.#phase === 'unknown' && this.isWaiting)) return false;
    this.#drawing = { lines };
    this.#questions.push({ flight: this.#drawing, isEnd: false, at: now });
    return true;
  }

  /**
   * It was written.
   * @returns whether to ask after it
   */
  end(now: number): boolean {
    if (!this.#drawing) return false;
    this.#questions.push({ flight: this.#drawing, isEnd: true, at: now });
    this.#drawing = undefined;
    return true;
  }

  answered(now: number): void {
    this.#phase = 'answers';
    this.#missed = 0;
    const question = this.#questions.shift();
    if (!question) return;
    const { flight, isEnd } = question;
    if (isEnd) this.#arrived(flight.lines, now - (flight.arriving ?? now));
    else flight.arriving = now;
  }

  /** Another program has the terminal now: whatever comes is not for us. */
  forget(): void {
    this.#questions = [];
    this.#drawing = undefined;
  }

  #inFlight(): number {
    return this.#questions.filter(({ isEnd }) => isEnd).length + (this.#drawing ? 1 : 0);
  }

  #arrived(lines: number, took: number): void {
    if (took > PIECE) this.#lines = Math.max(FEWEST, Math.floor((lines * PIECE) / took));
    else if (took < PIECE / 2 && lines * 2 > this.#lines) this.#lines *= 2;
    if (!this.isSlow) this.#lines = Number.POSITIVE_INFINITY;
  }

  #giveUp(now: number): void {
    const [oldest] = this.#questions;
    if (!oldest || now - oldest.at < PATIENCE) return;
    this.forget();
    this.#missed += 1;
    if (this.#phase === 'unknown' || this.#missed >= MISSED_UNTIL_SILENT) this.#phase = 'silent';
  }
}
