/**
 * Commands of a runbook as tasks: each runs beside an instance, and its exit code comes by the stream of status updates, so
 * it is known once and for good. It is written down before it is launched, and its end together with what follows from it:
 * a step is never begun twice unless it is certain that it has not run, or the runbook says that this does no harm.
 */
import { fills, type Instance, type Placing, serves, type TaskStatus } from 'tender/framework';
import { closedToCommands } from './closed.ts';
import { neverRan } from './fate.ts';
import { discovery, homeFor } from './homes.ts';
import { instanceAt, isServing, membersIn } from './members.ts';
import type { Hold, Note, Procedure, StatefulMemory, StatefulView } from './memory.ts';
import type { RunbookStep } from './spec.ts';
import { type Act, currentAct } from './steps.ts';

type Command = string | readonly string[];

/** What did not come to run would not a moment later: it is tried again after this time (ms). */
const TRY_AGAIN = 2_000;

/** What a step runs. */
export const commandOf = ({ check, run, until }: RunbookStep): Command => check ?? run ?? until ?? [];

/** Beside the instance that it is about. */
export function ownHostOf(view: StatefulView, memory: StatefulMemory, index: number): Instance | undefined {
  const own = instanceAt(view, memory, index);
  return own && fills(own) && own.state === 'RUNNING' ? own : undefined;
}

/** Beside the instance that it is about where that runs, else beside the first other one that serves. */
export function hostOf(view: StatefulView, memory: StatefulMemory, index: number): Instance | undefined {
  const own = ownHostOf(view, memory, index);
  if (own) return own;
  const others = membersIn(memory)
    .filter((one) => one !== index && isServing(view, memory, one))
    .map((one) => instanceAt(view, memory, one)!);
  return others.find((one) => closedToCommands(view, one) === undefined) ?? others[0];
}

export interface Asked {
  readonly index: number;
  readonly label: string;
  readonly command: Command;
  readonly note: Note;
}

/** @param host beside which it runs: an instance at home */
export function commandPlacing(
  view: StatefulView,
  memory: StatefulMemory,
  host: Instance,
  { index, label, command, note }: Asked,
): Placing {
  const { job, versions } = view;
  const { name } = job.spec;
  const version = host.version;
  const { ports, image, network, runbook } = versions.get(version)?.spec ?? job.spec;
  const env: Record<string, string> = { ...discovery(view, memory, index), TENDER_BESIDE: host.name };
  const own = memory.homes[host.index]?.ports ?? {};
  for (const [port, number] of Object.entries(own)) {
    const inside = image !== undefined && network === 'bridge' ? ports[port]?.container : undefined;
    const word = port.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
    env[`PORT_${word}`] = String(inside ?? number);
    env[`HOST_PORT_${word}`] = String(number);
  }
  return {
    index,
    why: label,
    name: `${name}.${index}-${label}`,
    version,
    on: host.agent,
    act: 'visit',
    home: homeFor(view, host.index, memory),
    beside: host.task,
    env,
    differs: { cpus: runbook.cpus, mem: runbook.mem, ...runs(command, image !== undefined) },
    note,
  };
}

/** An image's own entrypoint is for its service. */
function runs(command: Command, isContainer: boolean) {
  if (!isContainer) return { command: typeof command === 'string' ? command : [...command] };
  const [program = '', ...words] = typeof command === 'string' ? ['/bin/sh', '-c', command] : command;
  return { entrypoint: [program], command: words };
}

/** Where it is serving, or at least running: only there it can be asked anything. */
export const canHost = (instance: Instance | undefined): instance is Instance =>
  instance !== undefined && fills(instance) && serves(instance);

/** What follows from the end of a command. */
export function commandEnded(
  view: StatefulView,
  memory: StatefulMemory,
  { index, note }: Instance,
  status: TaskStatus,
): StatefulMemory {
  if (neverRan(status) && status.state !== 'ERROR') return { ...memory, commandsAt: view.now + TRY_AGAIN };
  const { procedure } = memory;
  const { step, asks } = note as { readonly step?: number; readonly asks?: true };
  if (asks) return { ...memory, asked: { ...memory.asked, [index]: status.state === 'FINISHED' } };
  if (procedure?.index !== index || procedure.step !== step) return memory;
  const act = currentAct(view, procedure);
  if (act?.does !== 'command') return memory;
  if (status.state === 'FINISHED') return { ...memory, procedure: nextStep(procedure, view.now) };
  return { ...memory, procedure: failed(view, procedure, act, status) };
}

function failed(
  { now, job }: StatefulView,
  procedure: Procedure,
  { step, label }: Extract<Act, { does: 'command' }>,
  { state, message }: TaskStatus,
): Procedure {
  const isOver = now >= procedure.since + step.timeout;
  const mayBeRepeated = step.repeatable || step.run === undefined;
  const isKnown = state === 'FAILED' || state === 'ERROR' || state === 'KILLED';
  const isTried = step.until !== undefined ? state !== 'ERROR' : !isKnown && mayBeRepeated;
  if (isTried && !isOver) return { ...procedure, nextTry: now + step.every };
  const what = `${job.spec.name}.${procedure.index}-${label}`;
  const told = message || state;
  const hold: Hold =
    !isKnown && !mayBeRepeated
      ? { is: 'unknown', why: `nobody knows whether ${what} has run (${told})` }
      : { is: 'failed', why: isOver ? `${what} was not done in time (${told})` : `${what} failed: ${told}` };
  return { ...procedure, hold };
}

/** On to the next step; what belonged to this one is forgotten. */
export function nextStep(procedure: Procedure, now: number): Procedure {
  const { nextTry: _, ending: __, hold, ...kept } = procedure;
  const stays = hold?.is === 'paused' ? { hold } : undefined;
  return { ...kept, step: procedure.step + 1, since: now, ...stays };
}
