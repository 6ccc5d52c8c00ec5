/**
 * Programs that have something to do and then end, where all others serve until they are told to end. The first word of
 * their command says so; luck says how long that takes, and how it ends.
 */
import type { TaskSpec } from '../../src/core/task.ts';
import type { Chance } from './chance.ts';

interface Errand {
  /** At least and at most (ms). */
  readonly takes: readonly [number, number];
  /** How probable each exit code is; the rest end with 0. */
  readonly fails: Readonly<Record<number, number>>;
}

/** By the first word of the command. */
const ERRANDS: Readonly<Record<string, Errand>> = {
  work: { takes: [300, 8_000], fails: { 1: 0.12, 3: 0.08 } },
  flush: { takes: [200, 3_000], fails: { 1: 0.05 } },
  status: { takes: [50, 1_000], fails: { 1: 0.05 } },
};

/** After this code it makes no sense to try again. */
export const HOPELESS = 3;

/** @returns undefined: it serves */
export function errandOf({ run }: TaskSpec, chance: Chance): { after: number; code: number } | undefined {
  const errand = ERRANDS[run.kind === 'process' ? (run.argv[0] ?? '') : ''];
  if (!errand) return undefined;
  const [least, most] = errand.takes;
  const after = least + (most - least) * chance.next() ** 2;
  let luck = chance.next();
  for (const [code, probability] of Object.entries(errand.fails)) {
    luck -= probability;
    if (luck < 0) return { after, code: Number(code) };
  }
  return { after, code: 0 };
}
