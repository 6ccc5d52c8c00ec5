/**
 * Offers: made when something has become free (coalesced over a few milliseconds, never on a tick), and ended exactly
 * once: accepted, declined, rescinded or expired. While one is out its resources are allocated to its framework; here
 * they are given back, or handed on to the tasks that take them.
 */
import type { Timer } from '../core/clock.ts';
import type { Offer } from '../core/cluster.ts';
import { TenderError } from '../core/errors.ts';
import type { OfferOutcome } from '../core/events.ts';
import { add, contains, isEmpty, NOTHING, type Resources, subtract } from '../core/resources.ts';
import type { AgentId, FrameworkId, OfferId, TaskSpec } from '../core/task.ts';
import type { Parts } from './parts.ts';

/** What becomes free within this time is offered together (ms). */
const COALESCE = 5;
const LIFE = 60_000;

export class Offers {
  readonly #parts: Parts;
  #pending: Timer | undefined;
  #filterEnd: Timer | undefined;
  #expiry: Timer | undefined;
  #count = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Something changed that may lead to offers. */
  wake(): void {
    this.#pending ??= this.#parts.clock.after(COALESCE, () => {
      this.#pending = undefined;
      this.#allocate();
    });
  }

  close(): void {
    for (const timer of [this.#pending, this.#filterEnd, this.#expiry]) timer?.cancel();
  }

  /**
   * Takes these offers for these tasks, all or nothing: they must be out, of one agent and role, and the framework's
   * own. What the tasks leave over goes back, kept from this framework for `refuseMs`.
   * @returns where the tasks go
   * @throws TenderError `task.invalid`; then those of the offers that still stood have gone back
   */
  accept(
    framework: FrameworkId,
    ids: readonly OfferId[],
    tasks: readonly TaskSpec[],
    refuseMs: number,
  ): Offer {
    const offers = this.#own(framework, ids);
    try {
      const [first] = offers;
      const invalid = (cause: string): never => {
        throw new TenderError('task.invalid', { task: tasks.map(({ id }) => id).join(', '), cause });
      };
      if (!first || offers.length !== ids.length) return invalid('an offer has ended meanwhile');
      if (offers.some(({ agent, role }) => agent !== first.agent || role !== first.role))
        return invalid('offers of several agents or roles cannot be taken together');
      const offered = offers.reduce<Resources>((sum, { resources }) => add(sum, resources), NOTHING);
      const wanted = tasks.reduce<Resources>((sum, { resources }) => add(sum, resources), NOTHING);
      if (!contains(offered, wanted)) return invalid('more than was offered');
      if (tasks.some(({ resources }) => isEmpty(resources))) return invalid('a task that takes nothing');
      for (const offer of offers) this.#end(offer, 'accepted', '');
      this.#giveBack({ ...first, resources: subtract(offered, wanted) }, refuseMs);
      return first;
    } catch (error) {
      for (const offer of offers)
        this.#revoke(offer, 'rescinded', 'it was accepted together with a void one');
      throw error;
    }
  }

  /** Unknown ids are late ones: ignored. */
  decline(framework: FrameworkId, ids: readonly OfferId[], refuseMs: number): void {
    for (const offer of this.#own(framework, ids)) {
      this.#end(offer, 'declined', '');
      this.#giveBack(offer, refuseMs);
    }
  }

  rescindAgent(agent: AgentId, why: string): void {
    for (const offer of this.#parts.log.state.offers.values())
      if (offer.agent === agent) this.#revoke(offer, 'rescinded', why);
  }

  rescindFramework(framework: FrameworkId, why: string): void {
    for (const offer of this.#parts.log.state.offers.values())
      if (offer.framework === framework) this.#revoke(offer, 'rescinded', why);
  }

  #own(framework: FrameworkId, ids: readonly OfferId[]): Offer[] {
    const { offers } = this.#parts.log.state;
    return [...new Set(ids)].flatMap((id) => {
      const offer = offers.get(id);
      return offer?.framework === framework ? [offer] : [];
    });
  }

  #allocate(): void {
    const { allocator, clock, log, frameworks } = this.#parts;
    const now = clock.now();
    const { offers, nextFilterEnd } = allocator.allocate(now);
    const made = offers.map((share): Offer => {
      this.#count += 1;
      const id = `o${log.state.master.epoch}-${this.#count}` as OfferId;
      return { id, ...share, at: now, expiresAt: now + LIFE };
    });
    for (const offer of made) log.emit({ type: 'offer.made', offer });
    for (const framework of new Set(made.map((offer) => offer.framework)))
      frameworks.offer(
        framework,
        made.filter((offer) => offer.framework === framework),
      );
    this.#filterEnd?.cancel();
    if (nextFilterEnd !== undefined)
      this.#filterEnd = clock.after(Math.max(0, nextFilterEnd - now), () => this.wake());
    this.#watchExpiry();
  }

  /** One timer, for the oldest offer: they all live equally long. */
  #watchExpiry(): void {
    const { clock, log } = this.#parts;
    const oldest = log.state.offers.values().next().value;
    if (this.#expiry || !oldest) return;
    this.#expiry = clock.after(Math.max(1, oldest.expiresAt - clock.now()), () => {
      this.#expiry = undefined;
      for (const offer of log.state.offers.values()) {
        if (offer.expiresAt > clock.now()) break;
        this.#revoke(offer, 'expired', `not answered for ${LIFE / 1000} s`);
      }
      this.#watchExpiry();
    });
  }

  #end({ id }: Offer, outcome: OfferOutcome, why: string): void {
    this.#parts.log.emit({ type: 'offer.ended', offer: id, outcome, why });
  }

  /** The master takes it back: the framework is told, and nothing is held against it. */
  #revoke(offer: Offer, outcome: OfferOutcome, why: string): void {
    this.#end(offer, outcome, why);
    this.#giveBack(offer, 0);
    this.#parts.frameworks.send(offer.framework, { t: 'rescind', offer: offer.id });
  }

  #giveBack(share: Offer, refuseMs: number): void {
    if (isEmpty(share.resources)) return;
    const { allocator, clock } = this.#parts;
    if (refuseMs > 0) allocator.decline(share, clock.now() + refuseMs);
    else allocator.recover(share);
    this.wake();
  }
}
