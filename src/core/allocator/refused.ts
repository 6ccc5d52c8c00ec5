/**
 * What was refused, each amount once: after a round of declines thousands of filters speak of the same free agent, so a
 * filter holds the number of an entry here. Entries are counted, and given up with their last filter.
 */
import { contains, type Resources } from '../resources.ts';
import type { Amounts } from './parcel.ts';

export interface Refused {
  readonly plain: Amounts;
  /** How many unreserved ports were free. */
  readonly ports: number;
  readonly special: Resources;
}

/** Whether an offer of these is no more than what was refused. */
export function isWithin(refused: Refused, plain: Amounts, ports: number, special: Resources): boolean {
  if (ports > refused.ports) return false;
  for (let c = 0; c < plain.length; c++) if (plain[c]! > (refused.plain[c] ?? 0)) return false;
  return special.length === 0 || contains(refused.special, special);
}

export class RefusedTable {
  readonly #entries: (Refused | undefined)[] = [];
  readonly #uses: number[] = [];
  readonly #vacant: number[] = [];
  /** Of those without special resources. */
  readonly #byText = new Map<string, number>();
  #last = -1;

  get(entry: number): Refused {
    return this.#entries[entry]!;
  }

  /** @returns the number of this entry, with one use more */
  hold(refused: Refused): number {
    const entry = this.#find(refused) ?? this.#put(refused);
    this.#uses[entry]! += 1;
    this.#last = entry;
    return entry;
  }

  release(entry: number): void {
    this.#uses[entry]! -= 1;
    if (this.#uses[entry]! > 0) return;
    const text = textOf(this.#entries[entry]!);
    if (text !== undefined) this.#byText.delete(text);
    this.#entries[entry] = undefined;
    this.#vacant.push(entry);
  }

  #find(refused: Refused): number | undefined {
    const last = this.#entries[this.#last];
    if (last && isSame(last, refused)) return this.#last;
    const text = textOf(refused);
    return text === undefined ? undefined : this.#byText.get(text);
  }

  #put({ plain, ports, special }: Refused): number {
    const entry = this.#vacant.pop() ?? this.#entries.length;
    const kept = { plain: [...plain], ports, special };
    this.#entries[entry] = kept;
    this.#uses[entry] = 0;
    const text = textOf(kept);
    if (text !== undefined) this.#byText.set(text, entry);
    return entry;
  }
}

const textOf = ({ plain, ports, special }: Refused): string | undefined =>
  special.length > 0 ? undefined : `${plain.join(' ')}|${ports}`;

function isSame(a: Refused, b: Refused): boolean {
  if (a.ports !== b.ports || a.special.length + b.special.length > 0) return false;
  if (a.plain.length !== b.plain.length) return false;
  for (let c = 0; c < a.plain.length; c++) if (a.plain[c] !== b.plain[c]) return false;
  return true;
}
