/**
 * What stands in the way of the instances that wait for a place. What was found on offers is known at once; the rest only
 * the master can tell, and is asked when things have settled, or somebody wants to know. Nothing is asked while nothing
 * happens.
 */
import { TenderError } from '../../core/errors.ts';
import type { Blocked } from '../../core/obstacles.ts';
import type { Quantities } from '../../core/quantities.ts';
import type { AgentId } from '../../core/task.ts';
import type { FrameworkContext } from '../define.ts';
import { blockedFor } from '../fit.ts';
import type { Wanted } from '../place.ts';
import type { Running } from '../tally.ts';

/** Without a place, and in which role. */
export type Missing = Wanted & { readonly role: string };

/** Offers that are on their way come within this time (ms). */
const SETTLE = 500;

/** That it may only run on. */
const agentOf = ({ on, home }: Missing): AgentId | undefined => on ?? home?.agent;

export class Waits {
  readonly #context: FrameworkContext;
  readonly #running: () => Running;
  readonly #asked: () => void;
  /** On offers, when instances of the job were last placed. */
  readonly #found = new Map<string, readonly Blocked[]>();
  /** By the master's word. */
  readonly #told = new Map<string, readonly Blocked[]>();
  #missing: readonly Missing[] = [];
  #isSoonAsked = false;
  /** Of the roles whose limits stand in the way. */
  limits: Readonly<Record<string, Quantities>> = {};

  /**
   * @param running what is where now
   * @param asked the master has been asked, and may have said something new
   */
  constructor(context: FrameworkContext, running: () => Running, asked: () => void) {
    this.#context = context;
    this.#running = running;
    this.#asked = asked;
  }

  /** Some of it was looked for, and no room was found. */
  has(job: string): boolean {
    return this.of(job).length > 0;
  }

  of(job: string): readonly Blocked[] {
    return this.#told.get(job) ?? this.#found.get(job) ?? [];
  }

  /** Agents that those without a place are bound to, each to one; empty where they may run anywhere. */
  boundTo(job: string): AgentId[] {
    const all = this.#missing.filter((one) => one.job === job).map(agentOf);
    const bound = all.filter((agent) => agent !== undefined);
    return bound.length === all.length ? [...new Set(bound)] : [];
  }

  /** The master has said so: what offers alone show may be the least of it. */
  isTold(job: string): boolean {
    return this.#told.has(job);
  }

  found(job: string, blocked: readonly Blocked[]): void {
    this.#found.set(job, blocked);
  }

  forget(job: string): void {
    this.#found.delete(job);
    this.#told.delete(job);
  }

  /** All that has no place now. */
  are(missing: readonly Missing[]): void {
    this.#missing = missing;
    const jobs = new Set(missing.map(({ job }) => job));
    for (const job of [...this.#found.keys(), ...this.#told.keys()]) if (!jobs.has(job)) this.forget(job);
    if (missing.length === 0 || this.#isSoonAsked) return;
    this.#isSoonAsked = true;
    this.#context.after(SETTLE, () => this.#askNow());
  }

  async #askNow(): Promise<void> {
    this.#isSoonAsked = false;
    await this.ask();
    this.#asked();
  }

  async ask(): Promise<void> {
    if (this.#missing.length === 0) return;
    try {
      const explanation = await this.#context.explain();
      const { agents } = this.#context;
      const running = this.#running();
      for (const [job, missing] of Map.groupBy(this.#missing, (one) => one.job)) {
        // The same stands in the way of all that may run anywhere: one stands for them.
        const asked = missing.every((one) => agentOf(one) !== undefined) ? missing : missing.slice(-1);
        const blocked = asked.flatMap((one) => blockedFor(one, one.role, explanation, agents, running));
        this.#told.set(job, blocked);
      }
      this.limits = explanation.limits;
    } catch (error) {
      // Then what is known already has to do.
      if (!(error instanceof TenderError)) throw error;
    }
  }
}
