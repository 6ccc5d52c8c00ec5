/**
 * What a decision about a service is made of: its slots with who fills them (new, old), which of that is too much, and what
 * is available.
 */
import { type AgentId, fills, type Instance, serves, suits, type View } from 'tender/framework';
import type { ServiceMemory } from './memory.ts';
import { canariesOf, type ServiceSpec, sameTask } from './spec.ts';

export type ServiceView = View<ServiceSpec, ServiceMemory>;

/** Old and current both only while an update makes it so. */
export interface Slot {
  readonly index: number;
  /** Where it has to be; absent: anywhere. */
  readonly on: AgentId | undefined;
  /** As the job is now. */
  readonly current: Instance | undefined;
  /** As it was before. */
  readonly old: Instance | undefined;
  /**
   * Of one on each agent: there has been none, or none that a change has taken away. There may be no room for it, which
   * keeps the other agents from nothing.
   */
  readonly isOpen: boolean;
  /** Somebody may be there, but nobody has said so: nothing is started or stopped for its sake. */
  readonly isUnheard: boolean;
}

export interface Situation {
  /** As many as are wanted. */
  readonly slots: readonly Slot[];
  /** Those of them that are tried at first. */
  readonly canaries: ReadonlySet<Slot>;
  /** Doubles of a slot, and what is over the count. */
  readonly surplus: readonly Instance[];
  /** It serves; and a new one has done so for a while. */
  isAvailable(instance: Instance | undefined): boolean;
  /** Why it is to go, as the job is now or not: its machine is to be left, by it or by all, or all of it is started anew. */
  goesFor(instance: Instance): 'leave' | 'restart' | undefined;
}

export function situationOf(view: ServiceView): Situation {
  const { job, agents, now } = view;
  const isCurrent = currentness(view);
  const { moves = {}, restarts = 0 } = job.memory;
  const goesFor = ({ agent, index, note = 0 }: Instance): 'leave' | 'restart' | undefined => {
    if (agents.get(agent)?.withdrawn === 'draining' || moves[index]?.from === agent) return 'leave';
    return Number(note) < restarts ? 'restart' : undefined;
  };
  const { all, doubles } = slotsOf(view, isCurrent);
  const { slots, over } = job.spec.perAgent
    ? seated(all, view)
    : scaled(all, job.stopping ? 0 : job.spec.count, goesFor);
  return {
    slots,
    canaries: new Set(slots.slice(0, canariesOf(job.spec))),
    surplus: [...doubles, ...over.flatMap(({ current, old }) => [current ?? [], old ?? []].flat())],
    goesFor,
    isAvailable: (one) =>
      one !== undefined &&
      serves(one) &&
      (!isCurrent(one) || now - (one.servesSince ?? now) >= job.spec.update.minHealthy),
  };
}

/** Whether an instance is as the job is now. */
export function currentness({
  job: { spec, version: newest },
  versions,
}: ServiceView): (one: Instance) => boolean {
  const known = new Map<number, boolean>();
  return ({ version }) => {
    const isCurrent =
      known.get(version) ?? (version === newest || sameTask(versions.get(version)?.spec, spec));
    known.set(version, isCurrent);
    return isCurrent;
  };
}

/** The slots that are filled, by index. */
function slotsOf(
  { job: { memory }, instances, versions }: ServiceView,
  isCurrent: (one: Instance) => boolean,
): { all: Slot[]; doubles: Instance[] } {
  const before = versions.get(memory.update?.from ?? memory.stable ?? 0)?.spec;
  const isBefore = ({ version }: Instance): boolean =>
    before !== undefined && sameTask(versions.get(version)?.spec, before);
  // Who stays comes first: of old ones that to go back to, then the eldest.
  const filling = instances
    .filter(fills)
    .map((one) => ({ one, isStray: Number(!isCurrent(one) && !isBefore(one)) }))
    .sort((a, b) => a.isStray - b.isStray || a.one.launchedAt - b.one.launchedAt || a.one.index - b.one.index)
    .map(({ one }) => one);
  const doubles: Instance[] = [];
  const all = [...Map.groupBy(filling, ({ index }) => index)].map(([index, here]): Slot => {
    const known = here.filter(({ state }) => state !== 'UNKNOWN');
    const current = known.find(isCurrent);
    const old = known.find((one) => !isCurrent(one));
    doubles.push(...known.filter((one) => one !== current && one !== old));
    return { index, on: undefined, current, old, isOpen: false, isUnheard: known.length < here.length };
  });
  return { all: all.sort((a, b) => a.index - b.index), doubles };
}

/** What is over the count goes: what is to go anyway first, then what does not serve, then the highest. */
function scaled(
  filled: readonly Slot[],
  count: number,
  goesFor: Situation['goesFor'],
): { slots: Slot[]; over: Slot[] } {
  const some = ({ current, old }: Slot, is: (one: Instance) => boolean): boolean =>
    [current, old].some((one) => one !== undefined && is(one));
  const worth = (slot: Slot): number =>
    Number(slot.isUnheard) * 4 +
    Number(!some(slot, (one) => goesFor(one) !== undefined)) * 2 +
    Number(some(slot, serves));
  const byWorth = [...filled].sort((a, b) => worth(b) - worth(a) || a.index - b.index);
  const stay = new Set(byWorth.filter((slot, i) => i < count || slot.isUnheard));
  const taken = new Set(filled.map(({ index }) => index));
  const slots = [...stay];
  for (let index = 0; slots.length < count; index++) if (!taken.has(index)) slots.push(emptySlot(index));
  return {
    slots: slots.sort((a, b) => a.index - b.index),
    over: filled.filter((slot) => !stay.has(slot)),
  };
}

const emptySlot = (index: number, on?: AgentId, isOpen = false): Slot => ({
  index,
  on,
  current: undefined,
  old: undefined,
  isOpen,
  isUnheard: false,
});

/** One on each agent that it fits: those that are there stay with their agents, free numbers are for the others. */
function seated(filled: readonly Slot[], { job, agents }: ServiceView): { slots: Slot[]; over: Slot[] } {
  const wanted = new Set(
    job.stopping
      ? []
      : [...agents.values()]
          .filter((agent) => agent.state !== 'gone' && !agent.withdrawn && suits(job.spec, agent))
          .map(({ id }) => id),
  );
  const numbers = new Set(filled.map(({ index }) => index));
  const { taken = [], failures } = job.memory;
  const slots: Slot[] = [];
  const over: Slot[] = [];
  for (const slot of filled) {
    const on = (slot.current ?? slot.old)?.agent;
    if (slot.isUnheard) slots.push(slot);
    else if (on !== undefined && wanted.delete(on)) slots.push({ ...slot, on });
    else over.push(slot);
  }
  let index = 0;
  for (const on of [...wanted].sort()) {
    if (agents.get(on)?.state !== 'ready') continue;
    while (numbers.has(index)) index++;
    slots.push(emptySlot(index, on, !taken.includes(on) && !failures[index]));
    index++;
  }
  return { slots: slots.sort((a, b) => a.index - b.index), over };
}
