/** The instances of a job at their homes, and whether they serve. */
import { fills, type Instance, serves } from 'tender/framework';
import { indicesOf, isCommand, noteOf, type StatefulMemory, type StatefulView } from './memory.ts';
import { sameTask } from './spec.ts';

const homeOf = (one: Instance): string | undefined => {
  const note = noteOf(one);
  return 'home' in note ? note.home : undefined;
};

export const commandsIn = ({ instances }: StatefulView): Instance[] => instances.filter(isCommand);

/** The instance that lives in the home of this index, in whatever state. */
export function instanceAt(
  { instances }: StatefulView,
  { homes }: StatefulMemory,
  index: number,
): Instance | undefined {
  const id = homes[index]?.id;
  const there = instances.filter((one) => !isCommand(one) && id !== undefined && homeOf(one) === id);
  return there.find(fills) ?? there[0];
}

/** Those that live where nobody is at home any more: another one has taken their place. */
export const straysIn = ({ instances }: StatefulView, { homes }: StatefulMemory): Instance[] =>
  instances.filter((one) => !isCommand(one) && homes[one.index]?.id !== homeOf(one));

export const isServing = (view: StatefulView, memory: StatefulMemory, index: number): boolean => {
  const instance = instanceAt(view, memory, index);
  return instance !== undefined && fills(instance) && serves(instance);
};

export const membersIn = ({ members }: StatefulMemory): number[] => indicesOf(members);

/** The other members that do not serve. */
export const idleBeside = (view: StatefulView, memory: StatefulMemory, index: number): number[] =>
  membersIn(memory).filter((one) => one !== index && !isServing(view, memory, one));

/** Its machine is out of reach, or it has no home any more. */
export const isLost = ({ homes }: StatefulMemory, index: number): boolean =>
  homes[index] === undefined || homes[index].awaySince !== undefined;

/** Members that are to be of another version than they are. */
export function outdatedIn({ job, versions }: StatefulView, { members }: StatefulMemory): number[] {
  return indicesOf(members).filter((index) => !sameTask(versions.get(members[index]!)?.spec, job.spec));
}

/** It runs as something else than it is to be. */
export function isOther({ versions }: StatefulView, { version }: Instance, wanted: number): boolean {
  const spec = versions.get(wanted)?.spec;
  return version !== wanted && spec !== undefined && !sameTask(versions.get(version)?.spec, spec);
}
