/** What makes an offer, where a framework has said nothing else: 0.01 cpus, or 32 MiB. */
import type { Quantities } from '../quantities.ts';

export const LEAST = { cpus: 10, mem: 32_000 } as const satisfies Quantities;

/** As alternatives: any of them suffices. */
export const LEAST_OF: readonly Quantities[] = Object.entries(LEAST).map(([name, amount]) => ({
  [name]: amount,
}));
