/**
 * What makes one agent better than another for an instance, each as a number from −1 to 1. Spread by targets, packing
 * and its opposite are Nomad's formulas; the weight of a single affinity counts here, and does not cancel out.
 */

import type { Attributes } from '../core/attributes.ts';
import { holds, type Matches, type Spread, sum } from '../core/constraint.ts';
import type { Counts } from './tally.ts';
import type { Affinity } from './wanted.ts';

const clamped = (score: number): number => Math.max(-1, Math.min(1, score));

/** The weights of what holds, in hundredths; of many, as a part of them all. */
export function affinityScore(
  affinity: readonly Affinity[],
  attributes: Attributes,
  matches: Matches,
): number {
  if (affinity.length === 0) return 0;
  const fitting = affinity.filter(({ condition }) =>
    holds(condition, attributes.get(condition.attribute), matches),
  );
  const all = sum(affinity.map(({ weight }) => Math.abs(weight)));
  return sum(fitting.map(({ weight }) => weight)) / Math.max(100, all);
}

/** 0 without another instance of the job, and towards −1 with ever more of them. */
export const antiAffinityScore = (instances: number): number => -instances / (instances + 1);

/** One spread, with what has been worked out of it. */
export interface Aim {
  readonly attribute: string;
  /** Of all spreads together, from 0 to 1. */
  readonly share: number;
  /** Instances that there shall be, by value; undefined: the same for all values. */
  readonly desired: ReadonlyMap<string, number> | undefined;
  /** Of each value that is not among them. */
  readonly otherwise: number;
}

/** @param total instances of the job that there shall be */
export function aimsOf(spreads: readonly Spread[], total: number): Aim[] {
  const weights = sum(spreads.map(({ weight }) => weight));
  return spreads.map(({ attribute, targets, weight }) => {
    const percents = Object.entries(targets);
    const rest = 100 - sum(percents.map(([, percent]) => percent));
    const desired = percents.map(([value, percent]): [string, number] => [value, (percent * total) / 100]);
    return {
      attribute,
      share: weight / weights,
      desired: desired.length > 0 ? new Map(desired) : undefined,
      otherwise: (rest * total) / 100,
    };
  });
}

/**
 * How far one more instance there is from too many. Where the agent lacks the attribute, or nothing of the job is meant
 * for its value: −1.
 * @param values that the agent has, one for each aim
 * @param counts of the job's instances by value, one for each aim
 */
export function spreadScore(
  aims: readonly Aim[],
  values: readonly (string | undefined)[],
  counts: readonly Counts[],
): number {
  let score = 0;
  for (const [i, aim] of aims.entries()) {
    const value = values[i];
    score += aim.share * (value === undefined ? -1 : oneSpreadScore(aim, value, counts[i]!));
  }
  return score;
}

function oneSpreadScore({ desired, otherwise }: Aim, value: string, counts: Counts): number {
  const used = counts.of(value);
  if (!desired) return evenScore(used, counts);
  const wanted = desired.get(value) ?? otherwise;
  return wanted <= 0 ? -1 : clamped((wanted - (used + 1)) / wanted);
}

/** From 1 where there are the fewest to −1 where there are the most; 0 where all have the same. */
function evenScore(used: number, { range: { least, most } }: Counts): number {
  return most === least ? 0 : (most + least - 2 * used) / (most - least);
}

/**
 * How full an agent is: 0, it is empty, to 1, nothing is left over ("best fit" of Google's cluster papers, as Nomad has
 * it).
 * @param cpus free, as a part of all that it has
 * @param mem the same
 */
export const packingScore = (cpus: number, mem: number): number => (20 - 10 ** cpus - 10 ** mem) / 18;

/** The other way round: 1 where all is left over. */
export const emptinessScore = (cpus: number, mem: number): number => 1 - packingScore(cpus, mem);
