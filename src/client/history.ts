/**
 * What was measured lately, for graphs: of the pool and of each agent, one figure a second for ten minutes. Kept in the
 * client from what agents report anyway: nobody is asked, no timer runs, and a second of which nothing came is a gap.
 */
import type { ClusterState, Usage } from '../core/cluster.ts';
import type { AgentId } from '../core/task.ts';
import type { Change, Client } from './client.ts';
import { holdingsOf, poolOf } from './table/holdings.ts';

/** A second. */
const STEP = 1000;
/** So many steps without a report are no gap. */
const LATE = 4;
export const KEPT = 600;

/** The newest last; NaN where nothing came. */
export class Series {
  #values = new Float64Array(64);
  #next = 0;
  #count = 0;

  get length(): number {
    return this.#count;
  }

  push(value: number): void {
    if (this.#count === this.#values.length && this.#count < KEPT) this.#grow();
    this.#values[this.#next] = value;
    this.#next = (this.#next + 1) % this.#values.length;
    this.#count = Math.min(this.#count + 1, this.#values.length);
  }

  /** Small at first: a thousand agents have a series each for all that is measured. */
  #grow(): void {
    const values = this.last(this.#count);
    this.#values = new Float64Array(Math.min(KEPT, 4 * this.#values.length));
    this.#values.set(values);
    this.#next = values.length;
  }

  /** As many as there are, at most so many. */
  last(count: number): number[] {
    const size = this.#values.length;
    const shown = Math.min(count, this.#count);
    return Array.from({ length: shown }, (_, i) => this.#values[(this.#next - shown + i + size) % size]!);
  }
}

export const MEASURES = ['cpus', 'mem', 'disk', 'netIn', 'netOut'] as const;
export type Measure = (typeof MEASURES)[number];
/** What tasks are promised of it. */
export type Promised = 'cpus' | 'mem' | 'disk';

/** Cpus in thousandths, sizes in MiB, network in bytes a second. */
export type Tracks<Name extends string> = Readonly<Record<Name, Series>>;

export interface History {
  readonly used: Tracks<Measure>;
  /** At the same moments. */
  readonly held: Tracks<Promised>;
  /** What one agent uses; nothing before it has reported. */
  of(agent: AgentId): Tracks<Measure> | undefined;
  close(): void;
}

/** Series that go on together, a step at a time. */
class Track<Name extends string> {
  readonly series: Tracks<Name>;
  #at = 0;

  constructor(names: readonly Name[]) {
    this.series = Object.fromEntries(names.map((name) => [name, new Series()])) as Record<Name, Series>;
  }

  /** @param figures asked for only in a new step, for adding them up costs something */
  note(at: number, figures: () => Readonly<Record<Name, number>>): void {
    const step = Math.floor(at / STEP);
    if (step <= this.#at) return;
    const missed = this.#at === 0 ? 0 : Math.min(KEPT, step - this.#at - 1);
    this.#at = step;
    const now = figures();
    for (const name of Object.keys(this.series) as Name[]) {
      // One report may be late, on a machine that has much to do; after that nothing is known.
      const meanwhile = missed <= LATE ? now[name] : Number.NaN;
      for (let i = 0; i < missed; i++) this.series[name].push(meanwhile);
      this.series[name].push(now[name]);
    }
  }
}

export function createHistory(client: Pick<Client, 'state' | 'subscribe'>): History {
  const used = new Track(MEASURES);
  const held = new Track<Promised>(['cpus', 'mem', 'disk']);
  const agents = new Map<AgentId, Track<Measure>>();

  const noted = (change: Change): void => {
    if (change.kind !== 'event') return;
    const { event } = change.numbered;
    if (event.type === 'agent.forgotten') agents.delete(event.agent);
    if (event.type !== 'agent.usage') return;
    const track = agents.get(event.agent) ?? new Track(MEASURES);
    agents.set(event.agent, track);
    track.note(event.at, () => event.usage);
    used.note(event.at, () => ({ ...inMiB(poolOf(client.state).used), ...netOf(client.state) }));
    held.note(event.at, () => inMiB(holdingsOf(client.state).total));
  };
  return {
    used: used.series,
    held: held.series,
    of: (agent) => agents.get(agent)?.series,
    close: client.subscribe(noted),
  };
}

const inMiB = ({ cpus, mem, disk }: Readonly<Record<Promised, number>>) => ({
  cpus,
  mem: mem / 1000,
  disk: disk / 1000,
});

/** Bytes a second over all machines that are there. */
export function netOf({ agents }: ClusterState): Pick<Usage, 'netIn' | 'netOut'> {
  const sum = { netIn: 0, netOut: 0 };
  for (const { state, usage } of agents.values()) {
    if (state !== 'ready' || !usage) continue;
    sum.netIn += usage.netIn;
    sum.netOut += usage.netOut;
  }
  return sum;
}
