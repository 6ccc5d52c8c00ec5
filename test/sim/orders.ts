/** What a worker is told to run, and what it says of it: plain data, as it goes from process to process. */
import type { Outcome } from './simulate.ts';

export interface Order {
  readonly seed: number;
  readonly agents: number;
  /** Virtual time until all faults stop (ms). */
  readonly length: number;
  /** Only these steps of the seed's plan. @default all */
  readonly only?: readonly number[] | undefined;
}

export type Report = Omit<Outcome, 'lines'>;
