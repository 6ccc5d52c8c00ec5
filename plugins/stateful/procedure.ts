/**
 * A change of one instance, carried out step by step:
 *
 *   gate ─ (settle) ─ commands before ─ (stop) ─ (start) ─ commands after ─ (pause) ─▶ done
 *     └──────────────────── anything fails: held, until a person says how to go on
 *
 * How far it has come is remembered before each act, so whoever takes over goes on at that step and not before it. Nothing is
 * stopped while another member does not serve. Pure.
 */
import {
  type AgentView,
  fills,
  type Instance,
  type Placing,
  type Plan,
  type Stopping,
} from 'tender/framework';
import { closedMachine, closedState, closedToCommands, keptRunningBy } from './closed.ts';
import { commandOf, commandPlacing, hostOf, nextStep, ownHostOf } from './commands.ts';
import { hasEnded } from './draining.ts';
import { homeFor, isSettled, leaveHome } from './homes.ts';
import { commandsIn, idleBeside, instanceAt, isLost, isServing } from './members.ts';
import {
  done,
  noteOf,
  type Procedure,
  type ProcedureKind,
  type StatefulMemory,
  type StatefulView,
  without,
} from './memory.ts';
import { type Act, currentAct, isBeforeStop } from './steps.ts';

export type Move = Plan<StatefulMemory>;

const waits = (memory: StatefulMemory, waitUntil?: number): Move => ({
  memory,
  stop: [],
  place: [],
  waitUntil,
});

export function begin(
  { job, now }: StatefulView,
  memory: StatefulMemory,
  kind: ProcedureKind,
  index: number,
): StatefulMemory {
  const from = memory.members[index];
  const to = kind === 'upgrade' || from === undefined ? job.version : from;
  const procedure: Procedure = {
    kind,
    index,
    runbook: job.version,
    step: 0,
    since: now,
    ...(from !== undefined && { from }),
    to,
  };
  // What was kept in the home of a lost one is not touched: only a purge does that.
  const moved = kind === 'replace' ? leaveHome(memory, index) : memory;
  return { ...moved, procedure };
}

/** As far as it can go now. */
export function proceed(view: StatefulView, memory: StatefulMemory): Move {
  let so = memory;
  for (;;) {
    const { procedure } = so;
    if (!procedure || procedure.hold) return waits(so);
    const act = currentAct(view, procedure);
    if (!act) return waits(finish(so, procedure));
    const step = doStep(view, so, procedure, act);
    if (step !== 'done') return step;
    so = after(so, procedure, act, view.now);
  }
}

function finish(memory: StatefulMemory, { index, kind }: Procedure): StatefulMemory {
  const others = (list: readonly number[]): number[] => list.filter((one) => one !== index);
  const { restart, replace } = memory;
  return done({
    ...memory,
    restart: kind === 'restart' || kind === 'upgrade' ? others(restart) : restart,
    replace: kind === 'replace' ? others(replace) : replace,
  });
}

/** What a step that is done leaves: the instance is of its new version, or no member any more. */
function after(memory: StatefulMemory, procedure: Procedure, act: Act, now: number): StatefulMemory {
  const { index, kind, to } = procedure;
  const so = { ...memory, procedure: nextStep(procedure, now) };
  const isNext = (does: Act['does']): boolean => act.does === does;
  if (isNext('stop') && kind === 'scaleDown') return { ...so, members: without(so.members, index) };
  if (isNext('stop') || isNext('settle'))
    return { ...so, members: { ...so.members, [index]: to }, failures: without(so.failures, index) };
  return so;
}

function doStep(view: StatefulView, memory: StatefulMemory, procedure: Procedure, act: Act): Move | 'done' {
  // What was to be done with it before it ends comes too late, and was never meant for another one.
  if (isAboutToLeave(view, procedure) && hasEnded(view, memory, procedure.index)) return 'done';
  switch (act.does) {
    case 'gate':
      return mayStop(view, memory, procedure) && commandsIn(view).length === 0 ? 'done' : waits(memory);
    case 'settle':
      return settle(view, memory, procedure);
    case 'stop':
      return stop(view, memory, procedure);
    case 'start':
      return start(view, memory, procedure, act.deadline);
    case 'pause':
      return view.now >= procedure.since + act.ms ? 'done' : waits(memory, procedure.since + act.ms);
    case 'command':
      return command(view, memory, procedure, act);
  }
}

const isAboutToLeave = (view: StatefulView, procedure: Procedure): boolean =>
  procedure.kind === 'drain' && isBeforeStop(view, procedure);

/** All others serve; of those that are lost a replacement can't wait for the others. */
export function isOpen(view: StatefulView, memory: StatefulMemory, { index, kind }: Procedure): boolean {
  const idle = idleBeside(view, memory, index);
  return idle.every((one) => kind === 'replace' && isLost(memory, one));
}

const mayStop = (view: StatefulView, memory: StatefulMemory, procedure: Procedure): boolean =>
  isOpen(view, memory, procedure) && keptRunningBy(view, memory, procedure) === undefined;

function settle(view: StatefulView, memory: StatefulMemory, { index }: Procedure): Move | 'done' {
  const home = memory.homes[index];
  if (isSettled(view, home)) return 'done';
  return home ? waits(memory) : { ...waits(memory), place: [settlePlacing(view, memory, index)] };
}

export const settlePlacing = (view: StatefulView, memory: StatefulMemory, index: number): Placing => ({
  index,
  why: 'home',
  act: 'settle',
  home: homeFor(view, index, memory),
});

function stop(view: StatefulView, memory: StatefulMemory, procedure: Procedure): Move | 'done' {
  const { index, ending } = procedure;
  const instance = instanceAt(view, memory, index);
  if (!instance || (ending !== undefined && instance.task !== ending)) return 'done';
  if (ending === undefined && !mayStop(view, memory, procedure)) return waits(memory);
  const so =
    ending === undefined ? { ...memory, procedure: { ...procedure, ending: instance.task } } : memory;
  const stopping: Stopping[] = fills(instance) ? [{ instance, why: procedure.kind }] : [];
  return { ...waits(so), stop: stopping };
}

function start(
  view: StatefulView,
  memory: StatefulMemory,
  procedure: Procedure,
  deadline: number,
): Move | 'done' {
  const { index, since } = procedure;
  if (isServing(view, memory, index)) return 'done';
  if (view.now < since + deadline) return waits(memory, since + deadline);
  const { name } = view.job.spec;
  const why = `${name}.${index} does not serve after ${Math.round(deadline / 1000)} s`;
  return waits({ ...memory, procedure: { ...procedure, hold: { is: 'failed', why } } });
}

function command(
  view: StatefulView,
  memory: StatefulMemory,
  procedure: Procedure,
  act: Extract<Act, { does: 'command' }>,
): Move {
  const { index, since } = procedure;
  const nextTry = Math.max(procedure.nextTry ?? 0, memory.commandsAt ?? 0);
  const { now } = view;
  const until = since + act.step.timeout;
  const running = commandsIn(view).find((one) => {
    const note = noteOf(one);
    return one.index === index && 'step' in note && note.step === procedure.step;
  });
  if (running) {
    const isLate = now >= until && running.state !== 'KILLING' && running.state !== 'UNREACHABLE';
    return {
      ...waits(memory, now < until ? until : undefined),
      stop: isLate ? [{ instance: running, why: 'late' }] : [],
    };
  }
  const closed = notRunBy(view, memory, procedure);
  if (now >= until) {
    const what = `${view.job.spec.name}.${index}-${act.label}`;
    const why = `${what} ${closed ? `could not be run: ${closed.name} is ${closedState(closed)}` : 'was not done in time'}`;
    return waits({ ...memory, procedure: { ...procedure, hold: { is: 'failed', why } } });
  }
  if (nextTry > now) return waits(memory, nextTry);
  const host = hostFor(view, memory, procedure);
  if (!host || closed) return waits(memory, until);
  const asked = { index, label: act.label, command: commandOf(act.step), note: { step: procedure.step } };
  return { ...waits(memory, until), place: [commandPlacing(view, memory, host, asked)] };
}

function hostFor(view: StatefulView, memory: StatefulMemory, procedure: Procedure): Instance | undefined {
  const find = isAboutToLeave(view, procedure) ? ownHostOf : hostOf;
  return find(view, memory, procedure.index);
}

/** The machine on which the command of its step has to be run, and can't. */
function notRunBy(view: StatefulView, memory: StatefulMemory, procedure: Procedure): AgentView | undefined {
  const host = hostFor(view, memory, procedure);
  return host && closedToCommands(view, host);
}

/** The machine that takes nothing new, if that is what its step waits for. */
export function waitsForMachine(view: StatefulView, procedure: Procedure): AgentView | undefined {
  const { memory } = view.job;
  const { index } = procedure;
  switch (currentAct(view, procedure)?.does) {
    case 'gate':
    case 'stop':
      return keptRunningBy(view, memory, procedure);
    case 'start':
      return instanceAt(view, memory, index) ? undefined : closedMachine(view, memory.homes[index]?.agent);
    case 'command':
      return commandsIn(view).length > 0 ? undefined : notRunBy(view, memory, procedure);
    default:
      return undefined;
  }
}
