/**
 * What stands in the way of offers at this moment: the allocator's reasons, seen with what only the master knows. To the
 * allocator what is offered is taken; to whoever asks, what a framework has been offered is in its hands, and neither
 * used nor too little. Agents that are away are said to be so, and what would do but is reserved for others is named.
 */
import type { Gate } from '../core/allocator.ts';
import type { ClusterState, Offer } from '../core/cluster.ts';
import type { Obstacle } from '../core/gate-text.ts';
import { awayFrom, type Blocked, ownersOf } from '../core/obstacles.ts';
import { covers, type Quantities, quantitiesOf } from '../core/quantities.ts';
import { add, NOTHING, type Resources, subtract } from '../core/resources.ts';
import type { AgentId, FrameworkId } from '../core/task.ts';
import { isLive } from '../core/task-state.ts';
import type { Parts } from './parts.ts';

export interface Scope {
  readonly framework?: string | undefined;
  readonly role?: string | undefined;
}

/** One framework in one of its roles. */
export interface Client {
  readonly framework: FrameworkId;
  readonly role: string;
}

const keyOf = ({ framework, role }: Client): string => `${framework} ${role}`;

export class Standing {
  readonly #parts: Parts;
  /** Of the roles whose limits stand in somebody's way: all that they are limited to. */
  readonly limits: Readonly<Record<string, Quantities>>;
  readonly #gates: ReadonlyMap<string, ReadonlyMap<AgentId | undefined, readonly Gate[]>>;
  /** By client and agent. */
  readonly #offered: ReadonlyMap<string, ReadonlyMap<AgentId, Resources>>;
  /** Of what a limit counts, by role. */
  readonly #onlyOffered: ReadonlyMap<string, Quantities>;
  /** What is not there, or gets no new work. */
  readonly #away: ReadonlyMap<AgentId, Obstacle>;
  readonly #offersOn: ReadonlyMap<AgentId, readonly Offer[]>;
  #unheld: ReadonlyMap<AgentId, Resources> | undefined;

  constructor(parts: Parts, { framework, role }: Scope) {
    this.#parts = parts;
    const { allocator, clock, log, roles } = parts;
    const { state } = log;
    const refusals = allocator.explain(clock.now(), { framework: framework as FrameworkId, role });
    this.#gates = new Map(
      [...Map.groupBy(refusals, keyOf)].map(([key, own]) => [
        key,
        new Map(own.map(({ agent, gates }) => [agent, gates])),
      ]),
    );
    const limiting = refusals.flatMap(({ gates }) => gates).filter((gate) => gate.kind === 'limit');
    this.limits = Object.fromEntries(
      limiting.map((gate) => [gate.role, state.roles.get(gate.role)?.quota?.limit ?? {}]),
    );
    this.#offered = offeredIn(state.offers.values());
    this.#offersOn = Map.groupBy(state.offers.values(), ({ agent }) => agent);
    this.#onlyOffered = new Map(roles.quotas().map((row) => [row.role, row.offered]));
    const isWaitedFor = state.massLoss !== undefined;
    this.#away = new Map(
      [...state.agents.values()]
        .filter((agent) => agent.state !== 'gone')
        .flatMap((agent) => {
          const away = awayFrom({
            ...agent,
            withdrawn: agent.withdrawn?.state,
            fault: agent.fault?.state,
            isWaitedFor,
          });
          return away ? [[agent.id, away] as const] : [];
        }),
    );
  }

  isOffered(client: Client): boolean {
    return this.#offered.has(keyOf(client));
  }

  /** What stands in this client's way, agent by agent or everywhere. */
  of(client: Client): Blocked[] {
    const gates = this.#gates.get(keyOf(client)) ?? new Map<undefined, Gate[]>();
    const everywhere = gates.get(undefined);
    if (everywhere) return [{ by: everywhere }];
    const { waitsFor } = this.#parts.offers;
    if (waitsFor > 0) return [{ by: [{ kind: 'recovering', agents: waitsFor }] }];
    const offered = this.#offered.get(keyOf(client)) ?? new Map<AgentId, Resources>();
    const agents = new Set([...gates.keys(), ...offered.keys()]) as ReadonlySet<AgentId>;
    const by = new Map(
      [...agents].map((agent) => [
        agent,
        this.#obstacles(client, agent, gates.get(agent) ?? [], offered.get(agent)),
      ]),
    );
    // Some of these the allocator has forgotten, and of the others all else is beside the point.
    for (const [agent, away] of this.#away) by.set(agent, [away]);
    return [...by].map(([agent, all]) => ({ agent, by: all })).filter((blocked) => blocked.by.length > 0);
  }

  /** All that is free on an agent, and what this client is offered of it. */
  freeFor(client: Client, agent: AgentId): Resources {
    return add(this.#free(agent), this.#offered.get(keyOf(client))?.get(agent) ?? NOTHING);
  }

  #obstacles(
    client: Client,
    agent: AgentId,
    gates: readonly Gate[],
    offered: Resources | undefined,
  ): Obstacle[] {
    const has = quantitiesOf(offered ?? NOTHING);
    const obstacles = gates.flatMap((gate) => this.#besides(gate, has));
    const short = obstacles.find((obstacle) => obstacle.kind === 'shortfall');
    const lacking = short && { [short.name]: short.needs - short.free };
    if (lacking && !obstacles.some(({ kind }) => kind === 'reserved')) {
      const owners = ownersOf(lacking, this.#free(agent), client.role);
      if (owners.length > 0) obstacles.push({ kind: 'reserved', roles: owners });
    }
    const lent = this.#lent(client, agent);
    const isTooLittle = obstacles.some(({ kind }) => kind === 'minimum');
    if (lent && (isTooLittle || (lacking && covers(lent.amounts, lacking)))) obstacles.push(lent);
    if (offered) obstacles.push({ kind: 'offered', amounts: has });
    return obstacles;
  }

  /** A gate as it is for one that has been offered so much there. */
  #besides(gate: Gate, has: Quantities): Obstacle[] {
    if (gate.kind === 'limit')
      return [{ ...gate, offered: this.#onlyOffered.get(gate.role)?.[gate.name] ?? 0 }];
    if (Object.keys(has).length === 0) return [gate];
    if (gate.kind === 'minimum' || gate.kind === 'reserved') return [];
    if (gate.kind !== 'shortfall') return [gate];
    const free = gate.free + (has[gate.name] ?? 0);
    return free < gate.needs ? [{ ...gate, free }] : [];
  }

  /** What others, or the same one in another role, have been offered of an agent. */
  #lent(client: Client, agent: AgentId): Extract<Obstacle, { kind: 'lent' }> | undefined {
    const offers = this.#offersOn.get(agent)?.filter((offer) => keyOf(offer) !== keyOf(client)) ?? [];
    if (offers.length === 0) return undefined;
    const amounts = quantitiesOf(offers.flatMap(({ resources }) => resources));
    return { kind: 'lent', to: [...new Set(offers.map((offer) => offer.framework))].sort(), amounts };
  }

  /** Neither held by a task nor offered to anybody. */
  #free(agent: AgentId): Resources {
    this.#unheld ??= unheldIn(this.#parts.log.state);
    return this.#unheld.get(agent) ?? NOTHING;
  }
}

/** By client and agent. */
function offeredIn(offers: Iterable<Offer>): Map<string, Map<AgentId, Resources>> {
  const offered = new Map<string, Map<AgentId, Resources>>();
  for (const offer of offers) {
    const agents = offered.get(keyOf(offer)) ?? new Map<AgentId, Resources>();
    offered.set(keyOf(offer), agents);
    agents.set(offer.agent, add(agents.get(offer.agent) ?? NOTHING, offer.resources));
  }
  return offered;
}

/** By agent. */
function unheldIn({ agents, tasks, offers }: ClusterState): Map<AgentId, Resources> {
  const held = new Map<AgentId, Resources>();
  const live = [...tasks.values()].filter(({ state }) => isLive(state));
  for (const { agent, resources } of [...live, ...offers.values()])
    held.set(agent, add(held.get(agent) ?? NOTHING, resources));
  return new Map([...agents.values()].map(({ id, total }) => [id, subtract(total, held.get(id) ?? NOTHING)]));
}
