/** What is done with one instance, step by step: the runbook of the job, and what is always done. */
import type { Procedure, ProcedureKind, StatefulView } from './memory.ts';
import type { RunbookPart, RunbookStep, StatefulSpec } from './spec.ts';

export type Act =
  /** Until all others serve. */
  | { readonly does: 'gate' }
  /** A new home, before anything starts in it. */
  | { readonly does: 'settle' }
  | { readonly does: 'stop' }
  /** Until it serves, for so long at most. */
  | { readonly does: 'start'; readonly deadline: number }
  | { readonly does: 'pause'; readonly ms: number }
  | { readonly does: 'command'; readonly step: RunbookStep; readonly label: string };

/** Which of these a procedure has, in this order: before and after are the runbook's. */
const SHAPES: Readonly<Record<ProcedureKind, { settles: boolean; stops: boolean; starts: boolean }>> = {
  upgrade: { settles: false, stops: true, starts: true },
  restart: { settles: false, stops: true, starts: true },
  replace: { settles: true, stops: false, starts: true },
  scaleUp: { settles: true, stops: false, starts: true },
  scaleDown: { settles: false, stops: true, starts: false },
  drain: { settles: false, stops: true, starts: false },
};

export function stepsOf({ job, versions }: StatefulView, { kind, runbook }: Procedure): readonly Act[] {
  const part = partOf(versions.get(runbook)?.spec ?? job.spec, kind);
  const { settles, stops, starts } = SHAPES[kind];
  const before = part.before.map((step, i) => actOf(step, `before-${i + 1}`));
  const after = part.after.map((step, i) => actOf(step, `after-${i + 1}`));
  return [
    { does: 'gate' },
    ...(settles ? [{ does: 'settle' } as const] : []),
    ...before,
    ...(stops ? [{ does: 'stop' } as const] : []),
    ...(starts ? [{ does: 'start', deadline: part.deadline } as const] : []),
    ...after,
    ...(part.pause > 0 ? [{ does: 'pause', ms: part.pause } as const] : []),
  ];
}

function partOf({ runbook }: StatefulSpec, kind: ProcedureKind): RunbookPart {
  const restart = runbook.restart ?? runbook.upgrade;
  if (kind === 'restart') return restart;
  return kind === 'drain' ? (runbook.drain ?? { ...restart, after: [], pause: 0 }) : runbook[kind];
}

function actOf(step: RunbookStep, label: string): Act {
  if (step.pause !== undefined) return { does: 'pause', ms: step.pause };
  return { does: 'command', step, label: step.name ?? label };
}

export const currentAct = (view: StatefulView, procedure: Procedure): Act | undefined =>
  stepsOf(view, procedure)[procedure.step];

/** What runs is stopped for it, and started anew. */
export const startsAgain = (kind: ProcedureKind): boolean => SHAPES[kind].stops && SHAPES[kind].starts;

/** It does not run now, and must not be started: that comes later. */
export function isParked(view: StatefulView, procedure: Procedure | undefined, index: number): boolean {
  if (procedure?.index !== index) return false;
  const steps = stepsOf(view, procedure);
  const { settles } = SHAPES[procedure.kind];
  const start = steps.findIndex(({ does }) => does === 'start');
  return steps[procedure.step]?.does === 'stop' || (settles && procedure.step < start);
}

/** Its instance has not been told to end. */
export const isBeforeStop = (view: StatefulView, procedure: Procedure): boolean =>
  procedure.step < stepsOf(view, procedure).findIndex(({ does }) => does === 'stop');

/** Its instance has been started by the procedure: if it ends, that is a failure of the procedure. */
export function hasStarted(view: StatefulView, procedure: Procedure): boolean {
  const start = stepsOf(view, procedure).findIndex(({ does }) => does === 'start');
  return start >= 0 && procedure.step >= start;
}

/** For people: `db.2: until "healthy"`. */
export function actText(act: Act | undefined): string {
  if (act === undefined) return 'is done';
  if (act.does !== 'command') return ACTS[act.does];
  const { check, until } = act.step;
  return check !== undefined
    ? `checks ${act.label}`
    : until !== undefined
      ? `waits until ${act.label}`
      : `runs ${act.label}`;
}

const ACTS = {
  gate: 'waits until all others serve',
  settle: 'gets a home',
  stop: 'is stopped',
  start: 'is started',
  pause: 'pauses',
} as const;
