/**
 * How an update goes on: it begins with a new version, and ends when all of that is there. It fails when an instance does
 * so again and again, is not healthy in time, or nothing gets ahead; then it is taken back, if there is something to go
 * back to. A newer version takes its place at any time.
 *
 *   begun → running ⇄ paused          all there → gone, the version is stable
 *             └→ failed, aborted → (goes back to `from`: another update, which returns)
 */
import { type AgentId, type Instance, serves } from 'tender/framework';
import type { ServiceMemory, Update } from './memory.ts';
import type { ServiceView, Situation, Slot } from './situation.ts';
import { canariesOf, sameTask } from './spec.ts';

export function advance(view: ServiceView, situation: Situation): ServiceMemory {
  const { job, unsettled } = view;
  const { version } = job;
  const memory = returned(moved(job.memory, situation), situation);
  if (job.stopping) return memory;
  if (isAllThere(situation)) return finished(memory, version);
  if (memory.update?.version !== version)
    // It waits until what it needs is as it should be.
    return unsettled.length > 0 ? memory : { ...memory, update: begun(view, situation) };
  const update = advanced(memory.update, view, situation);
  return update === memory.update ? memory : { ...memory, update };
}

/** What has arrived elsewhere, or is gone, has not to move any more. */
function moved(memory: ServiceMemory, { slots, isAvailable }: Situation): ServiceMemory {
  if (!memory.moves) return memory;
  const isOver = ([index, { from }]: readonly [string, { readonly from: AgentId }]): boolean => {
    const slot = slots.find((one) => one.index === Number(index));
    return !slot || (slot.current?.agent !== from && isAvailable(slot.current));
  };
  const left = Object.entries(memory.moves).filter((one) => !isOver(one));
  if (left.length === Object.keys(memory.moves).length) return memory;
  const { moves: _, ...rest } = memory;
  return left.length === 0 ? rest : { ...rest, moves: Object.fromEntries(left) };
}

/** Where an instance was taken away there is one again, or nothing is to be. */
function returned(memory: ServiceMemory, { slots, isAvailable }: Situation): ServiceMemory {
  if (!memory.taken) return memory;
  const isLacking = (agent: AgentId): boolean =>
    slots.some(({ on, current }) => on === agent && !isAvailable(current));
  const left = memory.taken.filter(isLacking);
  if (left.length === memory.taken.length) return memory;
  const { taken: _, ...rest } = memory;
  return left.length === 0 ? rest : { ...rest, taken: left };
}

function finished(memory: ServiceMemory, version: number): ServiceMemory {
  if (memory.stable === version && memory.update === undefined) return memory;
  const { update: _, ...rest } = memory;
  return { ...rest, stable: version };
}

/** Each slot that has to be is filled with what should be there, and nothing else is. */
function isAllThere({ slots, surplus, isAvailable }: Situation): boolean {
  const filled = slots.filter(({ isOpen }) => !isOpen);
  const isThere = ({ current, old }: Slot): boolean => isAvailable(current) && old === undefined;
  return surplus.length === 0 && (filled.length > 0 || slots.length === 0) && filled.every(isThere);
}

function begun({ job: { version, spec, memory }, versions, now }: ServiceView, situation: Situation): Update {
  const from = wholeIn(situation) ?? memory.stable;
  const before = from === undefined ? undefined : versions.get(from)?.spec;
  // Otherwise there is nothing to try, and nothing to go back to: of a version with a count of 0 nothing was there.
  const wasThere = before !== undefined && (before.perAgent || before.count > 0);
  const hasChanged = wasThere && !sameTask(before, spec);
  const promoted = canariesOf(spec) === 0 || !hasChanged;
  const back = hasChanged && from !== undefined ? { from } : {};
  return { version, ...back, state: 'running', promoted, startedAt: now };
}

/** The version that all slots serve as, though perhaps not for long. */
function wholeIn({ slots }: Situation): number | undefined {
  const filled = slots.filter(({ isOpen }) => !isOpen);
  const version = filled[0]?.old?.version;
  const isOfIt = ({ old }: Slot): boolean => old !== undefined && old.version === version && serves(old);
  return filled.every(isOfIt) ? version : undefined;
}

function advanced(update: Update, view: ServiceView, situation: Situation): Update {
  if (update.state !== 'running' || view.unsettled.length > 0) return update;
  const why = failureOf(update, view, situation);
  if (why !== undefined) return { ...update, state: 'failed', why };
  const { spec } = view.job;
  if (!update.promoted && spec.update.autoPromote && areTried(situation))
    return { ...update, promoted: true };
  return update;
}

/** All canaries are healthy. */
export const areTried = ({ canaries, isAvailable }: Situation): boolean =>
  canaries.size > 0 && [...canaries].every(({ current }) => isAvailable(current));

function failureOf(update: Update, view: ServiceView, situation: Situation): string | undefined {
  const { job, now } = view;
  const { retry, update: rules } = job.spec;
  for (const [index, { inARow, version }] of Object.entries(job.memory.failures))
    if (version === update.version && inARow > retry.inPlace)
      return `${job.spec.name}.${index} failed ${inARow} times in a row`;
  const late = freshOf(situation).find((one) => deadlineOf(one, situation, rules.healthyDeadline) <= now);
  if (late) return `${late.name} was not ${lackOf(late)} after ${rules.healthyDeadline / 1000} s`;
  if (progressDeadline(update, view, situation) > now) return undefined;
  return `nothing got ahead for ${rules.progressDeadline / 1000} s`;
}

const lackOf = ({ healthy, ready }: Instance): string =>
  ready === false && healthy !== false ? 'ready' : 'healthy';

const freshOf = ({ slots }: Situation): Instance[] => slots.flatMap(({ current }) => current ?? []);

/** When an instance has to be healthy; what has not been started yet takes the time that it takes. */
export function deadlineOf(one: Instance, { isAvailable }: Situation, allowed: number): number {
  const isChecked = one.state === 'RUNNING' && one.servesSince === undefined && !isAvailable(one);
  return isChecked ? (one.servedUntil ?? one.since) + allowed : Number.POSITIVE_INFINITY;
}

/** When the next instance has to be there. While a person is waited for there is no hurry. */
export function progressDeadline(update: Update, view: ServiceView, situation: Situation): number {
  if (!update.promoted && areTried(situation)) return Number.POSITIVE_INFINITY;
  const { minHealthy, progressDeadline: allowed } = view.job.spec.update;
  const there = freshOf(situation).filter(situation.isAvailable);
  const times = there.map(({ servesSince = 0 }) => servesSince + minHealthy);
  return Math.max(update.startedAt, ...times) + allowed;
}
