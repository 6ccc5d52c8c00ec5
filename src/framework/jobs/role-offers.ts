/**
 * The offers of one role: asked for while something of it is missing, given back as soon as nothing is. What has found no
 * room is not asked for again by itself: more of it comes free, or a new wish or a changed agent is a reason to ask.
 */
import type { OfferId } from '../../core/task.ts';
import type { OfferView } from '../../wire/messages/framework.ts';
import type { FrameworkContext } from '../define.ts';
import { shapeOf } from '../needs.ts';
import type { Wanted } from '../place.ts';
import { Wishes } from '../wishes.ts';

/** What does not fit is not looked at again for so long (ms). It may be long: more of it comes free at once. */
const REFUSE = 600_000;

export class RoleOffers {
  readonly #context: FrameworkContext;
  readonly #role: string;
  readonly #wishes: Wishes;
  /** Shapes of what offers were looked at (or asked) for, and that found no room. */
  #tried = new Set<string>();
  #suppressed = false;

  constructor(context: FrameworkContext, role: string) {
    this.#context = context;
    this.#role = role;
    this.#wishes = new Wishes(context, role);
  }

  /** After a new subscription: the master has heard nothing of all this. */
  forget(): void {
    this.#suppressed = false;
    this.#wishes.forget();
  }

  /** Something is different: what fitted nowhere may fit now. */
  reconsider(): void {
    this.#tried.clear();
  }

  get held(): OfferView[] {
    return [...this.#context.offers.values()].filter(({ role }) => role === this.#role);
  }

  /** These are missing. Offers come, unless those that are held are all there are. */
  want(missing: readonly Wanted[]): void {
    this.#wishes.tell(missing);
    // What was refused for others may be right for this one.
    const shapes = shapesOf(missing);
    const fresh = [...shapes].some((shape) => !this.#tried.has(shape));
    if (!this.#suppressed && !(fresh && this.held.length === 0)) return;
    this.#suppressed = false;
    for (const shape of shapes) this.#tried.add(shape);
    this.#context.revive([this.#role]);
  }

  /** All that was held has been looked at. @param left found no room @param unused offers that nothing was placed on */
  looked(left: readonly Wanted[], unused: readonly OfferId[]): void {
    this.#tried = shapesOf(left);
    this.#wishes.tell(left);
    this.#context.decline(unused, left.length > 0 ? REFUSE : 0);
  }

  /** Nothing is missing: the offers go to whoever has work. */
  rest(): void {
    this.#wishes.tell([]);
    this.#context.decline(
      this.held.map(({ id }) => id),
      0,
    );
    if (this.#suppressed) return;
    this.#suppressed = true;
    this.#context.suppress([this.#role]);
  }
}

/** What fits in the same places finds room or finds none together: a job's next instance is no news. */
const shapesOf = (wanted: readonly Wanted[]): Set<string> => new Set(wanted.map(shapeOf));
