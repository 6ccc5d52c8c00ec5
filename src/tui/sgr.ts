/**
 * Looks as the sequences that a terminal knows them by. A row is handed to Ink as one finished text: a React element for
 * each span, which Ink's styling then puts into the same sequences, costs several times as much a frame.
 */
import type { Look } from './palette.ts';

export interface Sgr {
  readonly on: string;
  readonly off: string;
}

/** Bits for a colour: 24, 8 (256 colours), 4 (16), 1 (none). */
export type Depth = 1 | 4 | 8 | 24;

const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;

export function sgrOf(look: Look & { readonly backgroundColor?: string }, depth: Depth): Sgr {
  const on: string[] = [];
  const off: string[] = [];
  const add = (code: string | undefined, end: string): void => {
    if (code === undefined) return;
    on.push(`\x1b[${code}m`);
    off.unshift(`\x1b[${end}m`);
  };
  add(look.bold ? '1' : undefined, '22');
  add(look.dimColor ? '2' : undefined, '22');
  add(look.inverse ? '7' : undefined, '27');
  add(look.color === undefined ? undefined : colour(look.color, depth, 30), '39');
  add(look.backgroundColor === undefined ? undefined : colour(look.backgroundColor, depth, 40), '49');
  return { on: on.join(''), off: off.join('') };
}

/** @param base 30 for the text, 40 for what is behind it */
function colour(name: string, depth: Depth, base: 30 | 40): string | undefined {
  if (depth === 1) return undefined;
  const own = name === 'gray' ? 8 : NAMES.indexOf(name as (typeof NAMES)[number]);
  if (own >= 0) return sixteen(own, base);
  const value = Number.parseInt(name.slice(1), 16);
  const [r, g, b] = [value >> 16, (value >> 8) & 255, value & 255] as const;
  if (depth === 24) return `${base + 8};2;${r};${g};${b}`;
  if (depth === 8) return `${base + 8};5;${cube(r, g, b)}`;
  const bright = Math.max(r, g, b);
  const bit = (part: number): number => (part > bright / 2 ? 1 : 0);
  const hue = bright < 64 ? 0 : bit(r) | (bit(g) << 1) | (bit(b) << 2);
  return sixteen(hue + (bright > 192 ? 8 : 0), base);
}

const sixteen = (n: number, base: number): string => String(n < 8 ? base + n : base + 60 + n - 8);

/** The nearest of the 6x6x6 colours, or of the 24 greys. */
function cube(r: number, g: number, b: number): number {
  if (Math.max(r, g, b) - Math.min(r, g, b) < 10) {
    if (r < 8) return 16;
    return r > 248 ? 231 : 232 + Math.round(((r - 8) / 247) * 24);
  }
  const step = (part: number): number => Math.round((part / 255) * 5);
  return 16 + 36 * step(r) + 6 * step(g) + step(b);
}
