/**
 * The books of one agent: its total, who holds what of it, and what is free. Free is total − used, per amount, per port,
 * per special entry, never below zero: an agent whose total has shrunk below what is used has nothing free until
 * enough came back. Shared volumes are never used up: they are free while they are held.
 */
import type { Claim } from '../allocator.ts';
import { add, contains, NOTHING, type Resource, type Resources, subtract } from '../resources.ts';
import type { AgentId } from '../task.ts';
import type { AgentFilters } from './agent-filters.ts';
import type { Client } from './client.ts';
import type { Columns } from './columns.ts';
import { countOf, difference, type FlatRanges, highest, NO_PORTS, union } from './flat-ranges.ts';
import {
  type Amounts,
  addScalars,
  addTo,
  isPlain,
  isSame,
  minus,
  NO_PARCEL,
  overlap,
  type Parcel,
  pack,
  plus,
  unpack,
} from './parcel.ts';

const NO_CLAIMS: readonly Claim[] = [];

/** Of free ports: what was taken from them, and what it left. */
interface Cut {
  readonly from: FlatRanges;
  readonly asked: number;
  readonly ports: FlatRanges;
  /** How many they are. */
  readonly count: number;
  readonly rest: FlatRanges;
}

export class AgentBook {
  readonly id: AgentId;
  /** Small, and given to another when this one has gone. */
  readonly index: number;
  active = true;
  attributes: Readonly<Record<string, string>> = {};
  /** Something about it has changed since it was last offered. */
  dirty = false;
  filters: AgentFilters | undefined;
  claims: readonly Claim[] = NO_CLAIMS;
  /** What they keep of it, by column. */
  kept: Amounts = NO_PARCEL.plain;

  /** Its total, by column: all scalars. */
  readonly amounts: number[] = [];
  portsTotal: FlatRanges = NO_PORTS;
  portsTotalCount = 0;
  /** Of all kinds, reserved ones with them. */
  special: Resources = NOTHING;

  /** Free plain amounts by column: of the agent's own file system, and with those of other disks. */
  readonly freePlain: number[] = [];
  readonly free: number[] = [];
  portsFree: FlatRanges = NO_PORTS;
  portsFreeCount = 0;
  specialFree: Resources = NOTHING;

  readonly #columns: Columns;
  readonly #total: number[] = [];
  readonly #used: number[] = [];
  /** Some port is held twice, by whatever mistake, or is not the agent's any more: giving one back may free none. */
  #portsAreTangled = false;
  /** Without shared volumes. */
  #specialUsed: Resources = NOTHING;
  readonly #holdings = new Map<Client, Parcel>();
  /** What of the offers that are out does not count in the shares of their clients. */
  readonly uncounted = new Map<Client, Amounts>();
  /** How often a client holds a shared volume that it holds more than once; in its holding it is there once. */
  readonly #repeats = new Map<Client, Map<string, number>>();
  // What is declined comes back, and the same is offered to the next one: the last one is worth remembering.
  #cut: Cut | undefined;
  #listed: { readonly parcel: Parcel; readonly list: Resources } | undefined;

  constructor(id: AgentId, index: number, columns: Columns) {
    this.id = id;
    this.index = index;
    this.#columns = columns;
  }

  setTotal(total: Resources): void {
    const { plain, ports, special } = unpack(total, this.#columns);
    this.#total.length = 0;
    this.#total.push(...plain);
    this.portsTotal = ports;
    this.portsTotalCount = countOf(ports);
    this.special = special;
    this.amounts.length = 0;
    this.amounts.push(...plain);
    addScalars(this.amounts, special, this.#columns);
    this.#refreshPlain();
    this.#recountPorts();
    this.#refreshSpecial();
  }

  get total(): Resources {
    return pack({ plain: this.#total, ports: this.portsTotal, special: this.special }, this.#columns);
  }

  /** Everybody who holds something of it, and what. */
  get holdings(): ReadonlyMap<Client, Parcel> {
    return this.#holdings;
  }

  /** The highest of its free ports, so many as asked for. */
  highestPorts(asked: number): FlatRanges {
    const cut = this.#cut;
    if (cut?.from === this.portsFree && cut.asked === asked) return cut.ports;
    const from = this.portsFree;
    const ports = highest(from, asked);
    this.#cut = { from, asked, ports, count: countOf(ports), rest: difference(from, ports) };
    return ports;
  }

  /** A parcel as a list. */
  listOf(parcel: Parcel): Resources {
    return this.#remember(parcel).list;
  }

  /** The same parcel, in the form that lives already. */
  shared(parcel: Parcel): Parcel {
    return this.#remember(parcel).parcel;
  }

  /** A list as a parcel. */
  parcelOf(list: Resources): Parcel {
    return list === this.#listed?.list ? this.#listed.parcel : unpack(list, this.#columns);
  }

  #remember(parcel: Parcel): { readonly parcel: Parcel; readonly list: Resources } {
    const last = this.#listed;
    if (last?.parcel === parcel) return last;
    if (last?.parcel.ports === parcel.ports && isSame(last.parcel, parcel)) return last;
    this.#listed = { parcel, list: pack(parcel, this.#columns) };
    return this.#listed;
  }

  /** @returns what the client holds more than before: without shared volumes that it held already */
  give(client: Client, parcel: Parcel): Parcel {
    const holding = this.#holdings.get(client);
    const fresh = holding ? this.#withoutRepeats(client, holding, parcel) : parcel;
    this.#holdings.set(client, holding ? plus(holding, fresh) : fresh);
    for (let c = 0; c < fresh.plain.length; c++) addTo(this.#used, c, fresh.plain[c]!);
    this.#refreshPlain();
    if (fresh.ports.length > 0) this.#takePorts(fresh.ports);
    if (fresh.special.length > 0) {
      this.#specialUsed = add(this.#specialUsed, fresh.special.filter(isOwn));
      this.#refreshSpecial();
    }
    return fresh;
  }

  /** @returns what the client holds less than before: no more than it held */
  takeBack(client: Client, parcel: Parcel): Parcel | undefined {
    const holding = this.#holdings.get(client);
    if (!holding) return undefined;
    // Mostly an offer comes back whole, and was all that there was.
    const isAll = isSame(holding, parcel);
    const back = isAll ? holding : overlap(holding, this.#withoutHeldOn(client, parcel));
    const left = isAll ? NO_PARCEL : minus(holding, back);
    if (isNothing(left)) this.#forget(client);
    else this.#holdings.set(client, left);
    for (let c = 0; c < back.plain.length; c++) addTo(this.#used, c, -back.plain[c]!);
    this.#refreshPlain();
    if (back.ports.length > 0) this.#freePorts(back.ports);
    if (back.special.length > 0) {
      // A volume that somebody else holds as well, by whatever mistake, is not free: counted anew.
      const others = [...this.#holdings.values()].map(({ special }) => special.filter(isOwn));
      this.#specialUsed = others.reduce(add, NOTHING);
      this.#refreshSpecial();
    }
    return back;
  }

  /** Whether the client holds all of this. */
  isHeld(client: Client, parcel: Parcel): boolean {
    const holding = this.#holdings.get(client);
    return holding !== undefined && contains(pack(holding, this.#columns), pack(parcel, this.#columns));
  }

  /** The same room under another name, of the total and of what the client holds. */
  convert(client: Client, from: Parcel, to: Parcel): void {
    this.takeBack(client, from);
    const total = subtract(this.total, pack(from, this.#columns));
    this.setTotal(add(total, pack(to, this.#columns)));
    this.give(client, to);
  }

  /** All that the client holds, however often. */
  takeAll(client: Client): Parcel | undefined {
    this.#repeats.delete(client);
    const holding = this.#holdings.get(client);
    return holding && this.takeBack(client, holding);
  }

  #forget(client: Client): void {
    this.#holdings.delete(client);
    this.#repeats.delete(client);
  }

  #withoutRepeats(client: Client, holding: Parcel, parcel: Parcel): Parcel {
    if (parcel.special.every(isOwn)) return parcel;
    const special = parcel.special.filter((entry) => {
      if (isOwn(entry) || !holding.special.some((held) => keyOf(held) === keyOf(entry))) return true;
      const times = this.#repeats.get(client) ?? new Map<string, number>();
      this.#repeats.set(client, times.set(keyOf(entry), (times.get(keyOf(entry)) ?? 0) + 1));
      return false;
    });
    return { ...parcel, special };
  }

  /** Of a shared volume that is held several times, only the last return counts. */
  #withoutHeldOn(client: Client, parcel: Parcel): Parcel {
    const times = this.#repeats.get(client);
    if (!times) return parcel;
    const special = parcel.special.filter((entry) => {
      const repeats = isOwn(entry) ? 0 : (times.get(keyOf(entry)) ?? 0);
      if (repeats === 0) return true;
      times.set(keyOf(entry), repeats - 1);
      return false;
    });
    return { ...parcel, special };
  }

  #refreshPlain(): void {
    const { free, freePlain } = this;
    for (let c = 0; c < this.#columns.count; c++) {
      const left = Math.max(0, (this.#total[c] ?? 0) - (this.#used[c] ?? 0));
      const ofOtherDisks = (free[c] ?? 0) - (freePlain[c] ?? 0);
      freePlain[c] = left;
      free[c] = left + ofOtherDisks;
    }
  }

  #setPortsFree(ports: FlatRanges, count = countOf(ports)): void {
    this.portsFree = ports;
    this.portsFreeCount = count;
  }

  #takePorts(ports: FlatRanges): void {
    const free = this.portsFreeCount;
    const cut = this.#cut;
    if (cut?.from === this.portsFree && cut.ports === ports)
      return this.#setPortsFree(cut.rest, free - cut.count);
    this.#setPortsFree(difference(this.portsFree, ports));
    if (free - this.portsFreeCount < countOf(ports)) this.#portsAreTangled = true;
  }

  #freePorts(ports: FlatRanges): void {
    const cut = this.#cut;
    if (this.#portsAreTangled) this.#recountPorts();
    else if (cut?.rest === this.portsFree && cut.ports === ports)
      this.#setPortsFree(cut.from, this.portsFreeCount + cut.count);
    else this.#setPortsFree(union(this.portsFree, ports));
  }

  #recountPorts(): void {
    let used = NO_PORTS;
    let count = 0;
    for (const { ports } of this.#holdings.values()) {
      used = union(used, ports);
      count += countOf(ports);
    }
    this.#setPortsFree(difference(this.portsTotal, used));
    this.#portsAreTangled = this.portsTotalCount - this.portsFreeCount !== count;
  }

  #refreshSpecial(): void {
    this.specialFree = subtract(this.special, this.#specialUsed);
    const ofOtherDisks: number[] = [];
    addScalars(ofOtherDisks, this.specialFree.filter(isPlain), this.#columns);
    for (let c = 0; c < this.free.length; c++)
      this.free[c] = (this.freePlain[c] ?? 0) + (ofOtherDisks[c] ?? 0);
  }
}

const isOwn = ({ shared }: Resource): boolean => shared === undefined;

/** Of a shared volume. */
const keyOf = ({ role, disk }: Resource): string => `${role} ${disk?.volume?.id}`;

const isNothing = ({ plain, ports, special }: Parcel): boolean =>
  ports.length === 0 && special.length === 0 && plain.every((amount) => amount === 0);
