/** What an instance needs, worked out once for all that need the same, so that looking at an agent is quick. */
import { type Condition, isCondition, isLimit, type Limit } from '../core/constraint.ts';
import type { AgentId } from '../core/task.ts';
import { type Amounts, amountsOf } from './amounts.ts';
import type { Wanted } from './wanted.ts';

export interface Needs {
  readonly wanted: Wanted;
  /** Nowhere else. */
  readonly on: AgentId | undefined;
  readonly conditions: readonly Condition[];
  readonly limits: readonly Limit[];
  readonly amounts: Amounts;
  readonly sets: readonly (readonly [name: string, items: readonly string[]])[];
  readonly ports: {
    readonly fixed: readonly number[];
    /** Any others, so many. */
    readonly more: number;
  };
}

export function needsOf(wanted: Wanted): Needs {
  const { constraints = [], demand, ports, on, home } = wanted;
  const fixed = Object.values(ports).filter((port) => port !== undefined);
  return {
    wanted,
    on: on ?? home?.agent,
    conditions: constraints.filter(isCondition),
    limits: constraints.filter(isLimit),
    // A volume is made of disk, whether some is wanted beside it or not.
    amounts: new Map([...(home ? [['disk', 0] as const] : []), ...amountsOf(demand)]),
    sets: demand.flatMap((entry) => ('set' in entry ? [[entry.name, entry.set] as const] : [])),
    ports: {
      fixed,
      more: Object.keys(ports).length - fixed.length,
    },
  };
}

/** The same for all that fit in the same places: of which job they are counts only where its instances are counted. */
export function shapeOf({
  job,
  executor,
  demand,
  ports,
  constraints,
  platform,
  on,
  home,
  act,
}: Wanted): string {
  const counted = constraints?.some(isLimit) ? job : '';
  return JSON.stringify([counted, executor, demand, ports, constraints, platform, on, home, act]);
}
