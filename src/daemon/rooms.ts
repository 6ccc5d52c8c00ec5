/**
 * Room that is being made for what waits: each for one demand, on one agent, by ending the tasks that are in its way.
 *
 *   asked → ending → made → offered, or given up
 *     └→ rescinded
 *
 * In `asked` the frameworks of the victims have been told, and may end them in their own way; at the deadline the master
 * kills what is left (`ending`). When all have ended (`made`) their room is kept, by the claim that stands since the
 * beginning, until it has been offered to whom it was made for. Before the deadline nothing is final: if the room is
 * not needed any more, the victims stay. Looked at as a whole after each change, so that no order of events matters.
 */
import type { Timer } from '../core/clock.ts';
import type { ClusterState } from '../core/cluster.ts';
import type { Event, EventOf, Room as RoomFacts } from '../core/events.ts';
import { plainOf } from '../core/offers-in-the-way.ts';
import { isNothing, lackOf, type Unit } from '../core/preemption.ts';
import type { RoomPlan } from '../core/preemption-round.ts';
import { covers, type Quantities, quantitiesOf } from '../core/quantities.ts';
import { sum } from '../core/quota-rules.ts';
import { type Resources, UNRESERVED, usableBy } from '../core/resources.ts';
import type { AgentId, FrameworkId, OfferId, TaskId } from '../core/task.ts';
import { isTerminal } from '../core/task-state.ts';
import type { Parts } from './parts.ts';

/** Room that was made is kept for so long (ms). */
const KEPT = 60_000;
/** Where it was made and not wanted, none is made for the same again before this time has passed (ms). */
const REFUSED = 600_000;

export interface Room {
  readonly framework: FrameworkId;
  readonly role: string;
  /** Name of the demand. */
  readonly job: string;
  readonly units: number;
  readonly agent: AgentId;
  /** Of one unit, */
  readonly unit: Quantities;
  /** of all units together, and what of that is claimed. */
  readonly needs: Quantities;
  readonly claims: Quantities;
  readonly victims: readonly TaskId[];
  /** Of the victims, those that have not ended. */
  readonly left: Set<TaskId>;
  /** Ids of inverse offers. */
  readonly asked: Map<FrameworkId, string>;
  state: 'asked' | 'ending' | 'made';
  /** Its deadline; of one that is made, the end of the claim. */
  until: number;
  /** Nobody waits for it any more, but it is too late to stop. */
  idle: boolean;
  offered: boolean;
}

export class Rooms {
  readonly #parts: Parts;
  readonly #grace: number;
  readonly #whyNot: (room: Room) => string | undefined;
  readonly #rooms = new Set<Room>();
  /** Offers of room that was made. */
  readonly #offers = new Map<OfferId, readonly Room[]>();
  /** Until when, by demand and agent. */
  readonly #refused = new Map<string, number>();
  #count = 0;
  #soon: Timer | undefined;
  #next: Timer | undefined;

  /**
   * @param grace ms that frameworks have for ending tasks themselves
   * @param whyNot why nobody waits for a room any more; undefined: somebody does
   */
  constructor(parts: Parts, grace: number, whyNot: (room: Room) => string | undefined) {
    this.#parts = parts;
    this.#grace = grace;
    this.#whyNot = whyNot;
  }

  close(): void {
    this.#soon?.cancel();
    this.#next?.cancel();
  }

  /** Those for one demand, oldest first. */
  for({ framework, role, job }: Demander): Room[] {
    return [...this.#rooms].filter(
      (room) => room.framework === framework && room.role === role && room.job === job,
    );
  }

  /** What has not been offered yet. */
  promised(): Pick<Unit, 'role' | 'needs'>[] {
    return [...this.#rooms].filter(({ offered }) => !offered);
  }

  /** Something is being ended there, so that nobody can say yet what comes free; or was, for this very framework. */
  isBusy(agent: AgentId, { framework, role }: Demander): boolean {
    return [...this.#rooms].some(
      (room) =>
        room.agent === agent &&
        (room.state !== 'made' || (room.framework === framework && room.role === role)),
    );
  }

  /** It was made there, and not wanted. */
  isRefused(demander: Demander, agent: AgentId): boolean {
    return (this.#refused.get(keyOf(demander, agent)) ?? 0) > this.#parts.clock.now();
  }

  /** It waits no more: if it ever does again, that is something new. */
  forgive(demander: Demander): void {
    const start = keyOf(demander, '' as AgentId);
    for (const key of this.#refused.keys()) if (key.startsWith(start)) this.#refused.delete(key);
  }

  open(plan: RoomPlan): void {
    const { clock, log, offers, tasks } = this.#parts;
    const { need, agent, units, needs } = plan;
    const victims = plan.victims.flatMap((victim) => victim.tasks);
    const isFree = victims.length === 0; // but for offers, which are taken back now
    const room: Room = {
      framework: need.framework,
      role: need.role,
      job: need.demand.name,
      units,
      agent,
      unit: need.demand.needs,
      needs,
      claims: unreservedPart(plan, log.state),
      victims,
      left: new Set(victims),
      asked: new Map(),
      state: isFree ? 'made' : 'asked',
      until: clock.now() + (isFree ? KEPT : this.#grace),
      idle: false,
      offered: false,
    };
    const title = titleOf(plan);
    this.#rooms.add(room);
    this.#claim(room);
    for (const id of plan.offers) offers.rescind(log.state.offers.get(id)!, `room for ${title}`);
    if (!isFree) {
      log.emit({ type: 'preemption.proposed', ...factsOf(room, victims), deadline: room.until });
      tasks.ending(victims, { reason: 'preempted', message: `made room for ${title}` });
      this.#ask(room, plan, title);
    }
    this.#arm();
  }

  /** Only takes note: this comes in the middle of an event, when nothing may be emitted. */
  note(event: Event): void {
    if (event.type === 'offer.made') this.#noteOffer(event);
    else if (event.type === 'offer.ended') this.#noteEnd(event);
    else if (event.type === 'agent.registered')
      for (const key of this.#refused.keys())
        if (key.endsWith(` ${event.agent.id}`)) this.#refused.delete(key);
    this.review();
  }

  /** At once, but for what is happening now. */
  review(): void {
    if (this.#rooms.size === 0) return;
    this.#soon ??= this.#parts.clock.after(0, () => {
      this.#soon = undefined;
      for (const room of this.#rooms) this.#reviewOne(room);
      this.#arm();
    });
  }

  #reviewOne(room: Room): void {
    const { clock, log, offers } = this.#parts;
    for (const id of room.left) {
      const task = log.state.tasks.get(id);
      if (!task || isTerminal(task.state)) room.left.delete(id);
    }
    if (room.state !== 'made' && room.left.size === 0) this.#made(room);
    const agent = log.state.agents.get(room.agent)?.state ?? 'gone';
    const lost = agent === 'unreachable' || agent === 'gone' ? `the agent is ${agent}` : undefined;
    const why = lost ?? this.#notNeeded(room);
    const isOver = room.until <= clock.now();
    switch (room.state) {
      case 'asked':
        if (why !== undefined) this.#rescind(room, why);
        // An offer that is out may do without it; an agent that is away for a moment may come back.
        else if (isOver && agent === 'ready' && !offers.isHeld(room.framework, room.role)) this.#kill(room);
        return;
      case 'ending':
        if (lost !== undefined) this.#rescind(room, lost);
        else if (room.idle !== (why !== undefined)) {
          room.idle = why !== undefined;
          this.#claim(room);
        }
        return;
      case 'made':
        if (room.offered || why !== undefined || isOver) this.#drop(room);
    }
  }

  /**
   * What it was offered early may have been kept for guarantees: then the victims are still needed, for what that lacks
   * now.
   */
  #notNeeded(room: Room): string | undefined {
    if (!room.offered) return this.#whyNot(room);
    const isOwed = this.#parts.allocator
      .consumption()
      .some(({ guarantee, consumed }) => !covers(consumed, guarantee));
    return isOwed ? undefined : 'there is room now';
  }

  #ask(room: Room, { victims }: RoomPlan, title: string): void {
    const { frameworks, log } = this.#parts;
    for (const [framework, own] of Map.groupBy(victims, (victim) => victim.framework)) {
      this.#count += 1;
      const id = `i${log.state.master.epoch}-${this.#count}`;
      const tasks = own.flatMap((victim) => victim.tasks);
      room.asked.set(framework, id);
      const { agent, until: deadline } = room;
      frameworks.send(framework, { t: 'inverse', id, agent, tasks, deadline, why: `room for ${title}` });
    }
  }

  #kill(room: Room): void {
    const { log, tasks } = this.#parts;
    room.state = 'ending';
    for (const id of room.left) tasks.kill(log.state.tasks.get(id)!.framework, id, undefined);
  }

  #made(room: Room): void {
    const { clock, log } = this.#parts;
    room.state = 'made';
    room.until = clock.now() + KEPT;
    log.emit({ type: 'preemption.ended', ...factsOf(room, room.victims), outcome: 'made room', why: '' });
  }

  #rescind(room: Room, why: string): void {
    const { frameworks, log, tasks } = this.#parts;
    const left = [...room.left];
    tasks.spare(left);
    for (const [framework, id] of room.asked) frameworks.send(framework, { t: 'inverse.rescinded', id });
    log.emit({ type: 'preemption.ended', ...factsOf(room, left), outcome: 'rescinded', why });
    this.#drop(room);
  }

  #drop(room: Room): void {
    this.#rooms.delete(room);
    this.#claim(room);
  }

  /** One claim for all that is made there for this framework. */
  #claim({ framework, role, agent }: Room): void {
    const { allocator, offers } = this.#parts;
    const claims = this.#claiming({ framework, role, agent }).map((room) => room.claims);
    const needs = claims.reduce(sum, {});
    if (isNothing(needs)) allocator.unclaim(framework, role, agent);
    else allocator.claim({ framework, role, agent, needs });
    offers.wake();
  }

  #claiming({ framework, role, agent }: Pick<Room, 'framework' | 'role' | 'agent'>): Room[] {
    return [...this.#rooms].filter(
      (room) =>
        room.framework === framework &&
        room.role === role &&
        room.agent === agent &&
        !room.offered &&
        !room.idle,
    );
  }

  #noteOffer({ offer }: EventOf<'offer.made'>): void {
    const rooms = this.#claiming(offer);
    const all = (what: 'claims' | 'needs'): Quantities => rooms.map((room) => room[what]).reduce(sum, {});
    const { resources } = offer;
    if (rooms.length === 0 || !covers(plainOf(resources), all('claims'))) return;
    if (!covers(quantitiesOf(resources), all('needs'))) return;
    for (const room of rooms) room.offered = true;
    this.#offers.set(offer.id, rooms);
  }

  #noteEnd({ offer, outcome }: EventOf<'offer.ended'>): void {
    const rooms = this.#offers.get(offer) ?? [];
    this.#offers.delete(offer);
    if (outcome !== 'declined' && outcome !== 'expired') return;
    const now = this.#parts.clock.now();
    for (const [key, until] of this.#refused) if (until <= now) this.#refused.delete(key);
    for (const room of rooms)
      if (this.#whyNot(room) === undefined) this.#refused.set(keyOf(room, room.agent), now + REFUSED);
  }

  /** For the next deadline. What is late already waits for an event: for its agent's return, or the answer to an offer. */
  #arm(): void {
    const { clock } = this.#parts;
    this.#next?.cancel();
    const ends = [...this.#rooms].map(({ until }) => until).filter((until) => until > clock.now());
    if (ends.length > 0) this.#next = clock.after(Math.min(...ends) - clock.now(), () => this.review());
  }
}

type Demander = Pick<Room, 'framework' | 'role' | 'job'>;

const keyOf = ({ framework, role, job }: Demander, agent: AgentId): string =>
  [framework, role, job, agent].join(' ');

const titleOf = ({ need: { role, demand }, guaranteed, priority }: RoomPlan): string =>
  `${demand.name} (${guaranteed ? `guaranteed to role ${role}` : `role ${role}, priority ${priority}`})`;

const factsOf = ({ framework, role, job, agent }: Room, tasks: readonly TaskId[]): RoomFacts => ({
  framework,
  role,
  job,
  agent,
  tasks,
});

/** What of it others could take. What is reserved for the role nobody else can, and a claim does not see. */
function unreservedPart({ needs, need, agent, victims, offers }: RoomPlan, state: ClusterState): Quantities {
  const own = (resources: Resources): Resources =>
    usableBy(resources, need.role).filter(
      ({ role, disk, revocable }) => role !== UNRESERVED && disk === undefined && !revocable,
    );
  const total = own(state.agents.get(agent)?.total ?? []);
  if (total.length === 0) return needs;
  const ends = new Set<string>([...victims.flatMap(({ tasks }) => tasks), ...offers]);
  const held = [
    ...[...state.tasks.values()].filter((task) => !isTerminal(task.state)),
    ...state.offers.values(),
  ].filter((one) => one.agent === agent && !ends.has(one.id));
  const taken = quantitiesOf(held.flatMap(({ resources }) => own(resources)));
  return lackOf(needs, lackOf(quantitiesOf(total), taken));
}
