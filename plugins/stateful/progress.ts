/** How far a procedure has come, for people to watch: how many instances are done, and the step that is under way. */
import type { Progress } from 'tender/framework';
import { leavingIn } from './draining.ts';
import { isServing, membersIn, outdatedIn } from './members.ts';
import { indicesOf, type Procedure, type StatefulView } from './memory.ts';
import { actText, stepsOf } from './steps.ts';

/** Nothing when all is as it shall be. */
export function progressOf(view: StatefulView): Progress | undefined {
  const { job } = view;
  const { memory } = job;
  if (job.stopping) return undefined;
  return memory.procedure ? ofProcedure(view, memory.procedure) : memory.formed ? undefined : ofStart(view);
}

const NAMES = {
  upgrade: 'upgrade',
  restart: 'restart',
  replace: 'replacement',
  scaleUp: 'scaling up',
  scaleDown: 'scaling down',
  drain: 'drain',
} as const;

function ofProcedure(view: StatefulView, procedure: Procedure): Progress {
  const { spec, version } = view.job;
  const { kind, index, step, from, to, since, hold } = procedure;
  const steps = stepsOf(view, procedure);
  const one = `${spec.name}.${index}`;
  const { done, of } = countOf(view, procedure);
  return {
    kind: 'change',
    what: NAMES[kind],
    done,
    failed: 0,
    of,
    part: steps.length === 0 ? 1 : Math.min(1, step / steps.length),
    ...(kind === 'upgrade' && { from, to }),
    ...(kind !== 'upgrade' && { to: version }),
    since,
    step: `${one} ${actText(steps[step])} (step ${Math.min(step + 1, steps.length)} of ${steps.length})`,
    held: hold?.why,
    verbs: verbsFor(hold),
  };
}

/** Instances that the change is through with, and all that it concerns. */
function countOf(view: StatefulView, { kind, index }: Procedure): Pick<Progress, 'done' | 'of'> {
  const { memory, spec } = view.job;
  const members = membersIn(memory);
  const without = (indices: readonly number[]): number => indices.filter((one) => one !== index).length;
  switch (kind) {
    case 'upgrade':
      return { done: members.length - without(outdatedIn(view, memory)) - 1, of: members.length };
    case 'restart':
      return { done: members.length - without(memory.restart) - 1, of: members.length };
    case 'replace':
      return { done: 0, of: 1 + without(memory.replace) };
    case 'scaleUp':
      return { done: without(members), of: spec.count };
    case 'scaleDown': {
      const over = without(members.filter((one) => one >= spec.count));
      return { done: 0, of: over + 1 };
    }
    case 'drain':
      return { done: 0, of: 1 + without(leavingIn(view, memory)) };
  }
}

function verbsFor(hold: Procedure['hold']): string[] {
  if (!hold) return ['pause', 'abort'];
  const isOver = hold.is === 'paused' || hold.is === 'undone';
  return isOver ? ['resume', 'abort'] : ['retry', 'resume', 'undo', 'abort'];
}

/** The first start of all. */
function ofStart(view: StatefulView): Progress {
  const { spec, version, memory } = view.job;
  const waiting = indicesOf(memory.members).filter((index) => !isServing(view, memory, index));
  const since = Math.min(view.now, ...Object.values(memory.homes).map(({ chosenAt }) => chosenAt));
  return {
    kind: 'change',
    what: 'start',
    done: membersIn(memory).length - waiting.length,
    failed: 0,
    of: spec.count,
    to: version,
    since,
    step: waiting.length > 0 ? `${spec.name}.${waiting[0]} is to serve` : '',
    verbs: [],
  };
}
