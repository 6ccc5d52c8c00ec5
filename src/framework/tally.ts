/** How many instances of one job are where: those that run, and those that this placement has put there. */

import { attributesOf } from '../core/attributes.ts';
import { nearest } from '../core/nearest.ts';
import type { AgentId } from '../core/task.ts';
import type { AgentView } from '../wire/messages/framework.ts';

/** Instances of the job on the agent that run, or are on their way. */
export type Running = (job: string, agent: AgentId) => number;

/** Instances by value of an attribute. */
export class Counts {
  readonly #of = new Map<string, number>();
  #range: { readonly least: number; readonly most: number } | undefined;

  of(value: string): number {
    return this.#of.get(value) ?? 0;
  }

  add(value: string, count: number): void {
    this.#of.set(value, this.of(value) + count);
    this.#range = undefined;
  }

  /** Over all values that there are. */
  get range(): { readonly least: number; readonly most: number } {
    if (this.#range) return this.#range;
    let [least, most] = [Number.POSITIVE_INFINITY, 0];
    for (const count of this.#of.values()) {
      least = Math.min(least, count);
      most = Math.max(most, count);
    }
    this.#range = { least: Math.min(least, most), most };
    return this.#range;
  }
}

export class Tally {
  readonly #job: string;
  readonly #running: Running;
  readonly #agents: ReadonlyMap<AgentId, AgentView>;
  readonly #placed = new Map<AgentId, number>();
  readonly #per = new Map<string, Counts>();
  readonly #meant = new Map<string, string | undefined>();
  #names: readonly string[] | undefined;

  constructor(job: string, running: Running, agents: ReadonlyMap<AgentId, AgentView>) {
    this.#job = job;
    this.#running = running;
    this.#agents = agents;
  }

  on(agent: AgentId): number {
    return this.#running(this.#job, agent) + (this.#placed.get(agent) ?? 0);
  }

  /** On all agents that have the same value. Every value that there is has its number. */
  per(attribute: string): Counts {
    const known = this.#per.get(attribute);
    if (known) return known;
    const counts = new Counts();
    for (const view of this.#agents.values()) {
      const value = attributesOf(view).get(attribute);
      if (value !== undefined) counts.add(value, this.on(view.id));
    }
    this.#per.set(attribute, counts);
    return counts;
  }

  /** The attribute that is meant by a name that an agent does not have: the nearest one that some agent has. */
  attributeLike(name: string): string | undefined {
    this.#names ??= [
      ...new Set([...this.#agents.values()].flatMap((view) => [...attributesOf(view).keys()])),
    ];
    if (!this.#meant.has(name))
      this.#meant.set(name, this.#names.includes(name) ? undefined : nearest(name, this.#names));
    return this.#meant.get(name);
  }

  /** Everywhere. */
  get total(): number {
    let total = 0;
    for (const id of this.#agents.keys()) total += this.on(id);
    return total;
  }

  add(agent: AgentId): void {
    this.#placed.set(agent, (this.#placed.get(agent) ?? 0) + 1);
    const attributes = attributesOf(this.#agents.get(agent));
    for (const [attribute, counts] of this.#per) {
      const value = attributes.get(attribute);
      if (value !== undefined) counts.add(value, 1);
    }
  }
}

/** Counted once, to be asked often. */
export function runningOf(instances: Iterable<{ readonly job: string; readonly agent: AgentId }>): Running {
  const counts = new Map<string, Map<AgentId, number>>();
  for (const { job, agent } of instances) {
    const ofJob = counts.get(job) ?? new Map<AgentId, number>();
    ofJob.set(agent, (ofJob.get(agent) ?? 0) + 1);
    counts.set(job, ofJob);
  }
  return (job, agent) => counts.get(job)?.get(agent) ?? 0;
}
