/**
 * A framework that a person plays, at the prompt or in a script: offers come one by one as things to go through, and
 * each is launched on or declined by hand. Offers are asked for only while somebody goes through them, so that a prompt
 * that is left open keeps nothing from others.
 */
import { TenderError } from '../core/errors.ts';
import { scalar } from '../core/resources.ts';
import type { OfferId, TaskId, TaskStatus } from '../core/task.ts';
import { isTerminal } from '../core/task-state.ts';
import type { OfferView } from '../wire/messages/framework.ts';
import type { FrameworkContext, FrameworkDefinition, Scheduler } from './define.ts';
import { Feed } from './feed.ts';
import { type HandTask, parseHandTask, tasksOn } from './hand-task.ts';
import { launch } from './operations.ts';

export interface HandOptions {
  /** In which it wants offers. @default [its name] */
  readonly roles?: readonly string[] | undefined;
}

/** With its amounts in the units that people use: cpus, and MiB. */
export interface HandOffer extends OfferView {
  readonly cpus: number;
  readonly mem: number;
  readonly disk: number;
}

function withAmounts(offer: OfferView): HandOffer {
  const amount = (name: string): number => scalar(offer.resources, name) / 1000;
  return { ...offer, cpus: amount('cpus'), mem: amount('mem'), disk: amount('disk') };
}

/** What an offer is known by: it may be written anew. */
type Offered = Pick<OfferView, 'id'>;

/** News of a task. */
export interface HandUpdate extends TaskStatus {
  /** `mine.0` */
  readonly name: string;
}

/** So much is kept for a reader who comes later. */
const KEPT = 1000;
/** Its tasks go on for so long without it (ms): a prompt that has died comes back as another one. */
const FAILOVER = 15_000;
/** What is declined, or left over, is not offered again for so long (ms). */
const REFUSE = 5_000;

const NAME = /^[a-z][a-z0-9-]{0,47}$/;

export class HandFramework {
  readonly name: string;
  readonly roles: readonly string[];
  readonly #updates = new Feed<HandUpdate>(KEPT);
  readonly #offers = new Feed<OfferView>(KEPT);
  readonly #seen = new Set<OfferId>();
  readonly #names = new Map<TaskId, string>();
  #context: FrameworkContext | undefined;
  #readers = 0;
  #count = 0;
  #end: (() => Promise<void>) | undefined;

  /** @throws TenderError `usage` */
  constructor(name: string, { roles = [name] }: HandOptions = {}) {
    if (!NAME.test(name)) {
      const cause = `a framework is called by lower-case letters, digits and dashes, found "${name}"`;
      throw new TenderError('usage', { cause });
    }
    this.name = name;
    this.roles = roles;
  }

  /** @param begun called at the first subscription */
  definition(begun: () => void): FrameworkDefinition {
    const { name, roles } = this;
    const create = (context: FrameworkContext): Scheduler => {
      this.#context = context;
      return this.#scheduler(context, begun);
    };
    return { name, roles, kinds: [], verbs: {}, failoverMs: FAILOVER, create };
  }

  /** @param end lets go of all that was made for it */
  started(end: () => Promise<void>): void {
    this.#end = end;
  }

  /** Each once, as it comes; those that were taken back meanwhile are left out. */
  get offers(): AsyncIterable<HandOffer> {
    return { [Symbol.asyncIterator]: () => this.#goThrough() };
  }

  /** What becomes of its tasks, each piece of news once. */
  get updates(): AsyncIterable<HandUpdate> {
    return this.#updates;
  }

  /** Offers that are neither answered nor taken back. */
  get held(): readonly HandOffer[] {
    return [...(this.#context?.offers.values() ?? [])].map(withAmounts);
  }

  /**
   * Starts tasks on one offer, which is used up by it: what is left over is offered anew.
   * @returns their ids; of one task, its id
   * @throws TenderError `offer.void`, `offer.short`, `job.invalid`
   */
  launch(offer: Offered, task: HandTask): TaskId;
  launch(offer: Offered, tasks: readonly HandTask[]): TaskId[];
  launch(offer: Offered, given: HandTask | readonly HandTask[]): TaskId | TaskId[] {
    const context = this.#live();
    const held = this.#heldOffer(offer);
    const several = Array.isArray(given) ? (given as readonly HandTask[]) : [given as HandTask];
    const jobs = several.map((task) => {
      const job = parseHandTask(task, this.name);
      return [task.name ?? this.#nextName(), job] as const;
    });
    const tasks = tasksOn(held, jobs, context);
    for (const { id, name } of tasks) this.#names.set(id, name);
    context.accept([held.id], [launch(tasks)], 0);
    const ids = tasks.map(({ id }) => id);
    return Array.isArray(given) ? ids : ids[0]!;
  }

  /** @param refuseSeconds what was on offer is not offered again for so long @throws TenderError `offer.void` */
  decline(offer: Offered, refuseSeconds = REFUSE / 1000): void {
    this.#live().decline([this.#heldOffer(offer).id], refuseSeconds * 1000);
  }

  /** @param id as `launch` gave it, or a task of it @throws TenderError `task.unknown` */
  kill(id: string | { readonly id: string }): void {
    const task = (typeof id === 'string' ? id : id.id) as TaskId;
    if (!this.#names.has(task)) throw new TenderError('task.unknown', { name: task });
    this.#live().kill(task);
  }

  /** Ends it with all its tasks, and takes its key away. */
  async close(): Promise<void> {
    const end = this.#end;
    this.#end = undefined;
    this.#context = undefined;
    this.#offers.end();
    this.#updates.end();
    await end?.();
  }

  #live(): FrameworkContext {
    if (!this.#context) throw new TenderError('framework.over', { name: this.name });
    return this.#context;
  }

  #heldOffer({ id }: Offered): OfferView {
    const offer = this.#live().offers.get(id);
    if (offer) return offer;
    throw new TenderError('offer.void', { cause: `${id} was answered, taken back, or has expired` });
  }

  #nextName(): string {
    this.#count += 1;
    return `${this.name}.${this.#count - 1}`;
  }

  async *#goThrough(): AsyncGenerator<HandOffer, void, undefined> {
    this.#readers += 1;
    if (this.#readers === 1) this.#context?.revive();
    try {
      for await (const offer of this.#offers)
        if (this.#context?.offers.has(offer.id)) yield withAmounts(offer);
    } finally {
      this.#readers -= 1;
      if (this.#readers === 0) this.#putAside();
    }
  }

  /** Nobody asks any more: what nobody has seen goes back; what somebody has may still be answered. */
  #putAside(): void {
    const context = this.#context;
    if (!context) return;
    const unread: OfferId[] = [];
    this.#offers.drop(({ id }) => unread.push(id) > 0);
    context.suppress();
    context.decline(
      unread.filter((id) => context.offers.has(id)),
      0,
    );
  }

  #scheduler(context: FrameworkContext, begun: () => void): Scheduler {
    return {
      subscribed: () => {
        this.#seen.clear();
        if (this.#readers === 0) context.suppress();
        begun();
      },
      offersChanged: () => {
        for (const offer of context.offers.values()) {
          if (this.#seen.has(offer.id)) continue;
          this.#seen.add(offer.id);
          this.#offers.push(offer);
        }
        for (const id of this.#seen) if (!context.offers.has(id)) this.#seen.delete(id);
      },
      update: ({ status }) => {
        const name = this.#names.get(status.task) ?? status.task;
        if (isTerminal(status.state)) this.#names.delete(status.task);
        this.#updates.push({ ...status, name });
      },
      call: (verb) => {
        throw new TenderError('framework.verb_unknown', { framework: this.name, verb, known: 'none' });
      },
    };
  }
}
