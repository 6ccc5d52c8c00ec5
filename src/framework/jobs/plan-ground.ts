/**
 * Where instances would go, by the master's word of what is free on each agent now, and by what has been planned since. As
 * true as that is: limits of roles are those of this moment.
 */
import { explanationOf } from '../../core/explanation.ts';
import { demandOf, type JobBase } from '../../core/job-spec.ts';
import { awayFrom, type Blocked } from '../../core/obstacles.ts';
import { add, type Range, type Resources, resourcesOf, subtract, usableBy } from '../../core/resources.ts';
import type { AgentId, FrameworkId, OfferId, TaskId } from '../../core/task.ts';
import type { AgentExplanation, AgentView, OfferExplanation } from '../../wire/messages/framework.ts';
import { blockedFor } from '../fit.ts';
import { place } from '../place.ts';
import { wantedOf } from '../wanted.ts';
import type { Ground } from './forecast.ts';
import { fills, type Instance } from './instance.ts';
import { type Answer, type JobRecord, nameOf, type Placing, type Version } from './kind.ts';

export interface PlanGroundParts {
  readonly explanation: OfferExplanation;
  readonly agents: ReadonlyMap<AgentId, AgentView>;
  /** Of all jobs. */
  readonly instances: Iterable<Instance>;
  versions(job: string): ReadonlyMap<number, Version>;
  roleOf(spec: JobBase): string;
  readonly now: number;
}

/** What an instance has, or would have. */
interface Share {
  readonly job: string;
  readonly agent: AgentId;
  readonly resources: Resources;
}

export class PlanGround implements Ground {
  readonly #parts: PlanGroundParts;
  readonly #free = new Map<AgentId, Resources>();
  /** What else stands in the way, by role. */
  readonly #gates = new Map<string, Map<AgentId, AgentExplanation['by']>>();
  /** By task: while a change is tried, two instances have the same name. */
  readonly #shares = new Map<TaskId, Share>();
  /** Why something would have no place, by name. */
  readonly #refused = new Map<string, readonly Blocked[]>();

  constructor(parts: PlanGroundParts) {
    this.#parts = parts;
    for (const { role, agents, by, free } of parts.explanation.agents) {
      const gates = this.#gates.get(role) ?? new Map<AgentId, AgentExplanation['by']>();
      this.#gates.set(role, gates);
      // That it wants no offers now says nothing of when it will.
      const lasting = by.filter(({ kind }) => kind !== 'suppressed');
      for (const agent of agents) {
        gates.set(agent, lasting);
        this.#free.set(agent, free);
      }
    }
    for (const one of parts.instances) {
      const spec = parts.versions(one.job).get(one.version)?.spec;
      if (spec && fills(one))
        this.#shares.set(one.task, { job: one.job, agent: one.agent, resources: shareOf(spec) });
    }
  }

  /** What would be free there. */
  free(agent: AgentId): Resources {
    return this.#free.get(agent) ?? [];
  }

  /** How many of a job would be there. */
  readonly running = (job: string, agent: AgentId): number =>
    [...this.#shares.values()].filter((one) => one.job === job && one.agent === agent).length;

  land({ spec: base, version: newest }: JobRecord, placing: Placing, task: TaskId): AgentId | undefined {
    const { version = newest, on, prefer, avoid, home, act, differs } = placing;
    const spec = { ...(this.#parts.versions(base.name).get(version)?.spec ?? base), ...differs };
    const name = nameOf(spec.name, placing);
    // What it needs is set aside for it there.
    if (home?.agent !== undefined) return agentsReady(this.#parts.agents, home.agent);
    const role = this.#parts.roleOf(spec);
    const wanted = wantedOf(spec, name, { version, on, prefer, avoid, home, act });
    const told = { agents: this.#told(role), limits: {} };
    const { agents } = this.#parts;
    const blocked = blockedFor(wanted, role, told, agents, this.running).filter(({ by }) =>
      by.some(({ kind }) => kind !== 'offered'),
    );
    const closed = new Set(blocked.map(({ agent }) => agent));
    const offers = [...this.#free.keys()]
      .filter((agent) => !closed.has(agent))
      .map((agent) => this.#offer(agent, role));
    const [group] = place([wanted], offers, agents, this.running, () => 0).groups;
    const [placement] = group?.placements ?? [];
    if (!placement) {
      this.#refused.set(name, blocked);
      return undefined;
    }
    const { agent, resources } = placement;
    this.#free.set(agent, subtract(this.free(agent), resources));
    this.#shares.set(task, { job: spec.name, agent, resources });
    return agent;
  }

  leave({ task }: Instance): void {
    const share = this.#shares.get(task);
    if (!share) return;
    this.#shares.delete(task);
    this.#free.set(share.agent, add(this.free(share.agent), share.resources));
  }

  /** A role that the framework is not in yet is offered what any other of its roles is. */
  #told(role: string): AgentExplanation[] {
    const gates = this.#gates.get(role) ?? [...this.#gates.values()][0] ?? new Map();
    return [...this.#free].map(([agent, free]) => ({
      role,
      agents: [agent],
      free,
      by: gates.get(agent) ?? [],
    }));
  }

  #offer(agent: AgentId, role: string) {
    return {
      id: agent as string as OfferId,
      agent,
      framework: 'plan' as FrameworkId,
      role,
      resources: usableBy(this.free(agent), role),
      at: 0,
      expiresAt: 0,
    };
  }

  /** Those that would have no place, and why. */
  refusals(): { name: string; agents: Answer['agents']; help: string }[] {
    const { agents, now, explanation } = this.#parts;
    return [...this.#refused].map(([name, blocked]) => {
      const { lines, help } = explanationOf(blocked, {
        now,
        nameOf: (agent) => agents.get(agent)?.name ?? agent,
        limits: explanation.limits,
      });
      const all = lines.map(({ agent = 'everywhere', reasons }) => ({ agent, reasons }));
      return { name, agents: all, help };
    });
  }
}

function shareOf(spec: JobBase): Resources {
  const fixed = Object.values(spec.ports).flatMap(({ host }): Range[] => (host ? [[host, host]] : []));
  return add(demandOf(spec), resourcesOf({}, { ports: fixed }));
}

/** That one, if it is there and takes work. */
function agentsReady(agents: ReadonlyMap<AgentId, AgentView>, agent: AgentId): AgentId | undefined {
  const view = agents.get(agent);
  return view && awayFrom(view) === undefined ? agent : undefined;
}
