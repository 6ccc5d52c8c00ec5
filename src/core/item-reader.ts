/**
 * Takes one item of a list that people write (resources-text.ts) apart from left to right. Words that the signs of the
 * grammar would break stand in quotes, as JSON has them; blanks between words don't count.
 */
import { TenderError } from './errors.ts';

const QUOTED = String.raw`"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"`;
const PLAIN = String.raw`[^\s"(),:;[\]{}<>]+`;
const WORD = new RegExp(`\\s*(?:${QUOTED}|${PLAIN})`, 'y');
const IS_QUOTED = new RegExp(`^${QUOTED}$`);
const IS_PLAIN = new RegExp(`^${PLAIN}$`);

/** In quotes, where it needs them. */
export const quote = (word: string): string => (IS_PLAIN.test(word) ? word : JSON.stringify(word));

export const unquote = (word: string): string => (IS_QUOTED.test(word) ? String(JSON.parse(word)) : word);

/** The parts between the separators that are not in quotes; trimmed, and only those with something in them. */
export const split = (text: string, separator: string): string[] =>
  (text.match(new RegExp(`(?:${QUOTED}|[^${separator}])+`, 'g')) ?? [])
    .map((part) => part.trim())
    .filter((part) => part !== '');

export class ItemReader {
  readonly item: string;
  readonly #code: 'resources.syntax' | 'constraint.syntax';
  #at = 0;

  /** @param code of the error that says what was expected in the place of something else */
  constructor(item: string, code: 'resources.syntax' | 'constraint.syntax' = 'resources.syntax') {
    this.item = item;
    this.#code = code;
  }

  /** Whether this comes next; if so, it is taken. */
  takes(sign: string): boolean {
    const at = this.item.length - this.item.slice(this.#at).trimStart().length;
    const isNext = this.item.startsWith(sign, at);
    if (isNext) this.#at = at + sign.length;
    return isNext;
  }

  need(sign: string): void {
    if (!this.takes(sign)) this.failHere(sign);
  }

  word(): string {
    return unquote(this.match(WORD) ?? this.failHere('a word'));
  }

  /** What comes next, if it looks so. @param pattern sticky */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.item)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found?.trim();
  }

  /** All that is left. */
  rest(): string {
    return this.item.slice(this.#at).trim();
  }

  fail(expected: string): never {
    throw new TenderError(this.#code, { item: this.item, expected });
  }

  failHere(expected: string): never {
    return this.fail(`${expected} after ${this.item.slice(0, this.#at).trimEnd()}`);
  }
}
