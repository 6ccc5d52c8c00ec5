/**
 * When agents that have been silent for too long are given up. One by one that is at once; many are given up at a
 * limited rate, so that those who return in time keep their work. And while more than half of all agents vanish
 * together it is the network that has failed, not they: then none is given up, unless a person says so.
 */
import type { Timer } from '../core/clock.ts';
import type { Agent, MassLoss } from '../core/cluster.ts';
import type { AgentId } from '../core/task.ts';
import type { Parts } from './parts.ts';

/** So many at once, and then one more each time this has passed (ms). */
const AT_ONCE = 10;
const ONE_MORE = 100;
/** What vanishes within this time has vanished together (ms). */
const TOGETHER = 60_000;
/** How often it is looked whether it is still so, while somebody waits for it (ms). */
const AGAIN = 5_000;

export class Losses {
  readonly #parts: Parts;
  readonly #giveUp: (id: AgentId, why: string) => void;
  /** Whose time is over, and why; in that order. */
  readonly #due = new Map<AgentId, string>();
  /** When those of late were given up. */
  #givenUp: number[] = [];
  #timer: Timer | undefined;
  #isSoon = false;

  /** @param giveUp makes an agent unreachable */
  constructor(parts: Parts, giveUp: (id: AgentId, why: string) => void) {
    this.#parts = parts;
    this.#giveUp = giveUp;
  }

  /** Its time is over. */
  add(id: AgentId, why: string): void {
    this.#due.set(id, why);
    this.#soon();
  }

  /** It is back, or gone for good. */
  remove(id: AgentId): void {
    this.#due.delete(id);
    if (!this.#parts.log.state.massLoss) return;
    if (this.#due.size === 0) this.#go();
    else this.#soon();
  }

  close(): void {
    this.#timer?.cancel();
  }

  /** Once for all that come in this moment: it looks at every agent. */
  #soon(): void {
    if (this.#isSoon) return;
    this.#isSoon = true;
    this.#again(0);
  }

  #go(): void {
    const { log, clock } = this.#parts;
    this.#timer?.cancel();
    this.#isSoon = false;
    const before = log.state.massLoss;
    const loss = this.#due.size === 0 ? undefined : this.#massLoss();
    if (loss?.away !== before?.away || loss?.of !== before?.of)
      log.emit({ type: 'agents.lost', massLoss: loss });
    if (this.#due.size === 0) return;
    if (loss) return this.#again(AGAIN);
    const now = clock.now();
    for (const [id, why] of this.#due) {
      this.#givenUp = this.#givenUp.filter((at) => at > now - AT_ONCE * ONE_MORE);
      if (this.#givenUp.length >= AT_ONCE) break;
      this.#givenUp.push(now);
      this.#due.delete(id);
      this.#giveUp(id, why);
    }
    if (this.#due.size > 0) this.#again(ONE_MORE);
  }

  #again(ms: number): void {
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.after(ms, () => this.#go());
  }

  #massLoss(): MassLoss | undefined {
    const { log, clock } = this.#parts;
    const now = clock.now();
    const isAway = ({ state, since }: Agent): boolean =>
      state === 'disconnected' || (state === 'unreachable' && now - since < TOGETHER);
    const all = [...log.state.agents.values()];
    const away = all.filter(isAway).length;
    const of = away + all.filter(({ state }) => state === 'ready').length;
    if (away < 2 || 2 * away <= of) return undefined;
    return { since: log.state.massLoss?.since ?? now, away, of };
  }
}
