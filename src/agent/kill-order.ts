/**
 * The order to end a task: a soft signal now, SIGKILL when its time is over. A later order can only shorten the time.
 * Once given it stays: whatever end the task then comes to is no failure.
 */
import type { Clock, Timer } from '../core/clock.ts';

export class KillOrder {
  #given = false;
  #over = false;
  #deadline = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;

  /** By this process or a former one. */
  get given(): boolean {
    return this.#given;
  }

  /** By this process: its time runs. */
  get underWay(): boolean {
    return this.#timer !== undefined;
  }

  /** SIGKILL is due. The timer decides, which may be a millisecond ahead of the clock. */
  get isOver(): boolean {
    return this.#over;
  }

  /** A former process gave it; it is still to be given by this one. */
  recall(): void {
    this.#given = true;
  }

  /**
   * @param over called when the time is over
   * @returns whether this is the first order of this process
   */
  give(clock: Clock, graceMs: number, over: () => void): boolean {
    const deadline = clock.now() + Math.max(0, graceMs);
    if (this.underWay && deadline >= this.#deadline) return false;
    const first = !this.underWay;
    this.#given = true;
    this.#over = graceMs <= 0;
    this.#deadline = deadline;
    this.#timer?.cancel();
    this.#timer = clock.after(Math.max(0, graceMs), () => {
      this.#over = true;
      over();
    });
    return first;
  }

  cancel(): void {
    this.#timer?.cancel();
  }
}
