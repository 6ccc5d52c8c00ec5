/** Natural order: `web.2` before `web.10`. A key is made once per record, then keys compare with plain `<`. */
const DIGITS = /\d+/g;

export const naturalKey = (text: string): string =>
  text.toLowerCase().replaceAll(DIGITS, (digits) => digits.padStart(15, '0'));

export type SortValue = string | number;

export const compareValues = (a: SortValue, b: SortValue): number => (a < b ? -1 : a > b ? 1 : 0);
