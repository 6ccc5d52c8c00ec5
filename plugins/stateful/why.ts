/** Why a job that keeps data is as it is: one sentence, and what would help. */
import { type Answer, fills, type Instance, serves, type TaskStatus } from 'tender/framework';
import { closedMachine, closedState, openingHelp } from './closed.ts';
import { awaitingIn } from './draining.ts';
import { commandsIn, idleBeside, instanceAt, membersIn } from './members.ts';
import type { Procedure, ProcedureKind, StatefulView } from './memory.ts';
import { isOpen, waitsForMachine } from './procedure.ts';
import { actText, currentAct } from './steps.ts';

const say = (sentence: string, help = ''): Answer => ({ sentence, agents: [], help });
const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;
const seconds = (ms: number): string => `${Math.max(0, Math.ceil(ms / 1000))} s`;

export function whyStateful(
  view: StatefulView,
  one: Instance | undefined,
  lastEnd: TaskStatus | undefined,
): Answer {
  const { job } = view;
  if (one) return say(`${one.name} is ${serves(one) ? 'as it should be' : stateText(one)}.`);
  if (job.stopping) return whyStopped(view);
  return (
    (job.memory.procedure && whyProcedure(view, job.memory.procedure)) ??
    whyAway(view) ??
    whyClosed(view) ??
    whyFailing(view, lastEnd) ??
    whyRunning(view)
  );
}

const stateText = ({ state, healthy, message }: Instance): string =>
  `${state}${healthy === false ? ' and not healthy' : state === 'RUNNING' ? ', not yet known to be healthy' : ''}${message ? `: ${message}` : ''}`;

const nameOfAgent = ({ agents }: StatefulView, agent: string): string =>
  [...agents.values()].find(({ id }) => id === agent)?.name ?? agent;

function whyStopped(view: StatefulView): Answer {
  const { name } = view.job.spec;
  const { homes, left } = view.job.memory;
  const kept = [...Object.values(homes), ...left.filter(({ isGivenUp }) => !isGivenUp)];
  const going = left.filter(({ isGivenUp }) => isGivenUp);
  if (kept.length > 0)
    return say(
      `${name} is stopped, and its data is kept in ${plural(kept.length, 'volume')}.`,
      `tender up starts it again on its data; tender purge ${name} destroys that`,
    );
  const away = going.filter(({ agent }) => view.agents.get(agent)?.state !== 'ready');
  const where = [...new Set(away.map(({ agent }) => nameOfAgent(view, agent)))];
  return where.length > 0
    ? say(
        `${name} is stopped; its data on ${where.join(', ')} is destroyed when that is back.`,
        `if it will not come back: tender gone ${where[0]}`,
      )
    : say(`${name} is stopped, and its data is being destroyed.`);
}

const DOES: Readonly<Record<ProcedureKind, string>> = {
  upgrade: 'upgraded',
  restart: 'restarted',
  replace: 'given another home',
  scaleUp: 'added',
  scaleDown: 'taken away',
  drain: 'stopped for the drain of its machine',
};

function whyProcedure(view: StatefulView, procedure: Procedure): Answer {
  const { job } = view;
  const { name } = job.spec;
  const one = `${name}.${procedure.index}`;
  const act = currentAct(view, procedure);
  const doing = `${one} is being ${DOES[procedure.kind]}`;
  if (procedure.hold) {
    const { is, why } = procedure.hold;
    const help =
      is === 'paused' || is === 'undone'
        ? `tender resume ${name} goes on with it, tender abort ${name} gives it up`
        : `tender retry ${name} does this step again, tender resume ${name} goes on after it, tender undo ${name} puts ${one} back, tender abort ${name} gives it up`;
    return say(`${doing}, and held where it ${actText(act)}: ${why}.`, help);
  }
  if (
    (act?.does === 'gate' || act?.does === 'stop') &&
    !isOpen(view, job.memory, procedure) &&
    !procedure.ending
  ) {
    const idle = idleBeside(view, job.memory, procedure.index).map((index) => `${name}.${index}`);
    return say(
      `${doing}, which waits until ${idle.join(', ')} serve${idle.length === 1 ? 's' : ''}.`,
      whyClosed(view)?.help,
    );
  }
  const machine = waitsForMachine(view, procedure);
  if (machine) {
    const isToStop = act?.does === 'gate' || act?.does === 'stop';
    const where = isToStop
      ? 'which waits, as once stopped it could not start again'
      : `and waits where it ${actText(act)}`;
    return say(
      `${doing}, ${where}: ${machine.name} is ${closedState(machine)}.`,
      `${openingHelp(machine)}; tender abort ${name} gives it up`,
    );
  }
  const lost = commandsIn(view).find(({ state }) => state === 'UNREACHABLE');
  if (lost)
    return say(
      `${doing}: ${lost.name} runs on a machine that is out of reach.`,
      `it tells its end when it is back; tender abort ${name} does not wait for that`,
    );
  // How long it takes is not said here: the sentence is published, and would be news every second.
  return say(`${doing}: it ${actText(act)}.`);
}

function whyAway(view: StatefulView): Answer | undefined {
  const { job, now } = view;
  const { name, replaceAfter } = job.spec;
  const away = Object.values(job.memory.homes).find(({ awaySince }) => awaySince !== undefined);
  if (!away) return undefined;
  const { index, agent, awaySince = now } = away;
  const then =
    replaceAfter === undefined
      ? 'it waits for that machine, where its data is'
      : `it gets another home in ${seconds(awaySince + replaceAfter - now)}`;
  return say(
    `${name}.${index} is at home on ${nameOfAgent(view, agent)}, which is out of reach: ${then}.`,
    `to start it elsewhere without its data: tender replace ${name}.${index}`,
  );
}

function whyClosed(view: StatefulView): Answer | undefined {
  const { memory, spec } = view.job;
  const [index] = awaitingIn(view, memory);
  const machine = index === undefined ? undefined : closedMachine(view, memory.homes[index]!.agent);
  if (!machine) return undefined;
  const { name, fault } = machine;
  const until = fault === undefined ? 'activated' : 'so no more';
  return say(
    `${spec.name}.${index} is at home on ${name}, which is ${closedState(machine)}: it comes back when that is ${until}.`,
    `${openingHelp(machine)}; to start it elsewhere without its data: tender replace ${spec.name}.${index}`,
  );
}

function whyFailing({ job, now }: StatefulView, lastEnd: TaskStatus | undefined): Answer | undefined {
  const { name } = job.spec;
  const [waiting] = Object.entries(job.memory.failures).filter(([, { until }]) => until > now);
  if (!waiting) return undefined;
  const [index, { inARow, until }] = waiting;
  const how = lastEnd?.message || lastEnd?.reason || 'it ended';
  return say(
    `${name}.${index} failed ${plural(inARow, 'time')} in a row (${how}); it is started again in ${seconds(until - now)}.`,
    `tender logs ${name}.${index} shows its last words`,
  );
}

function whyRunning(view: StatefulView): Answer {
  const { memory, spec, version } = view.job;
  const { name, count } = spec;
  const instances = membersIn(memory).map((index) => instanceAt(view, memory, index));
  const slow = instances.find((one) => one && !(fills(one) && serves(one)));
  if (slow) return say(`${slow.name} is ${stateText(slow)}.`);
  const serving = instances.filter((one) => one !== undefined).length;
  if (memory.aborted === version)
    return say(
      `The change of ${name} to version ${version} was given up: ${serving} of ${count} run.`,
      `tender rollback ${name}`,
    );
  if (serving < count) return say(`${name} is starting: ${serving} of ${count} run.`);
  return say(`${name} is as it should be: ${serving} of ${count} run.`);
}
