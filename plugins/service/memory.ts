/** What a service remembers from one decision to the next. */
import type { AgentId, Failures } from 'tender/framework';

/** From the version that was there to the one that is to be; gone when all of it is there. */
export type Update = {
  /** That it goes to. */
  readonly version: number;
  /** That it came from, and can go back to: the last one that was wholly there, if not for long. Absent: there was none. */
  readonly from?: number;
  readonly state: 'running' | 'paused' | 'failed' | 'aborted';
  /** The first new instances have shown that they work: the others may follow. */
  readonly promoted: boolean;
  readonly startedAt: number;
  /** It goes back to `version`, which had been there before. */
  readonly returning?: true;
  /** Why it failed; of one that returns: why the one before it did. */
  readonly why?: string;
};

export type ServiceMemory = {
  /** By slot: how it has failed lately. */
  readonly failures: { readonly [index: string]: Failures };
  /** The last version that was wholly there. */
  readonly stable?: number;
  readonly update?: Update;
  /** What was taken back, and why: until there is another change. */
  readonly returned?: { readonly version: number; readonly why: string };
  /** By slot: from where it is to move, and where to. */
  readonly moves?: { readonly [index: string]: { readonly from: AgentId; readonly to: AgentId } };
  /** Of one on each agent: agents that an instance was taken from for the sake of a change, until they have one again. */
  readonly taken?: readonly AgentId[];
  /** How often people have had all of it started anew. An instance's note says after which time it was placed. */
  readonly restarts?: number;
};

export const NOTHING_REMEMBERED: ServiceMemory = { failures: {} };
