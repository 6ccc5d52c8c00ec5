/**
 * The master's one writer: an event is applied to the cluster state, numbered, remembered for a while, and handed to
 * whoever listens (the clients' streams). Nothing else in the master changes the state.
 */
import { apply } from '../core/apply.ts';
import type { ClusterState } from '../core/cluster.ts';
import type { Event, Numbered } from '../core/events.ts';
import { lastEvents } from '../core/last-events.ts';
import { MAX_MESSAGE } from '../wire/transport.ts';

/** So many events stay readable for `tender events`, and half as many more before the old ones are sorted out. */
const REMEMBERED = 2000;
/** Bytes of them in one answer. */
const ANSWER = MAX_MESSAGE / 2;

/** An event without its time, which the log adds. */
export type News = Event extends infer E ? (E extends Event ? Omit<E, 'at'> : never) : never;

export class EventLog {
  readonly state: ClusterState;
  readonly #now: () => number;
  #recent: Numbered[] = [];
  readonly #listeners = new Set<(numbered: Numbered) => void>();

  constructor(state: ClusterState, now: () => number) {
    this.state = state;
    this.#now = now;
  }

  emit(news: News): void {
    const event = { ...news, at: this.#now() } as Event;
    apply(this.state, event);
    this.state.seq += 1;
    const numbered = { seq: this.state.seq, event };
    // Figures of every few seconds would push the rest out of memory.
    if (event.type !== 'agent.usage') {
      this.#recent.push(numbered);
      if (this.#recent.length > 1.5 * REMEMBERED) this.#recent = lastEvents(this.#recent, REMEMBERED);
    }
    for (const listener of this.#listeners) listener(numbered);
  }

  /** The last events, oldest first: so many, or as many of them as fit into an answer. */
  recent(limit: number): Numbered[] {
    const last = limit <= 0 ? [] : this.#recent.slice(-limit);
    let bytes = 0;
    const tooOld = last.findLastIndex((numbered) => {
      bytes += Buffer.byteLength(JSON.stringify(numbered));
      return bytes > ANSWER;
    });
    return last.slice(tooOld + 1);
  }

  /** @returns stop */
  listen(listener: (numbered: Numbered) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
