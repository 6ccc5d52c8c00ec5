/** What a service remembers from one decision to the next. */
import type { Failures } from 'tender/framework';

export type ServiceMemory = {
  /** By slot: how it has failed lately. */
  readonly failures: { readonly [index: string]: Failures };
};

export const NOTHING_REMEMBERED: ServiceMemory = { failures: {} };
