/** One thing that holds always, or once quiet: what is wrong with it now, in words; nothing, if all is well. */
import type { Promises } from '../promises.ts';
import type { SimCluster } from '../sim-cluster.ts';

export interface Invariant {
  /** Its number in the list of what tender promises, and its name. */
  readonly name: string;
  /** Asked after each step. */
  always?(sim: SimCluster, promises: Promises): string[];
  /** Asked when all faults are over and time has passed. */
  quiet?(sim: SimCluster, promises: Promises): string[];
}
