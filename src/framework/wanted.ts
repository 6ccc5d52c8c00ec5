/** One instance that wants a place, with all that counts for where it may go and where it should. */
import type { Condition, Constraint, Spread } from '../core/constraint.ts';
import { isCondition, isLimit, parseCondition, parseConstraint, spreadOf } from '../core/constraint.ts';
import { demandOf, type JobBase, runOf } from '../core/job-spec.ts';
import type { Resources } from '../core/resources.ts';
import type { AgentId, Run } from '../core/task.ts';
import type { Home, HomeAct } from './home.ts';

export interface Wanted {
  /** Of all instances of this placement; unique. */
  readonly key: string;
  readonly job: string;
  /** Of the job: what has failed somewhere before is judged by it. */
  readonly version?: number | undefined;
  readonly executor: Run['kind'];
  /** Scalars of one instance, and sets such as `devices`. */
  readonly demand: Resources;
  /** Named ports: a fixed host port, or any. */
  readonly ports: Readonly<Record<string, number | undefined>>;
  /** 0 to 100. @default that of the role */
  readonly priority?: number | undefined;
  /** All of them must hold; those that spread are wishes. */
  readonly constraints?: readonly Constraint[] | undefined;
  readonly affinity?: readonly Affinity[] | undefined;
  readonly spread?: readonly Spread[] | undefined;
  /** `spread`: where the fewest instances of the job are; `pack`: where the least is left over. @default spread */
  readonly placement?: 'spread' | 'pack' | undefined;
  /** Of its image: `linux/arm64`. */
  readonly platform?: string | undefined;
  /** So many more like this one wait, which are not to be placed now. */
  readonly also?: number | undefined;
  /** Nowhere else. */
  readonly on?: AgentId | undefined;
  /** There, if it fits. */
  readonly prefer?: AgentId | undefined;
  /** There only if it fits nowhere else. */
  readonly avoid?: readonly AgentId[] | undefined;
  /** Where its persistent volume is, or is to be made. */
  readonly home?: Home | undefined;
  /** What is done there. @default launch */
  readonly act?: HomeAct | undefined;
}

export interface Affinity {
  readonly condition: Condition;
  /** −100 to 100: how much better (worse) an agent is where the condition holds. */
  readonly weight: number;
}

type OfJob = Omit<Wanted, 'key'>;

/** What all instances of a job want; one object, so that it is worked out once for all of them. */
const ofJobs = new WeakMap<JobBase, OfJob>();

/**
 * @param key unique among all that is placed together
 * @param more of this instance alone: the version, `on`, `avoid`, …
 */
export function wantedOf<More extends Partial<Wanted> = object>(
  job: JobBase,
  key: string,
  more?: More,
): Wanted & More {
  const known = ofJobs.get(job) ?? jobWants(job);
  ofJobs.set(job, known);
  return { ...known, key, ...more } as Wanted & More;
}

function jobWants(job: JobBase): OfJob {
  const constraints = job.constraints?.map(parseConstraint) ?? [];
  const spreads = constraints.filter((one) => one.is === 'spread').map(spreadOf);
  return {
    job: job.name,
    executor: runOf(job).kind,
    demand: demandOf(job),
    ports: Object.fromEntries(Object.entries(job.ports).map(([name, { host }]) => [name, host])),
    priority: job.priority,
    constraints: constraints.filter((one) => isCondition(one) || isLimit(one)),
    affinity: job.affinity?.map(({ constraint, weight }) => ({
      condition: parseCondition(constraint),
      weight,
    })),
    spread: [...spreads, ...(job.spread ?? [])],
    placement: job.placement,
    platform: job.platform,
  };
}
