/**
 * Preemption: what waits in a role that may preempt, and finds no room, gets the room of less important tasks. Here is
 * who waits and when it is looked at; preemption-round.ts (core) says who has to go, rooms.ts sees to it. Nothing of it is
 * kept: after a restart of the master frameworks tell again what waits.
 *
 * The first thing is always an ordinary offer: looked at is only what has waited for a while, whose framework has nothing
 * in its hands that might serve it, and while all agents are known.
 */
import type { Demand, Need } from '../core/allocator.ts';
import { attributesOf } from '../core/attributes.ts';
import type { Timer } from '../core/clock.ts';
import { type Condition, holds } from '../core/constraint.ts';
import type { Event } from '../core/events.ts';
import type { Preemptible } from '../core/preemption.ts';
import { planRooms, type Scene } from '../core/preemption-round.ts';
import { covers, type Quantities } from '../core/quantities.ts';
import { add } from '../core/resources.ts';
import type { AgentId, FrameworkId, Task, TaskId } from '../core/task.ts';
import { isLive } from '../core/task-state.ts';
import type { Parts } from './parts.ts';
import { checkPattern, matches } from './patterns.ts';
import { type Room, Rooms } from './rooms.ts';

/** What happens within this time is looked at together, and an offer has so long to come (ms). */
const SETTLE = 1_000;
/** Time for the frameworks to end their tasks themselves, where the master is told nothing else (ms). */
export const PREEMPTION_GRACE = 10_000;

/** So many patterns of demands are kept. */
const PATTERNS = 1000;

/** Where something may have changed about who waits, or for what. */
const RELEVANT: ReadonlySet<Event['type']> = new Set([
  'agent.registered',
  'agent.state',
  'agent.total',
  'framework.subscribed',
  'framework.disconnected',
  'framework.roles',
  'framework.suppressed',
  'offer.made',
  'offer.ended',
  'task.launched',
  'task.status',
  'role.changed',
  'role.removed',
]);

/** What a framework waits for in one of its roles. */
interface Waiting {
  readonly framework: FrameworkId;
  readonly role: string;
  /** By name. */
  readonly demands: ReadonlyMap<string, Demanded>;
}

interface Demanded {
  readonly needs: Quantities;
  readonly count: number;
  /** When it began to wait for this. */
  readonly since: number;
}

export class Preemption {
  readonly #parts: Parts;
  /** Of demands; those that are patterns. */
  readonly #patterns = new Set<string>();
  readonly #rooms: Rooms;
  readonly #waiting = new Map<string, Waiting>();
  #timer: Timer | undefined;

  /** @param grace ms that frameworks have for ending tasks themselves */
  constructor(parts: Parts, grace: number) {
    this.#parts = parts;
    this.#rooms = new Rooms(parts, grace, (room) => this.#whyNot(room));
    parts.log.listen(({ event }) => this.#note(event));
  }

  /** All that a framework waits for in a role. */
  wanted(framework: FrameworkId, role: string, demands: readonly Demand[]): void {
    const before = this.#of(framework, role)?.demands ?? new Map<string, Demanded>();
    const now = new Map<string, Demanded>();
    for (const { name, needs, count, where = [] } of demands) {
      this.#learnPatterns(where);
      const known = before.get(name);
      const since = known && isSame(known.needs, needs) ? known.since : this.#parts.clock.now();
      now.set(name, { needs, count, since });
    }
    for (const [job, { since }] of before)
      if (now.get(job)?.since !== since) this.#rooms.forgive({ framework, role, job });
    if (now.size > 0) this.#waiting.set(keyOf(framework, role), { framework, role, demands: now });
    else this.#waiting.delete(keyOf(framework, role));
    this.wake();
    this.#rooms.review();
  }

  /** Something changed that may leave somebody without room, or give it to him. */
  wake(): void {
    if (!this.#timer && this.#mayPreempt().length > 0) this.#lookIn(SETTLE);
  }

  close(): void {
    this.#timer?.cancel();
    this.#rooms.close();
  }

  /** Only takes note: this comes in the middle of an event. */
  #note(event: Event): void {
    if (!RELEVANT.has(event.type)) return;
    // Of a new subscription nothing is known but what it says itself.
    if (event.type === 'framework.subscribed') this.#forget(event.framework.id);
    if (event.type === 'framework.disconnected' || event.type === 'framework.removed')
      this.#forget(event.framework);
    if (event.type === 'framework.roles') this.#forget(event.framework, event.roles);
    this.#rooms.note(event);
    this.wake();
  }

  #forget(id: FrameworkId, but: readonly string[] = []): void {
    for (const { framework, role } of this.#waiting.values())
      if (framework === id && !but.includes(role)) this.#waiting.delete(keyOf(framework, role));
  }

  #of(framework: FrameworkId, role: string): Waiting | undefined {
    return this.#waiting.get(keyOf(framework, role));
  }

  #mayPreempt(): Waiting[] {
    return [...this.#waiting.values()].filter(({ role }) => this.#parts.roles.of(role).preemption);
  }

  #lookIn(ms: number): void {
    this.#timer = this.#parts.clock.after(ms, () => {
      this.#timer = undefined;
      this.#look();
    });
  }

  #look(): void {
    const { agents, allocator, clock, roles } = this.#parts;
    if (agents.awaited > 0) return;
    const waiting = this.#mayPreempt();
    const needs = [...new Set(waiting.map(({ role }) => role))]
      .flatMap((role) => allocator.needs(role))
      .filter((need) => this.#isDue(need));
    const due = needs.map((need) => ({
      need: { ...need, agents: need.agents.filter(({ agent }) => this.#isPossible(need, agent)) },
      priority: need.demand.priority ?? roles.of(need.role).priority,
    }));
    if (due.length > 0) for (const plan of planRooms(due, this.#scene())) this.#rooms.open(plan);
    const young = waiting
      .flatMap(({ demands }) => [...demands.values()])
      .map(({ since }) => since + SETTLE - clock.now())
      .filter((left) => left > 0);
    if (young.length > 0 && !this.#timer) this.#lookIn(Math.min(...young));
  }

  /** It has waited for a while, there is no offer that may serve it, and no room is being made for it. */
  #isDue({ framework, role, demand }: Need): boolean {
    const { clock, offers } = this.#parts;
    const since = this.#of(framework, role)?.demands.get(demand.name)?.since ?? Number.POSITIVE_INFINITY;
    const rooms = this.#rooms.for({ framework, role, job: demand.name });
    return since + SETTLE <= clock.now() && !offers.isHeld(framework, role) && rooms.length === 0;
  }

  readonly #matches = (pattern: string, text: string): boolean =>
    this.#patterns.has(pattern) && matches(pattern, text);

  /** They are known long before anything is ended for the demand. What is no pattern matches nothing. */
  #learnPatterns(where: readonly Condition[]): void {
    for (const one of where) {
      if ((one.is !== '~' && one.is !== '!~') || this.#patterns.has(one.value)) continue;
      if (this.#patterns.size >= PATTERNS) this.#patterns.clear();
      checkPattern(one.value).then(
        () => {
          this.#patterns.add(one.value);
          this.wake();
        },
        () => {},
      );
    }
  }

  #isPossible({ framework, role, demand: { name, executor, where = [] } }: Need, agent: AgentId): boolean {
    const demander = { framework, role, job: name };
    const known = this.#parts.log.state.agents.get(agent);
    const canRun = known?.executors.some(({ kind, available }) => kind === executor && available) ?? false;
    const attributes = attributesOf(known);
    return (
      known?.withdrawn === undefined &&
      known?.fault === undefined &&
      (executor === undefined || canRun) &&
      where.every((one) => holds(one, attributes.get(one.attribute), this.#matches)) &&
      !this.#rooms.isBusy(agent, demander) &&
      !this.#rooms.isRefused(demander, agent)
    );
  }

  /** Why nobody waits for this room any more. */
  #whyNot(room: Room): string | undefined {
    if (!this.#parts.roles.of(room.role).preemption) return `role ${room.role} may not preempt any more`;
    const claimer = this.#parts.log.state.frameworks.get(room.framework);
    if (claimer?.suppressed.includes(room.role)) return `${room.framework} wants no offers now`;
    const demanded = this.#of(room.framework, room.role)?.demands.get(room.job);
    const count = demanded?.count ?? 0;
    if (!demanded || count === 0) return `${room.job} does not wait any more`;
    if (!isSame(demanded.needs, room.unit)) return `${room.job} needs something else now`;
    const all = this.#rooms.for(room);
    const before = all.slice(0, all.indexOf(room)).filter(({ offered }) => !offered);
    const units = before.reduce((sum, other) => sum + other.units, 0);
    return units < count ? undefined : `less of ${room.job} waits now`;
  }

  #scene(): Scene {
    const { allocator, log, roles, tasks } = this.#parts;
    const { state } = log;
    const isHere = ({ agent, state: now }: Task): boolean =>
      isLive(now) && state.agents.get(agent)?.state === 'ready';
    const groups = [...Map.groupBy([...state.tasks.values()].filter(isHere), unitOf).values()];
    const isEnding = ({ tasks: ids }: Preemptible): boolean => ids.some((id) => tasks.isEnding(id));
    const all = groups.map((group) => this.#preemptible(group));
    return {
      tasks: all.filter((one) => !isEnding(one)),
      ending: all.filter(isEnding),
      offers: [...state.offers.values()].map((offer) => ({
        ...offer,
        priority: roles.of(offer.role).priority,
      })),
      quotas: allocator.consumption(),
      promised: this.#rooms.promised(),
      beyondGuarantee: (role) => allocator.beyondGuarantee(role),
    };
  }

  /** @param group tasks that end together */
  #preemptible(group: readonly Task[]): Preemptible {
    const { framework, role, agent } = group[0]!;
    const own = this.#parts.roles.of(role).priority;
    return {
      tasks: group.map(({ id }) => id),
      framework,
      role,
      agent,
      resources: group.map(({ resources }) => resources).reduce(add),
      priority: Math.max(...group.map(({ priority }) => priority ?? own)),
    };
  }
}

const keyOf = (framework: FrameworkId, role: string): string => `${framework} ${role}`;

const isSame = (a: Quantities, b: Quantities): boolean => covers(a, b) && covers(b, a);

const unitOf = ({ id, group }: Task): TaskId => group ?? id;
