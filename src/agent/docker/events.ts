/**
 * The engine's event stream, kept open: newline JSON that the transport cuts and joins anywhere. When it breaks it
 * is opened again with a growing wait; events in between are lost, so whoever listens reconciles in `opened`. An
 * event may come twice.
 *
 *   idle → opening → open → waiting (back-off) → opening …       closed from anywhere, for good
 *                      └── nobody needs it ──▶ idle
 */
import type { Readable } from 'node:stream';
import type { Clock, Timer } from '../../core/clock.ts';
import { type Engine, openStream } from './engine.ts';

const FIRST_WAIT = 100;
const LAST_WAIT = 5_000;
/** The engine answers before it listens for events: what falls in between is only in its memory of the last ones. */
const OVERLAP = 5_000;

export interface EngineEvent {
  readonly action: string;
  readonly container: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface EventsOptions {
  readonly engine: () => Promise<Engine>;
  readonly clock: Clock;
  /** Docker's filter for labels: `name=value`, all of which must match. */
  readonly labels: readonly string[];
  readonly actions: readonly string[];
  readonly event: (event: EngineEvent) => void;
  /** The stream is open, for the first time or again: events until now may be missing. */
  readonly opened: () => void;
  /** Whether a broken stream is worth opening again by itself. */
  readonly needed: () => boolean;
}

interface Raw {
  readonly Action?: string;
  readonly Actor?: { readonly ID?: string; readonly Attributes?: Record<string, string> };
  readonly timeNano?: number;
  readonly time?: number;
}

export class DockerEvents {
  readonly #options: EventsOptions;
  readonly #stop = new AbortController();
  #opening: Promise<void> | undefined;
  #waiting: Timer | undefined;
  #wait = FIRST_WAIT;
  #open = false;

  constructor(options: EventsOptions) {
    this.#options = options;
  }

  /** Resolves once the stream is open or this try has failed (the next one is then on its way). Never rejects. */
  async open(): Promise<void> {
    if (this.#open || this.#stop.signal.aborted) return;
    this.#waiting?.cancel();
    this.#opening ??= this.#try().finally(() => {
      this.#opening = undefined;
    });
    await this.#opening;
  }

  close(): void {
    this.#stop.abort();
    this.#waiting?.cancel();
  }

  async #try(): Promise<void> {
    const { labels, actions, opened, clock } = this.#options;
    const filters = { type: ['container'], label: labels, event: actions };
    const since = Math.floor((clock.now() - OVERLAP) / 1000);
    try {
      const engine = await this.#options.engine();
      const stream = await openStream(engine, '/events', { filters, since }, this.#stop.signal);
      this.#open = true;
      this.#wait = FIRST_WAIT;
      void this.#read(stream);
      opened();
    } catch {
      this.#again();
    }
  }

  async #read(stream: Readable): Promise<void> {
    let rest = '';
    stream.setEncoding('utf8');
    try {
      for await (const piece of stream) {
        const lines = (rest + String(piece)).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) this.#line(line);
      }
    } catch {
      // Broken or aborted: both are handled below.
    }
    this.#open = false;
    this.#again();
  }

  #line(line: string): void {
    let raw: Raw;
    try {
      raw = JSON.parse(line) as Raw;
    } catch {
      return;
    }
    this.#options.event({
      action: raw.Action ?? '',
      container: raw.Actor?.ID ?? '',
      attributes: raw.Actor?.Attributes ?? {},
      at: raw.timeNano ? Math.floor(raw.timeNano / 1e6) : (raw.time ?? 0) * 1000,
    });
  }

  #again(): void {
    this.#waiting?.cancel();
    if (this.#stop.signal.aborted || !this.#options.needed()) return;
    this.#waiting = this.#options.clock.after(this.#wait, () => void this.open());
    this.#wait = Math.min(this.#wait * 2, LAST_WAIT);
  }
}
