/**
 * What a service needs next: a pure function of what is wanted and what there is. Too few: the free slots are filled, a
 * failed one after its wait. Too many: they are stopped. Another version, a machine that is to be left, or a person's word
 * that all be started anew: so many at once as `maxParallel` allows, the next when those before serve. Applied, it has
 * nothing more to say.
 */
import {
  type AgentId,
  idles,
  isGivenUp,
  type Placing,
  type Plan,
  type Stopping,
  serves,
  siteAfter,
} from 'tender/framework';
import { advance, deadlineOf, progressDeadline } from './advance.ts';
import type { ServiceMemory, Update } from './memory.ts';
import { type ServiceView, type Situation, type Slot, situationOf } from './situation.ts';
import { sameTask } from './spec.ts';

export function reconcile(view: ServiceView): Plan<ServiceMemory> {
  const situation = situationOf(view);
  const memory = advance(view, situation);
  return wayBack(memory, view) ?? new Steps(view, situation, memory).plan();
}

/** A change that has failed, or was given up, is taken back: the version before becomes the newest one. */
function wayBack(memory: ServiceMemory, view: ServiceView): Plan<ServiceMemory> | undefined {
  const { update } = memory;
  const { spec, version } = view.job;
  if (update?.from === undefined || view.job.stopping) return undefined;
  const isWanted = update.state === 'aborted' || (update.state === 'failed' && spec.update.autoRevert);
  const before = view.versions.get(update.from)?.spec;
  if (!isWanted || !before || sameTask(before, spec)) return undefined;
  const returning: Update = {
    version: version + 1,
    state: 'running',
    promoted: true,
    startedAt: view.now,
    returning: true,
    ...(update.why !== undefined && { why: update.why }),
  };
  return {
    memory: { ...memory, failures: {}, update: returning, returned: { version, why: update.why ?? '' } },
    goBackTo: update.from,
    stop: [],
    place: [],
  };
}

/** `trying`: only canaries; `frozen`: nothing is changed. */
type Phase = 'changing' | 'trying' | 'frozen';

function phaseOf(update: Update | undefined, { job, unsettled }: ServiceView): Phase {
  if (job.stopping) return 'changing';
  if (unsettled.length > 0) return 'frozen';
  if (update === undefined) return 'changing';
  // Without anything to go back to, all that can be done is to go on.
  if (update.state === 'paused' || (update.state !== 'running' && update.from !== undefined)) return 'frozen';
  return update.promoted ? 'changing' : 'trying';
}

class Steps {
  readonly #view: ServiceView;
  readonly #situation: Situation;
  readonly #memory: ServiceMemory;
  readonly #phase: Phase;
  readonly #stop: Stopping[];
  readonly #place: Placing[] = [];
  readonly #times: number[] = [];
  /** Agents that are left without an instance for the sake of a change. */
  readonly #taken: AgentId[] = [];

  constructor(view: ServiceView, situation: Situation, memory: ServiceMemory) {
    this.#view = view;
    this.#situation = situation;
    this.#memory = memory;
    this.#phase = phaseOf(memory.update, view);
    this.#stop = situation.surplus.map((instance) => ({ instance, why: 'surplus' }));
  }

  plan(): Plan<ServiceMemory> {
    for (const slot of this.#situation.slots) this.#fill(slot);
    this.#change();
    if (this.#memory.update) this.#watch(this.#memory.update);
    const times = this.#times.filter((time) => time > this.#view.now && time < Number.POSITIVE_INFINITY);
    return {
      memory: this.#remembering(),
      stop: this.#stop,
      place: this.#place,
      waitUntil: times.length > 0 ? Math.min(...times) : undefined,
    };
  }

  /** From which agents something is taken now. */
  #remembering(): ServiceMemory {
    const { taken = [] } = this.#memory;
    const more = this.#taken.filter((agent) => !taken.includes(agent));
    return more.length === 0 ? this.#memory : { ...this.#memory, taken: [...taken, ...more] };
  }

  #fill(slot: Slot): void {
    const { current, old, isUnheard } = slot;
    if (isUnheard) return;
    // Beside the old one: that one may be lost, and find no room.
    if (this.#phase === 'trying' && !current && this.#situation.canaries.has(slot))
      this.#start(slot, 'canary');
    if (current || old) return;
    // While a change is only tried, or may not go on, what is lost comes back as it was.
    const { update, stable } = this.#memory;
    const before = this.#phase === 'changing' ? undefined : update ? update.from : stable;
    this.#start(slot, 'missing', before);
  }

  /** After its wait, if it has failed. */
  #start({ index, on }: Slot, why: string, version = this.#view.job.version): void {
    const { retry } = this.#view.job.spec;
    const failures = this.#memory.failures[index];
    if (failures && isGivenUp(failures, retry)) return;
    if (failures && failures.until > this.#view.now) this.#times.push(failures.until);
    else {
      const { moves, restarts: note } = this.#memory;
      const { from, to } = moves?.[index] ?? {};
      const moved = from !== undefined && { prefer: to, avoid: [from] };
      this.#place.push({ index, on, why, version, note, ...(failures ? siteAfter(failures, retry) : moved) });
    }
  }

  /** Old ones give way to new ones, and all of them go that are to. */
  #change(): void {
    const { slots, isAvailable, goesFor } = this.#situation;
    const { maxParallel, overCapacity } = this.#view.job.spec.update;
    // What is old and does not serve, as far as anybody knows, is away already, and the first to go.
    const isLame = ({ current, old }: Slot): boolean =>
      this.#phase === 'changing' && !current && old !== undefined && !serves(old) && !idles(old);
    const isAway = (slot: Slot): boolean => !isLame(slot) && !isAvailable(slot.current ?? slot.old);
    let left = maxParallel - slots.filter((slot) => !slot.isOpen && isAway(slot)).length;
    for (const slot of [...slots].sort((a, b) => Number(isLame(b)) - Number(isLame(a)))) {
      const { current, old, isUnheard } = slot;
      const one = old ?? current;
      if (isUnheard || !one) continue;
      const isReplaced = old !== undefined && current !== undefined;
      const updates = this.#phase === 'changing' && old !== undefined;
      const why = updates ? 'update' : isReplaced ? undefined : goesFor(one);
      if (why === undefined) continue;
      // No loss: the new one is there, or this one certainly does not serve.
      const isFree = isReplaced ? isAvailable(current) : idles(one);
      if (!isFree && (isReplaced || left <= 0)) {
        this.#wait();
        continue;
      }
      if (!isFree) left -= 1;
      if (updates && overCapacity && !isFree) this.#start(slot, 'update');
      else {
        this.#stop.push({ instance: one, why });
        if (slot.on !== undefined && !isReplaced) this.#taken.push(slot.on);
      }
    }
  }

  /** Until what is new has served for a while. */
  #wait(): void {
    const { minHealthy } = this.#view.job.spec.update;
    for (const { current } of this.#situation.slots)
      if (current?.servesSince !== undefined) this.#times.push(current.servesSince + minHealthy);
  }

  /** When the next of it is there, or late. */
  #watch(update: Update): void {
    this.#wait();
    if (update.state !== 'running' || this.#view.unsettled.length > 0) return;
    const { healthyDeadline } = this.#view.job.spec.update;
    this.#times.push(progressDeadline(update, this.#view, this.#situation));
    for (const { current } of this.#situation.slots)
      if (current) this.#times.push(deadlineOf(current, this.#situation, healthyDeadline));
  }
}
