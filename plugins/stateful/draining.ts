/**
 * Members on machines that are being drained: they are stopped by the runbook, one after the other, while all others
 * serve, and stay where their data is. What was begun with one is carried to its end though its machine be activated
 * meanwhile: it may be flushed, or have handed over, and is started again right after. What is held when its machine is
 * activated, or when the deadline of the drain has ended its instance, is forgotten.
 */
import { fills, type Instance } from 'tender/framework';
import { isHomeClosed } from './closed.ts';
import { instanceAt, isServing, membersIn } from './members.ts';
import type { Procedure, StatefulMemory, StatefulView } from './memory.ts';

const isDraining = ({ agents }: StatefulView, { agent }: Instance): boolean =>
  agents.get(agent)?.withdrawn === 'draining';

const isHere = ({ agents }: StatefulView, { agent }: Instance): boolean =>
  agents.get(agent)?.state === 'ready';

/** Those that do not serve because their machines get no new work: they come home when these do again. */
export const awaitingIn = (view: StatefulView, memory: StatefulMemory): number[] =>
  membersIn(memory).filter((index) => isHomeClosed(view, memory, index) && !isServing(view, memory, index));

/** Those that are still to be stopped. */
export const leavingIn = (view: StatefulView, memory: StatefulMemory): number[] =>
  membersIn(memory).filter((index) => {
    const one = instanceAt(view, memory, index);
    const mayStay = memory.staying?.includes(index) ?? false;
    return one !== undefined && fills(one) && isDraining(view, one) && isHere(view, one) && !mayStay;
  });

/** A person has given up stopping these: until another drain, or none. */
export function keepStaying(view: StatefulView, memory: StatefulMemory): StatefulMemory {
  const { staying, ...others } = memory;
  if (staying === undefined) return memory;
  const still = staying.filter((index) => {
    const one = instanceAt(view, memory, index);
    return one !== undefined && isDraining(view, one);
  });
  if (still.length === staying.length) return memory;
  return still.length > 0 ? { ...others, staying: still } : others;
}

/** Of a member that is to be stopped: it has ended before, or is being killed. */
export function hasEnded(view: StatefulView, memory: StatefulMemory, index: number): boolean {
  const one = instanceAt(view, memory, index);
  return one === undefined || one.state === 'KILLING';
}

/** It is held, and there is no reason for it any more. */
export function isMoot(
  view: StatefulView,
  memory: StatefulMemory,
  { kind, index, hold }: Procedure,
): boolean {
  if (kind !== 'drain' || hold === undefined) return false;
  const one = instanceAt(view, memory, index);
  return one === undefined || !isDraining(view, one);
}
