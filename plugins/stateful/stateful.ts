/** The kind of job: what is remembered of its instances, what is done next, and how it looks. */
import {
  failedAgain,
  fills,
  type Instance,
  type JobKind,
  type Summary,
  serves,
  type TaskStatus,
} from 'tender/framework';
import { commandEnded } from './commands.ts';
import { awaitingIn } from './draining.ts';
import { isFailure, isInVain, neverRan } from './fate.ts';
import { placedAt } from './homes.ts';
import { isServing, membersIn, outdatedIn } from './members.ts';
import {
  done,
  isCommand,
  NOTHING_REMEMBERED,
  noteOf,
  type ProcedureKind,
  type StatefulMemory,
  type StatefulView,
} from './memory.ts';
import { progressOf } from './progress.ts';
import { reconcile } from './reconcile.ts';
import { refuseOtherSize, type StatefulSpec, sameTask, statefulSchema } from './spec.ts';
import { actText, currentAct, hasStarted } from './steps.ts';
import { verbs } from './verbs.ts';
import { whyStateful } from './why.ts';

export const stateful: JobKind<StatefulSpec, StatefulMemory> = {
  schema: statefulSchema,
  memory: NOTHING_REMEMBERED,
  reconcile,
  placed: placedAt,
  homes: ({ homes }) => Object.values(homes).map(({ agent }) => agent),
  isOver: ({ job: { memory } }) => Object.keys(memory.homes).length + memory.left.length === 0,
  ended: (view, instance, status) =>
    isCommand(instance)
      ? commandEnded(view, view.job.memory, instance, status)
      : instanceEnded(view, instance, status),
  endsByItself: isCommand,
  changed,
  keeps: ({ members, procedure }) => [
    ...Object.values(members),
    ...(procedure ? [procedure.runbook, procedure.from, procedure.to] : []),
  ],
  summary,
  why: whyStateful,
  verbs,
  columns: [{ title: 'PROCEDURE', key: 'procedure' }],
};

function instanceEnded(view: StatefulView, instance: Instance, status: TaskStatus): StatefulMemory {
  const { spec } = view.job;
  const memory = withUse(view.job.memory, instance, status);
  if (!isInVain(instance, status)) return memory;
  const { index } = instance;
  const ranFor = instance.state === 'RUNNING' ? status.at - instance.since : 0;
  const failed = failedAgain(memory.failures[index], instance, { ranFor, now: view.now }, spec.retry);
  const failures = { ...memory.failures, [index]: failed };
  const { procedure } = memory;
  // What never ran is no reason to hold it: it is tried again, later.
  const isAffected = procedure?.index === index && !procedure.hold && hasStarted(view, procedure);
  if (!isAffected || !isFailure(instance, status)) return { ...memory, failures };
  const why = `${instance.name} has ended: ${status.message || status.reason}`;
  return { ...memory, failures, procedure: { ...procedure, hold: { is: 'failed', why } } };
}

/** It may have written in its volume, seen running or not. */
function withUse(memory: StatefulMemory, instance: Instance, status: TaskStatus): StatefulMemory {
  const note = noteOf(instance);
  const home = memory.homes[instance.index];
  if (!home || home.used || neverRan(status) || !('home' in note) || note.home !== home.id) return memory;
  return { ...memory, homes: { ...memory.homes, [instance.index]: { ...home, used: true } } };
}

/** A clean slate, but for where the data is and what is being done. */
function changed({ job }: StatefulView, spec: StatefulSpec): StatefulMemory {
  refuseOtherSize(job.spec, spec);
  const { aborted: _, ...memory } = { ...job.memory, failures: {} };
  const version = job.version + 1;
  if (job.stopping) {
    const members = Object.fromEntries(membersIn(memory).map((index) => [index, version]));
    return { ...done(memory), members, restart: [], replace: [] };
  }
  const { procedure } = memory;
  if (!procedure) return memory;
  // What does not go on by itself gives way to what is wanted now.
  if (procedure.hold) return done(memory);
  return procedure.kind === 'upgrade' && !sameTask(job.spec, spec)
    ? { ...memory, procedure: { ...procedure, to: version }, members: superseded(memory, version) }
    : memory;
}

/** The instance that is being started as the version before. */
function superseded({ members, procedure }: StatefulMemory, version: number): StatefulMemory['members'] {
  const isStarting = procedure !== undefined && members[procedure.index] === procedure.to;
  return isStarting ? { ...members, [procedure.index]: version } : members;
}

const DOING: Readonly<Record<ProcedureKind, string>> = {
  upgrade: 'upgrading',
  restart: 'restarting',
  replace: 'replacing',
  scaleUp: 'scaling',
  scaleDown: 'scaling',
  drain: 'draining',
};

function summary(view: StatefulView): Summary {
  const { job, instances } = view;
  const { memory, spec, stopping } = job;
  const { procedure } = memory;
  const serving = membersIn(memory).filter((index) => isServing(view, memory, index)).length;
  const isFailing = Object.values(memory.failures).some(
    ({ inARow, until }) => inARow > 1 && until > view.now,
  );
  const isAway = Object.values(memory.homes).some(({ awaySince }) => awaySince !== undefined);
  const isWaiting = awaitingIn(view, memory).length > 0;
  const missing = isAway ? 'lost' : isFailing ? 'failing' : isWaiting ? 'waiting' : 'starting';
  const running = serving >= spec.count ? 'running' : missing;
  const status = stopping
    ? instances.length > 0
      ? 'stopping'
      : 'stopped'
    : procedure?.hold
      ? 'held'
      : (changeIn(view) ?? running);
  return {
    desired: stopping ? 0 : spec.count,
    status,
    settled:
      status === 'running' && (memory.aborted !== job.version || outdatedIn(view, memory).length === 0),
    endpoints: endpointsOf(view),
    progress: progressOf(view),
    columns: {
      procedure: procedure ? `${spec.name}.${procedure.index} ${actText(currentAct(view, procedure))}` : '',
    },
  };
}

/** What is being done, or is about to be. */
function changeIn(view: StatefulView): string | undefined {
  const { memory, version } = view.job;
  const { procedure, formed, aborted, restart } = memory;
  if (procedure) return DOING[procedure.kind];
  if (!formed || aborted === version) return undefined;
  return outdatedIn(view, memory).length > 0 ? DOING.upgrade : restart.length > 0 ? DOING.restart : undefined;
}

function endpointsOf({ job, instances }: StatefulView): Summary['endpoints'] {
  if (Object.keys(job.spec.ports).length === 0) return undefined;
  return instances
    .filter((one) => !isCommand(one))
    .map((one) => ({ task: one.task, weight: fills(one) && serves(one) ? 100 : 0 }));
}
