/**
 * Offers: made when something has become free (coalesced over a few milliseconds, never on a tick), and ended exactly
 * once: accepted, declined, rescinded or expired. While one is out its resources are allocated to its framework; here
 * they are given back, or handed on to the tasks that take them.
 */
import type { Share } from '../core/allocator.ts';
import type { Timer } from '../core/clock.ts';
import type { Offer, OfferEnd } from '../core/cluster.ts';
import { TenderError } from '../core/errors.ts';
import { add, contains, isEmpty, NOTHING, type Resources } from '../core/resources.ts';
import type { AgentId, FrameworkId, OfferId, TaskId } from '../core/task.ts';
import { Groups } from './groups.ts';
import type { Parts } from './parts.ts';

/** What becomes free within this time is offered together (ms). */
const COALESCE = 5;
/** How long an offer lives without an answer, where the master is told nothing else (ms). */
export const OFFER_LIFE = 60_000;
/** A year, as in Mesos. */
const LONGEST_REFUSAL = 365 * 24 * 3_600_000;

/** What it is accepted for, as the events tell it. */
export interface AcceptedFor {
  readonly tasks: readonly TaskId[];
  /** What else is done with it: `reserve`, `create`. */
  readonly why: string;
  readonly refuseMs: number;
}

type End = Omit<OfferEnd, 'at'>;

export class Offers {
  readonly #parts: Parts;
  readonly #life: number;
  readonly #byAgent = new Groups<AgentId, OfferId>();
  readonly #byFramework = new Groups<FrameworkId, OfferId>();
  #pending: Timer | undefined;
  #filterEnd: Timer | undefined;
  #expiry: Timer | undefined;
  #count = 0;

  constructor(parts: Parts, life: number) {
    this.#parts = parts;
    this.#life = life;
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
   * Ends these offers for what is to be done with them, all or none: they must be out, of one agent and role, and the
   * framework's own.
   * @returns all of them as one; it stays allocated to the framework until it is given back
   * @throws TenderError `offer.void`; then those of the offers that still stood have gone back
   */
  take(framework: FrameworkId, ids: readonly OfferId[], { tasks, why, refuseMs }: AcceptedFor): Share {
    const offers = this.#own(framework, ids);
    const [first] = offers;
    const refuse = (cause: string): never => {
      for (const offer of offers) this.rescind(offer, 'it was accepted together with a void one');
      throw new TenderError('offer.void', { cause });
    };
    if (!first || offers.length !== ids.length)
      return refuse('one of them has ended meanwhile, or comes twice');
    if (offers.some(({ agent, role }) => agent !== first.agent || role !== first.role))
      return refuse('they are of several agents or roles');
    const { role, agent } = first;
    let resources: Resources = NOTHING;
    for (const offer of offers) {
      this.#end(offer, { outcome: 'accepted', why, tasks, ...this.#refused(refuseMs) });
      // A shared volume may be in each of them; together they hold it once.
      const again = offer.resources.filter((entry) => entry.shared && contains(resources, [entry]));
      this.giveBack({ framework, role, agent, resources: again }, 0);
      resources = add(resources, offer.resources);
    }
    return { framework, role, agent, resources };
  }

  /** Unknown ids are late ones: ignored. */
  decline(framework: FrameworkId, ids: readonly OfferId[], refuseMs: number): void {
    for (const offer of this.#own(framework, ids)) {
      this.#end(offer, { outcome: 'declined', why: '', ...this.#refused(refuseMs) });
      this.giveBack(offer, refuseMs);
    }
  }

  /** Takes an offer back that is out: its framework is told, and nothing is held against it. */
  rescind(offer: Offer, why: string): void {
    this.#revoke(offer, { outcome: 'rescinded', why });
  }

  /** What nobody uses goes back; the same or less of it is kept from this framework for `refuseMs`. */
  giveBack(share: Share, refuseMs: number): void {
    if (isEmpty(share.resources)) return;
    const { allocator } = this.#parts;
    const { until } = this.#refused(refuseMs);
    if (until !== undefined) allocator.decline(share, until);
    else allocator.recover(share);
    this.wake();
  }

  #refused(refuseMs: number): { readonly until?: number } {
    return refuseMs > 0 ? { until: this.#parts.clock.now() + Math.min(refuseMs, LONGEST_REFUSAL) } : {};
  }

  rescindAgent(agent: AgentId, why: string): void {
    for (const offer of this.#all(this.#byAgent.of(agent))) this.rescind(offer, why);
  }

  rescindFramework(framework: FrameworkId, why: string): void {
    for (const offer of this.#all(this.#byFramework.of(framework))) this.rescind(offer, why);
  }

  /** Whether an offer in this role waits for its answer. */
  isHeld(framework: FrameworkId, role: string): boolean {
    return this.#all(this.#byFramework.of(framework)).some((offer) => offer.role === role);
  }

  #all(ids: ReadonlySet<OfferId>): Offer[] {
    const { offers } = this.#parts.log.state;
    return [...ids].map((id) => offers.get(id)!);
  }

  #own(framework: FrameworkId, ids: readonly OfferId[]): Offer[] {
    const { offers } = this.#parts.log.state;
    return [...new Set(ids)].flatMap((id) => {
      const offer = offers.get(id);
      return offer?.framework === framework ? [offer] : [];
    });
  }

  /**
   * So many agents have to return before anything is offered. After a start of the master what runs on them is in nobody's
   * books: limits would be exceeded, and what is guaranteed given away. (Mesos waits likewise, for 80 % of them.)
   */
  get waitsFor(): number {
    const { agents, log } = this.#parts;
    return [...log.state.roles.values()].some(({ quota }) => quota) ? agents.awaited : 0;
  }

  #allocate(): void {
    if (this.waitsFor > 0) return; // the last of them wakes us
    const { allocator, clock, log, frameworks } = this.#parts;
    const now = clock.now();
    const { offers, nextFilterEnd } = allocator.allocate(now);
    const made = offers.map((share): Offer => {
      this.#count += 1;
      const id = `o${log.state.master.epoch}-${this.#count}` as OfferId;
      return { id, ...share, at: now, expiresAt: now + this.#life };
    });
    for (const offer of made) {
      this.#byAgent.add(offer.agent, offer.id);
      this.#byFramework.add(offer.framework, offer.id);
      log.emit({ type: 'offer.made', offer });
    }
    for (const [framework, theirs] of Map.groupBy(made, (offer) => offer.framework))
      frameworks.offer(framework, theirs);
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
        this.#revoke(offer, { outcome: 'expired', why: `not answered for ${this.#life / 1000} s` });
      }
      this.#watchExpiry();
    });
  }

  #end({ id, agent, framework, role }: Offer, end: End): void {
    this.#byAgent.remove(agent, id);
    this.#byFramework.remove(framework, id);
    this.#parts.allocator.answered(framework, role, agent);
    this.#parts.log.emit({ type: 'offer.ended', offer: id, ...end });
  }

  /** The master takes it back: the framework is told, and nothing is held against it. */
  #revoke(offer: Offer, end: End): void {
    this.#end(offer, end);
    this.giveBack(offer, 0);
    this.#parts.frameworks.send(offer.framework, { t: 'rescind', offer: offer.id });
  }
}
