/**
 * Machines that take nothing new: a person has withdrawn them, or their disk is full. What runs there goes on; so nothing is
 * stopped there that is to run again.
 */
import type { AgentId, AgentView, Instance } from 'tender/framework';
import { instanceAt } from './members.ts';
import type { Procedure, StatefulMemory, StatefulView } from './memory.ts';
import { startsAgain } from './steps.ts';

/** The machine of this agent, if it takes nothing new. */
export function closedMachine({ agents }: StatefulView, agent: AgentId | undefined): AgentView | undefined {
  const machine = agent === undefined ? undefined : agents.get(agent);
  return machine?.withdrawn === undefined && machine?.fault === undefined ? undefined : machine;
}

/** `out of disk`, `drained`; what is wrong with it comes first. */
export const closedState = ({ withdrawn, fault }: AgentView): string => fault ?? withdrawn ?? '';

/** What opens it. */
export const openingHelp = ({ name, fault }: AgentView): string =>
  fault === undefined ? `tender activate ${name}` : `tender why ${name} says what is wrong with it`;

export const isHomeClosed = (view: StatefulView, { homes }: StatefulMemory, index: number): boolean =>
  closedMachine(view, homes[index]?.agent) !== undefined;

/** Its machine, if no command can be run beside it there. On one that is being drained they still are. */
export function closedToCommands(view: StatefulView, { agent }: Instance): AgentView | undefined {
  const machine = closedMachine(view, agent);
  return machine?.withdrawn === 'draining' && machine.fault === undefined ? undefined : machine;
}

/** Of an instance that runs, and is to be stopped and started anew: its machine, if that would not start it again. */
export function keptRunningBy(
  view: StatefulView,
  memory: StatefulMemory,
  { kind, index, ending }: Procedure,
): AgentView | undefined {
  const instance = instanceAt(view, memory, index);
  return startsAgain(kind) && ending === undefined ? closedMachine(view, instance?.agent) : undefined;
}
