/**
 * The filters on one agent: who refused what of it, and until when. Three columns of numbers, sorted by client, so that
 * ten million of them fit into memory and one is found in a few steps.
 *
 * Most of the time the question is "has this client refused all that could be offered here?", asked for every client
 * in turn. `blocked` answers it with one bit: set for clients that refused no less than the ceiling, an amount that
 * what is free does not exceed. When more becomes free than the ceiling, it is raised and the bits are made anew.
 */

import type { Resources } from '../resources.ts';
import { type Amounts, NO_PARCEL } from './parcel.ts';
import { isWithin, type Refused, type RefusedTable } from './refused.ts';

export class AgentFilters {
  readonly #table: RefusedTable;
  #clients = new Int32Array(4);
  #refused = new Int32Array(4);
  #until = new Float64Array(4);
  #size = 0;
  #known: Uint32Array = NO_BITS;
  #blocked: Uint32Array = NO_BITS;
  #ceiling: number[] = [];
  #ceilingPorts = -1;
  /** When the first of them ends (ms since 1970). */
  firstEnd = Number.POSITIVE_INFINITY;

  constructor(table: RefusedTable) {
    this.#table = table;
  }

  get size(): number {
    return this.#size;
  }

  /** One that an added filter outlasts and outweighs is forgotten. */
  add(client: number, refused: Refused, until: number): void {
    let at = this.#firstOf(client);
    let lostFirst = false;
    while (at < this.#size && this.#clients[at] === client) {
      const old = this.#table.get(this.#refused[at]!);
      if (this.#until[at]! <= until && isWithin(refused, old.plain, old.ports, old.special)) {
        lostFirst ||= this.#until[at] === this.firstEnd;
        this.#remove(at, 1);
      } else at++;
    }
    this.#insert(at, client, this.#table.hold(refused), until);
    if (lostFirst) this.#findFirstEnd();
    else this.firstEnd = Math.min(this.firstEnd, until);
    this.#known = withBit(this.#known, client);
    if (isWithin(refused, this.#ceiling, this.#ceilingPorts, NO_PARCEL.special))
      this.#blocked = withBit(this.#blocked, client);
  }

  /** @returns whether there were any */
  drop(client: number): boolean {
    if (!hasBit(this.#known, client)) return false;
    const from = this.#firstOf(client);
    let to = from;
    while (to < this.#size && this.#clients[to] === client) to++;
    const wasFirst = this.#until.subarray(from, to).includes(this.firstEnd);
    this.#remove(from, to - from);
    clearBit(this.#known, client);
    clearBit(this.#blocked, client);
    if (wasFirst) this.#findFirstEnd();
    return true;
  }

  /** @returns whether any ended */
  expire(now: number): boolean {
    if (this.firstEnd > now) return false;
    for (let at = this.#size - 1; at >= 0; at--) if (this.#until[at]! <= now) this.#remove(at, 1);
    this.#findFirstEnd();
    this.#known = NO_BITS;
    for (let at = 0; at < this.#size; at++) this.#known = withBit(this.#known, this.#clients[at]!);
    this.#block();
    return true;
  }

  clear(): void {
    this.#remove(0, this.#size);
    this.firstEnd = Number.POSITIVE_INFINITY;
    this.#known = NO_BITS;
    this.#blocked = NO_BITS;
  }

  /** Before `blocked` is asked: what is free now, of an agent with nothing special free. */
  raiseTo(plain: Amounts, ports: number): void {
    let isRaised = ports > this.#ceilingPorts;
    for (let c = 0; c < plain.length && !isRaised; c++) isRaised = plain[c]! > (this.#ceiling[c] ?? 0);
    if (!isRaised) return;
    this.#ceiling = [...plain];
    this.#ceilingPorts = ports;
    this.#block();
  }

  /** It refused all that is free up to the ceiling. If not, `covers` knows. */
  blocks(client: number): boolean {
    return hasBit(this.#blocked, client);
  }

  /** Whether it refused an offer of these, or more. */
  covers(client: number, plain: Amounts, ports: number, special: Resources): boolean {
    return this.endOf(client, plain, ports, special) !== undefined;
  }

  /** Until when an offer of these is refused: the last such filter's end. */
  endOf(client: number, plain: Amounts, ports: number, special: Resources): number | undefined {
    if (!hasBit(this.#known, client)) return undefined;
    let end: number | undefined;
    for (let at = this.#firstOf(client); at < this.#size && this.#clients[at] === client; at++)
      if (isWithin(this.#table.get(this.#refused[at]!), plain, ports, special))
        end = Math.max(end ?? 0, this.#until[at]!);
    return end;
  }

  #block(): void {
    this.#blocked = NO_BITS;
    for (let at = 0; at < this.#size; at++) {
      const refused = this.#table.get(this.#refused[at]!);
      if (isWithin(refused, this.#ceiling, this.#ceilingPorts, NO_PARCEL.special))
        this.#blocked = withBit(this.#blocked, this.#clients[at]!);
    }
  }

  /** Where the filters of this client begin, or would. */
  #firstOf(client: number): number {
    let from = 0;
    let to = this.#size;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#clients[middle]! < client) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  #insert(at: number, client: number, refused: number, until: number): void {
    if (this.#size === this.#clients.length) this.#grow();
    this.#clients.copyWithin(at + 1, at, this.#size);
    this.#refused.copyWithin(at + 1, at, this.#size);
    this.#until.copyWithin(at + 1, at, this.#size);
    this.#clients[at] = client;
    this.#refused[at] = refused;
    this.#until[at] = until;
    this.#size += 1;
  }

  #remove(at: number, count: number): void {
    for (let i = at; i < at + count; i++) this.#table.release(this.#refused[i]!);
    this.#clients.copyWithin(at, at + count, this.#size);
    this.#refused.copyWithin(at, at + count, this.#size);
    this.#until.copyWithin(at, at + count, this.#size);
    this.#size -= count;
  }

  #grow(): void {
    const length = this.#clients.length * 2;
    const clients = new Int32Array(length);
    const refused = new Int32Array(length);
    const until = new Float64Array(length);
    clients.set(this.#clients);
    refused.set(this.#refused);
    until.set(this.#until);
    this.#clients = clients;
    this.#refused = refused;
    this.#until = until;
  }

  #findFirstEnd(): void {
    let first = Number.POSITIVE_INFINITY;
    for (let at = 0; at < this.#size; at++) first = Math.min(first, this.#until[at]!);
    this.firstEnd = first;
  }
}

/** Sets of small numbers, a bit each; plain words, since one of them is asked for every client of every agent. */
const NO_BITS = new Uint32Array(0);

const hasBit = (bits: Uint32Array, n: number): boolean => ((bits[n >>> 5] ?? 0) & (1 << (n & 31))) !== 0;

/** @returns the same, or a larger one in its place */
function withBit(bits: Uint32Array, n: number): Uint32Array {
  let words = bits;
  if (n >>> 5 >= words.length) {
    words = new Uint32Array(Math.max(4, bits.length * 2, (n >>> 5) + 1));
    words.set(bits);
  }
  words[n >>> 5]! |= 1 << (n & 31);
  return words;
}

function clearBit(bits: Uint32Array, n: number): void {
  if (n >>> 5 < bits.length) bits[n >>> 5]! &= ~(1 << (n & 31));
}
