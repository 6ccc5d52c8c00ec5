/**
 * The filters on one agent: who refused what of it, and until when. Three columns of numbers, sorted by client, so that
 * ten million of them fit into memory and one is found in a few steps.
 *
 * Most of the time the question is "has this client refused all that could be offered here?", asked for every client
 * in turn. `blocked` answers it with one bit: set for clients that refused no less than the ceiling, an amount that
 * what is free does not exceed. When more becomes free than the ceiling, it is raised and the bits are made anew.
 */

import type { Resources } from '../resources.ts';
import { BitRows } from './bit-rows.ts';
import { type Amounts, NO_PARCEL } from './parcel.ts';
import { isWithin, type Refused, RefusedTable } from './refused.ts';

/** What the filters of all agents share. In the rows: an agent, by its index; in a row: clients, by theirs. */
export class FilterTables {
  readonly refused = new RefusedTable();
  /** Who has any filter there. */
  readonly known = new BitRows();
  readonly blocked = new BitRows();
}

export class AgentFilters {
  readonly #tables: FilterTables;
  readonly #row: number;
  #clients = new Int32Array(4);
  #refused = new Int32Array(4);
  #until = new Float64Array(4);
  #size = 0;
  #ceiling: number[] = [];
  #ceilingPorts = -1;
  /** When the first of them ends (ms since 1970). */
  firstEnd = Number.POSITIVE_INFINITY;

  /** @param row the agent's, that no living filters have */
  constructor(tables: FilterTables, row: number) {
    this.#tables = tables;
    this.#row = row;
  }

  get size(): number {
    return this.#size;
  }

  /** One that an added filter outlasts and outweighs is forgotten. */
  add(client: number, refused: Refused, until: number): void {
    let at = this.#firstOf(client);
    let lostFirst = false;
    while (at < this.#size && this.#clients[at] === client) {
      const old = this.#tables.refused.get(this.#refused[at]!);
      if (this.#until[at]! <= until && isWithin(refused, old.plain, old.ports, old.special)) {
        lostFirst ||= this.#until[at] === this.firstEnd;
        this.#remove(at, 1);
      } else at++;
    }
    this.#insert(at, client, this.#tables.refused.hold(refused), until);
    if (lostFirst) this.#findFirstEnd();
    else this.firstEnd = Math.min(this.firstEnd, until);
    this.#tables.known.set(this.#row, client);
    if (isWithin(refused, this.#ceiling, this.#ceilingPorts, NO_PARCEL.special))
      this.#tables.blocked.set(this.#row, client);
  }

  /** @returns whether there were any */
  drop(client: number): boolean {
    if (!this.#tables.known.has(this.#row, client)) return false;
    const from = this.#firstOf(client);
    let to = from;
    while (to < this.#size && this.#clients[to] === client) to++;
    const wasFirst = this.#until.subarray(from, to).includes(this.firstEnd);
    this.#remove(from, to - from);
    this.#tables.known.clear(this.#row, client);
    this.#tables.blocked.clear(this.#row, client);
    if (wasFirst) this.#findFirstEnd();
    return true;
  }

  /** @returns whether any ended */
  expire(now: number): boolean {
    if (this.firstEnd > now) return false;
    for (let at = this.#size - 1; at >= 0; at--) if (this.#until[at]! <= now) this.#remove(at, 1);
    this.#findFirstEnd();
    this.#tables.known.clearRow(this.#row);
    for (let at = 0; at < this.#size; at++) this.#tables.known.set(this.#row, this.#clients[at]!);
    this.#block();
    return true;
  }

  clear(): void {
    this.#remove(0, this.#size);
    this.firstEnd = Number.POSITIVE_INFINITY;
    this.#tables.known.clearRow(this.#row);
    this.#tables.blocked.clearRow(this.#row);
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
    return this.#tables.blocked.has(this.#row, client);
  }

  /** The only one of these clients that is not blocked; else NONE or SEVERAL. */
  onlyUnblocked(clients: BitRows): number {
    return this.#tables.blocked.onlyOf(clients, this.#row);
  }

  /** Whether it refused an offer of these, or more. */
  covers(client: number, plain: Amounts, ports: number, special: Resources): boolean {
    return this.endOf(client, plain, ports, special) !== undefined;
  }

  /** Until when an offer of these is refused: the last such filter's end. */
  endOf(client: number, plain: Amounts, ports: number, special: Resources): number | undefined {
    if (!this.#tables.known.has(this.#row, client)) return undefined;
    let end: number | undefined;
    for (let at = this.#firstOf(client); at < this.#size && this.#clients[at] === client; at++)
      if (isWithin(this.#tables.refused.get(this.#refused[at]!), plain, ports, special))
        end = Math.max(end ?? 0, this.#until[at]!);
    return end;
  }

  #block(): void {
    this.#tables.blocked.clearRow(this.#row);
    for (let at = 0; at < this.#size; at++) {
      const refused = this.#tables.refused.get(this.#refused[at]!);
      if (isWithin(refused, this.#ceiling, this.#ceilingPorts, NO_PARCEL.special))
        this.#tables.blocked.set(this.#row, this.#clients[at]!);
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
    for (let i = at; i < at + count; i++) this.#tables.refused.release(this.#refused[i]!);
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
