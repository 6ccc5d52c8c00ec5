/** What people can say to a job that keeps data: how a procedure goes on, and what may be lost. */
import { type Change, type JobKind, type Json, TenderError } from 'tender/framework';
import { nextStep } from './commands.ts';
import { giveUpAll, leaveHome } from './homes.ts';
import { isServing, membersIn } from './members.ts';
import { done, indicesOf, type Procedure, type StatefulMemory, type StatefulView } from './memory.ts';
import type { StatefulSpec } from './spec.ts';
import { isParked } from './steps.ts';

type Changed = Change<StatefulMemory>;
type Verbs = NonNullable<JobKind<StatefulSpec, StatefulMemory>['verbs']>;

const nameOf = ({ job }: StatefulView): string => job.spec.name;

/** @throws TenderError `procedure.none` */
function procedureOf(view: StatefulView): Procedure {
  const { procedure } = view.job.memory;
  if (!procedure) throw new TenderError('procedure.none', { name: nameOf(view) });
  return procedure;
}

/** @throws TenderError `procedure.none`, `procedure.goes_on` */
function heldIn(view: StatefulView): Procedure & Required<Pick<Procedure, 'hold'>> {
  const { hold, ...procedure } = procedureOf(view);
  if (!hold) throw new TenderError('procedure.goes_on', { name: nameOf(view) });
  return { ...procedure, hold };
}

const goingOn = (view: StatefulView, procedure: Procedure): Changed => ({
  memory: { ...view.job.memory, procedure },
  answer: { job: nameOf(view), instance: `${nameOf(view)}.${procedure.index}` },
});

const again = ({ hold: _, nextTry: __, ending: ___, ...procedure }: Procedure, now: number): Procedure => ({
  ...procedure,
  since: now,
});

export const verbs: Verbs = {
  pause: {
    help: 'holds the change that is under way, before its next step',
    run: (view) =>
      goingOn(view, { ...procedureOf(view), hold: { is: 'paused', why: 'somebody has paused it' } }),
  },
  retry: {
    help: 'does the step again at which a change is held',
    run: (view) => goingOn(view, again(heldIn(view), view.now)),
  },
  resume: {
    help: 'goes on with a change that is held; where a step has failed, after that step',
    run: (view) => {
      const { hold, ...procedure } = heldIn(view);
      const isSkipped = hold.is === 'failed' || hold.is === 'unknown';
      return goingOn(view, isSkipped ? nextStep(procedure, view.now) : again(procedure, view.now));
    },
  },
  undo: {
    help: 'puts the instance of the change that is held back to what it was, and stays held',
    run: (view) => {
      const { from, index, ...procedure } = heldIn(view);
      const { memory } = view.job;
      const members = from === undefined ? memory.members : { ...memory.members, [index]: from };
      const back = {
        ...again({ ...procedure, index }, view.now),
        step: 0,
        ...(from !== undefined && { from }),
      };
      const hold = { is: 'undone', why: 'its instance was put back' } as const;
      return goingOn({ ...view, job: { ...view.job, memory: { ...memory, members } } }, { ...back, hold });
    },
  },
  abort: {
    help: 'gives up the change that is under way: each instance stays as it is',
    run: (view) => {
      const procedure = procedureOf(view);
      const { memory, version } = view.job;
      const { members, staying = [] } = memory;
      const answer = { job: nameOf(view) };
      if (procedure.kind === 'drain')
        return { memory: { ...done(memory), staying: [...staying, procedure.index] }, answer };
      // One that is stopped for it starts again, as it was.
      const isStopped = isParked(view, procedure, procedure.index) && procedure.from !== undefined;
      const after = isStopped ? { ...members, [procedure.index]: procedure.from! } : members;
      return {
        memory: { ...done(memory), members: after, aborted: version, restart: [], replace: [] },
        answer,
      };
    },
  },
  restart: {
    help: 'starts all instances anew, one after the other, by the runbook',
    run: (view) => ({
      memory: { ...view.job.memory, restart: membersIn(view.job.memory) },
      answer: { job: nameOf(view) },
    }),
  },
  replace: {
    help: 'gives an instance that does not serve another home, with an empty volume',
    run: (view, { name }) => replaced(view, name),
  },
  purge: {
    help: 'destroys the data of a job that is stopped; of one that runs, what its instances have left behind',
    run: (view) => {
      const { memory, stopping } = view.job;
      const indices = indicesOf(memory.homes).filter((one) => stopping || memory.members[one] === undefined);
      const after = giveUpAll(memory, indices);
      return { memory: after, answer: { job: nameOf(view), volumes: after.left.map(({ id }) => id) } };
    },
  },
};

/** @throws TenderError `instance.unknown`, `instance.serves` */
function replaced(view: StatefulView, name: Json | undefined): Changed {
  const { memory } = view.job;
  const index = membersIn(memory).find((one) => `${nameOf(view)}.${one}` === name);
  if (index === undefined)
    throw new TenderError('instance.unknown', { job: nameOf(view), name: String(name ?? '') });
  if (isServing(view, memory, index)) throw new TenderError('instance.serves', { name: String(name) });
  const answer = { job: nameOf(view), instance: String(name) };
  if (!memory.formed) return { memory: leaveHome(memory, index), answer };
  const ready = memory.procedure?.hold ? done(memory) : memory;
  return { memory: { ...ready, replace: [...ready.replace.filter((one) => one !== index), index] }, answer };
}
