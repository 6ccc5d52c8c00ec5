/**
 * What tasks write, as lines in the order of their time, made plain on arrival: a ring that is bounded in lines and in
 * characters, so that no task can eat the memory; what has left it is counted. The filtered list grows by what is added,
 * wherever that belongs; it is made anew only for a new filter.
 */
import type { LogText } from '../client/log-lines.ts';
import { plain } from '../client/table/width.ts';
import { filterOf, type Matches } from './filter.ts';

export interface LogLine {
  /** Never given twice. */
  readonly seq: number;
  readonly from: string;
  readonly channel: 'stdout' | 'stderr' | 'notice' | 'mark';
  readonly text: string;
  /** By when it was written (ms since 1970), where that is known. */
  readonly at: number | undefined;
  /** Where it stands: its time, or that of what came before it. */
  readonly order: number;
}

export interface LogRoom {
  readonly lines: number;
  readonly characters: number;
}

const ROOM: LogRoom = { lines: 20_000, characters: 8 * 1024 ** 2 };
/** It grows by this part of its room before it is cut in one go: shifting an array on each line is dear. */
const SLACK = 0.1;

export class LogBuffer {
  /** Lines that were let go of, to make room. */
  dropped = 0;
  /** Another one whenever a line came or went. */
  version = 0;
  readonly #room: LogRoom;
  /** Nothing else is taken up. */
  readonly #only: Matches | undefined;
  #lines: LogLine[] = [];
  #found: LogLine[] = [];
  #characters = 0;
  #seq = 0;
  /** Times are known at all: an older agent tells none, and then what comes stands at the end. */
  #isTimed = false;
  #last = new Map<string, number>();
  #filter = '';
  #matches: Matches | undefined;

  constructor(room: LogRoom = ROOM, only = '') {
    this.#room = room;
    this.#only = filterOf(only);
  }

  /** @returns how many of these lines the filter lets through */
  add(from: string, lines: readonly LogText[]): number {
    let shown = 0;
    for (const { channel, text, at } of lines) {
      this.#isTimed ||= at !== undefined;
      const order = at ?? this.#last.get(from) ?? 0;
      this.#last.set(from, order);
      shown += this.#add({ seq: ++this.#seq, from, channel, text: tidy(text), at, order });
    }
    this.#cut();
    return shown;
  }

  /** What is said of a task, not by it; or the reader's own mark. It passes every filter. */
  say(channel: 'notice' | 'mark', from: string, text: string, at: number): number {
    const order = Math.max(this.#isTimed ? at : 0, this.#lines.at(-1)?.order ?? 0);
    return this.#add({ seq: ++this.#seq, from, channel, text: plain(text), at, order });
  }

  clear(): void {
    this.#lines = [];
    this.#found = [];
    this.#characters = 0;
    this.dropped = 0;
    this.version += 1;
  }

  lines(filter: string): readonly LogLine[] {
    if (filter !== this.#filter) {
      this.#filter = filter;
      this.#matches = filterOf(filter);
      this.#found = this.#matches ? this.#lines.filter((line) => this.#passes(line)) : [];
      this.version += 1;
    }
    return this.#matches ? this.#found : this.#lines;
  }

  #passes(line: LogLine): boolean {
    return line.channel === 'notice' || line.channel === 'mark' || (this.#matches?.(line.text) ?? true);
  }

  #add(line: LogLine): number {
    const isOurs = line.channel === 'notice' || line.channel === 'mark';
    if (this.#only && !isOurs && !this.#only(line.text)) return 0;
    this.version += 1;
    this.#characters += line.text.length;
    insert(this.#lines, line);
    if (!this.#matches) return 1;
    if (!this.#passes(line)) return 0;
    insert(this.#found, line);
    return 1;
  }

  #cut(): void {
    const { lines, characters } = this.#room;
    const isFull = this.#lines.length > lines * (1 + SLACK) || this.#characters > characters * (1 + SLACK);
    if (!isFull) return;
    let gone = 0;
    let found = 0;
    for (const line of this.#lines) {
      if (this.#lines.length - gone <= lines && this.#characters <= characters) break;
      this.#characters -= line.text.length;
      gone += 1;
      // Both lists are in the same order.
      if (this.#found[found] === line) found += 1;
    }
    this.#lines = this.#lines.slice(gone);
    this.#found = this.#found.slice(found);
    this.dropped += gone;
    this.version += 1;
  }
}

/** Behind all that is not later. Nearly always that is the end. */
function insert(lines: LogLine[], line: LogLine): void {
  const last = lines.at(-1);
  if (!last || last.order <= line.order) {
    lines.push(line);
    return;
  }
  let low = 0;
  for (let high = lines.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (lines[middle]!.order > line.order) high = middle;
    else low = middle + 1;
  }
  lines.splice(low, 0, line);
}

/** A carriage return overwrites, as progress bars do: the last text of the line stays. */
function tidy(text: string): string {
  if (!text.includes('\r') && !text.includes('\t')) return plain(text);
  const ended = text.endsWith('\r') ? text.slice(0, -1) : text;
  return plain(ended.slice(ended.lastIndexOf('\r') + 1).replaceAll('\t', '    '));
}
