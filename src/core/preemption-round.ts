/**
 * Room for all that waits, worked out at one moment, unit by unit, the most important first; pure. A unit gets what is
 * free or ending anyway, then what others are only offered, and only then is anything ended for it (preemption.ts says
 * what). Each unit counts for those after it: no amount is used twice, no limit is exceeded by what room is made for,
 * and a guarantee lends its priority only to as many units as it covers.
 */
import type { Consumption, Need } from './allocator.ts';
import {
  type BeyondGuarantee,
  isBetter,
  isHarmless,
  lackOf,
  type Preemptible,
  type Proposal,
  pathOf,
  propose,
  type Unit,
  yields,
} from './preemption.ts';
import { covers, type Quantities, quantitiesOf } from './quantities.ts';
import { isWithin, less, sum } from './quota-rules.ts';
import { type Resources, usableBy } from './resources.ts';
import type { AgentId, OfferId } from './task.ts';

export interface Waiting {
  readonly need: Need;
  /** Of its units that no guarantee covers. */
  readonly priority: number;
}

/** What others hold for the moment. */
export interface Offered {
  readonly id: OfferId;
  readonly agent: AgentId;
  readonly resources: Resources;
  /** That of its role. */
  readonly priority: number;
}

export interface Scene {
  /** What may be ended. */
  readonly tasks: readonly Preemptible[];
  /** What ends already, for whatever reason: its room is coming, and its role has lost it. */
  readonly ending: readonly Preemptible[];
  readonly offers: readonly Offered[];
  readonly quotas: readonly Consumption[];
  /** What room is being made for already. */
  readonly promised: readonly Pick<Unit, 'role' | 'needs'>[];
  readonly beyondGuarantee: BeyondGuarantee;
}

/** So much room for one need on one agent. */
export interface RoomPlan {
  readonly need: Need;
  /** Of its most important unit. */
  readonly priority: number;
  readonly guaranteed: boolean;
  readonly agent: AgentId;
  readonly units: number;
  /** Of all units together. */
  readonly needs: Quantities;
  /** What has to go; what is offered goes first, and may be enough. */
  readonly victims: readonly Preemptible[];
  readonly offers: readonly OfferId[];
}

/** What a guarantee claims, it claims with this priority. */
const GUARANTEED = 100;
/** So many units at once: more are seen to when room has been made for these. */
const MOST = 100;

export function planRooms(waiting: readonly Waiting[], scene: Scene): RoomPlan[] {
  const round = new Round(waiting, scene);
  const left = waiting.map((one) => ({ one, units: one.need.count }));
  for (let done = 0; done < MOST; done++) {
    const [next] = left
      .filter(({ units }) => units > 0)
      .sort((a, b) => round.priorityOf(b.one) - round.priorityOf(a.one));
    if (!next) break;
    next.units = round.makeRoom(next.one) ? next.units - 1 : 0;
  }
  return [...round.rooms.values()];
}

class Round {
  readonly #scene: Scene;
  /** By need and agent. */
  readonly rooms = new Map<string, RoomPlan>();
  /** What is free on each agent beside the units that fit there as it is. */
  readonly #rest = new Map<Need, ReadonlyMap<AgentId, Quantities>>();
  /** What comes free, and what of it (and of the rest) is used. */
  readonly #coming = new Map<AgentId, Resources>();
  readonly #used = new Map<AgentId, Quantities>();
  readonly #offers: Map<AgentId, Offered[]>;
  /** What may be ended, as a role could use it. */
  readonly #tasks = new Map<string, Map<AgentId, Preemptible[]>>();
  readonly #chosen = new Set<string>();
  /** By kind of unit: what would have to go on each agent. Forgotten of an agent where something is decided. */
  readonly #proposals = new Map<string, Map<AgentId, Proposal | undefined>>();
  /** To each role and those below it. */
  readonly #promised = new Map<string, Quantities>();
  readonly #lost = new Map<string, Quantities>();

  constructor(waiting: readonly Waiting[], scene: Scene) {
    this.#scene = scene;
    this.#offers = Map.groupBy(scene.offers, ({ agent }) => agent);
    for (const task of scene.ending) this.#end(task);
    for (const { role, needs } of scene.promised) this.#promise(role, needs);
    for (const { need } of waiting) {
      const { needs, count } = need.demand;
      this.#promise(need.role, times(needs, count - need.count));
      const rest = need.agents.map(
        ({ agent, free }) => [agent, less(free, wholeUnits(needs, free))] as const,
      );
      this.#rest.set(need, new Map(rest));
    }
  }

  priorityOf({ need, priority }: Waiting): number {
    return this.#isGuaranteed(need) ? GUARANTEED : priority;
  }

  /** @returns whether there will be room for one more unit */
  makeRoom(waiting: Waiting): boolean {
    const { need } = waiting;
    const { role, demand } = need;
    const { needs } = demand;
    const unit = { role, needs, priority: this.priorityOf(waiting) };
    if (!this.#isWithinLimits(unit)) return false;
    // Where nothing comes free there is no room for a whole unit: what is free as it is has been taken by others.
    const coming = [...this.#coming.keys()].find((agent) => covers(this.#freeOn(agent, need), needs));
    if (coming !== undefined) {
      if (this.rooms.has(keyOf(need, coming))) this.#add(need, unit, { agent: coming, victims: [] });
      this.#use(unit, coming);
      return true;
    }
    const offered = [...this.#offers.keys()].find((agent) =>
      covers(this.#withOffers(agent, need, unit), needs),
    );
    const found = offered === undefined ? this.#best(need, unit) : { agent: offered, victims: [] };
    if (!found) return false;
    this.#add(need, unit, found);
    this.#use(unit, found.agent);
    return true;
  }

  /** Where the least important, then the fewest tasks have to go. */
  #best(need: Need, unit: Unit): Proposal | undefined {
    const key = JSON.stringify([need.framework, need.role, need.demand.name, unit.priority]);
    const known = this.#proposals.get(key) ?? new Map<AgentId, Proposal | undefined>();
    this.#proposals.set(key, known);
    for (;;) {
      let best: Proposal | undefined;
      for (const agent of this.#rest.get(need)!.keys()) {
        if (!known.has(agent)) known.set(agent, this.#propose(agent, need, unit));
        const proposal = known.get(agent);
        if (proposal && (!best || isBetter(proposal, best))) best = proposal;
      }
      // What was possible before others have lost something may not be any more.
      if (!best || isHarmless(best, unit.role, this.#beyondGuarantee)) return best;
      known.delete(best.agent);
    }
  }

  #propose(agent: AgentId, need: Need, unit: Unit): Proposal | undefined {
    const free = this.#withOffers(agent, need, unit);
    return propose(unit, { agent, free }, this.#candidates(unit.role, agent), this.#beyondGuarantee);
  }

  /** One unit more. */
  #add(need: Need, { needs, priority }: Unit, { agent, victims }: Proposal): void {
    const gone = victims.length > 0 || !this.rooms.has(keyOf(need, agent));
    const offers = gone ? this.#takeOffers(agent, priority) : [];
    for (const victim of victims) {
      this.#chosen.add(victim.tasks[0]!);
      this.#end(victim);
    }
    const key = keyOf(need, agent);
    const before = this.rooms.get(key) ?? {
      need,
      priority,
      guaranteed: this.#isGuaranteed(need),
      agent,
      units: 0,
      needs: {},
      victims: [],
      offers: [],
    };
    this.rooms.set(key, {
      ...before,
      units: before.units + 1,
      needs: sum(before.needs, needs),
      victims: [...before.victims, ...victims],
      offers: [...before.offers, ...offers],
    });
  }

  #takeOffers(agent: AgentId, priority: number): OfferId[] {
    const taken = this.#lesserOffers(agent, priority);
    for (const { resources } of taken) this.#comes(agent, resources);
    this.#offers.set(agent, this.#offers.get(agent)?.filter((offer) => !taken.includes(offer)) ?? []);
    return taken.map(({ id }) => id);
  }

  #use({ role, needs }: Unit, agent: AgentId): void {
    this.#used.set(agent, sum(this.#used.get(agent) ?? {}, needs));
    this.#promise(role, needs);
    for (const proposals of this.#proposals.values()) proposals.delete(agent);
  }

  #promise(role: string, needs: Quantities): void {
    for (const at of pathOf(role)) this.#promised.set(at, sum(this.#promised.get(at) ?? {}, needs));
  }

  #end({ role, agent, resources }: Preemptible): void {
    this.#comes(agent, resources);
    const lost = quantitiesOf(resources);
    for (const at of pathOf(role)) this.#lost.set(at, sum(this.#lost.get(at) ?? {}, lost));
  }

  /** Amounts that are only ever summed need no canonical form. */
  #comes(agent: AgentId, resources: Resources): void {
    this.#coming.set(agent, [...(this.#coming.get(agent) ?? []), ...resources]);
  }

  /** Nothing, where the need cannot be placed. */
  #freeOn(agent: AgentId, need: Need): Quantities {
    const rest = this.#rest.get(need)!.get(agent);
    const coming = this.#coming.get(agent);
    const used = this.#used.get(agent);
    if (!rest || (!coming && !used)) return rest ?? {};
    return lackOf(sum(rest, quantitiesOf(forUse(coming ?? [], need.role))), used ?? {});
  }

  #withOffers(agent: AgentId, need: Need, { role, priority }: Unit): Quantities {
    const free = this.#freeOn(agent, need);
    const offers = this.#lesserOffers(agent, priority).flatMap(({ resources }) => resources);
    if (offers.length === 0 || !this.#rest.get(need)!.has(agent)) return free;
    return sum(free, quantitiesOf(forUse(offers, role)));
  }

  #lesserOffers(agent: AgentId, priority: number): Offered[] {
    return this.#offers.get(agent)?.filter((offer) => yields(offer.priority, priority)) ?? [];
  }

  #candidates(role: string, agent: AgentId): Preemptible[] {
    const all =
      this.#tasks.get(role) ??
      Map.groupBy(
        this.#scene.tasks.map((task) => ({ ...task, resources: forUse(task.resources, role) })),
        (task) => task.agent,
      );
    this.#tasks.set(role, all);
    return all.get(agent)?.filter(({ tasks }) => !this.#chosen.has(tasks[0]!)) ?? [];
  }

  readonly #beyondGuarantee = (role: string): Quantities => {
    const beyond = less(this.#scene.beyondGuarantee(role), this.#lost.get(role) ?? {});
    return Object.fromEntries(Object.entries(beyond).map(([name, amount]) => [name, Math.max(0, amount)]));
  };

  #isWithinLimits({ role, needs }: Unit): boolean {
    return this.#quotasOf(role).every(({ role: at, limit, consumed }) => {
      const taken = sum(sum(consumed, this.#promised.get(at) ?? {}), needs);
      return Object.keys(needs).every((name) => taken[name]! <= (limit[name] ?? Number.POSITIVE_INFINITY));
    });
  }

  /** One more unit, beside those that room is made for: each name that is promised, by the role or by one above it. */
  #isGuaranteed({ guaranteed, role, demand: { needs } }: Need): boolean {
    const promises = this.#quotasOf(role).map(({ role: at, guarantee, consumed }) => ({
      guarantee,
      left: less(guarantee, sum(consumed, this.#promised.get(at) ?? {})),
    }));
    const isCovered = ([name, amount]: [string, number]): boolean =>
      promises.every(({ guarantee }) => !guarantee[name]) ||
      promises.some(({ left }) => (left[name] ?? 0) >= amount);
    return guaranteed && Object.entries(needs).every(isCovered);
  }

  #quotasOf(role: string): readonly Consumption[] {
    return this.#scene.quotas.filter((quota) => isWithin(role, quota.role));
  }
}

const keyOf = ({ framework, role, demand }: Need, agent: AgentId): string =>
  JSON.stringify([framework, role, demand.name, agent]);

/** What the role may use of these for anything: no disks apart, nothing that may be taken away. */
const forUse = (resources: Resources, role: string): Resources =>
  usableBy(resources, role).filter(({ disk, revocable }) => disk === undefined && !revocable);

const times = (needs: Quantities, count: number): Quantities =>
  Object.fromEntries(Object.entries(needs).map(([name, amount]) => [name, amount * count]));

/** As many whole units as are in it. */
function wholeUnits(needs: Quantities, free: Quantities): Quantities {
  const fits = ([name, amount]: [string, number]): number =>
    Math.floor((free[name] ?? 0) / Math.max(1, amount));
  return times(needs, Math.min(...Object.entries(needs).map(fits)));
}
