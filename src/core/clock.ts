/** Time as an argument: the same code runs on the machine's clock and on the simulator's. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `run` once, `ms` from now. The timer alone does not keep a process alive. */
  after(ms: number, run: () => void): Timer;
}

/** Randomness as an argument: a number in [0, 1). */
export type Random = () => number;
