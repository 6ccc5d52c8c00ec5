/** What a spec would change: against what runs, step by step, and where each new instance would go (or why it can't). */
import type { Json } from '../../core/json.ts';
import { difference } from './difference.ts';
import { forecast } from './forecast.ts';
import { hideDifference } from './hide-secrets.ts';
import type { JobKind, JobRecord, View } from './kind.ts';
import type { PlanGround } from './plan-ground.ts';

export interface PlanParts {
  readonly kind: JobKind;
  /** The job as it is; absent: there is none. */
  readonly before: JobRecord | undefined;
  /** As it would be. */
  readonly view: View;
  readonly ground: PlanGround;
  /** Jobs that it would wait for. */
  readonly waitsFor: readonly string[];
}

export function planOf({ kind, before, view, ground, waitsFor }: PlanParts): Json {
  const { job, agents } = view;
  const { steps, isCut, after } = forecast(kind, view, ground);
  const { held, verbs = [] } = kind.summary(after).progress ?? {};
  const counters: Record<string, number> = {};
  for (const { does, why } of steps) {
    const what = does === 'wait' ? does : `${does} ${why}`;
    counters[what] = (counters[what] ?? 0) + 1;
  }
  return {
    job: job.spec.name,
    /** To be given to `submit` as `ifVersion`. */
    version: before?.version ?? 0,
    stopping: before?.stopping ?? false,
    diff: difference(specOf(before), specOf(job)).map((one) =>
      hideDifference(one, specOf(before), specOf(job)),
    ),
    counters,
    steps: steps.map(({ agent, ...step }) => ({
      ...step,
      agent: agent === undefined ? undefined : (agents.get(agent)?.name ?? agent),
    })),
    isCut,
    /** Where it does not go on by itself in the end. */
    held: held === undefined || isCut ? undefined : { why: held, verbs },
    unplaced: ground.refusals(),
    waitsFor,
  } as unknown as Json;
}

const specOf = (job: JobRecord | undefined): Json => (job?.spec ?? {}) as unknown as Json;
