/**
 * Figures over time in braille dots: two moments a cell, four heights a line, the newest at the right end. What is promised
 * of the same thing is a dotted line across it, so that used and allocated are seen in one picture, also without colour.
 */
import { type Line, type Span, type Style, span } from './line.ts';

export interface Graph {
  /** The newest last; NaN: nothing is known of that moment. */
  readonly values: readonly number[];
  /** A second one, drawn as a line where the first is below it. */
  readonly level?: readonly number[] | undefined;
  /** The value at the top. */
  readonly most: number;
  /** It hangs from the top. */
  readonly hangs?: boolean;
  /** The style of each line, from the bottom (hanging: from the top). */
  readonly styleAt: (share: number) => Style;
}

/** Dots of the left and of the right column of a cell, from the bottom up. */
const LEFT = [0x40, 0x04, 0x02, 0x01] as const;
const RIGHT = [0x80, 0x20, 0x10, 0x08] as const;
const PER_CELL = 2;
const PER_LINE = 4;

/** Moments that fit. */
export const momentsIn = (cells: number): number => cells * PER_CELL;

/** Like the bars: what is nearly full wears a warning colour. */
export const warning = (share: number): Style => (share > 0.9 ? 'bad' : share > 0.75 ? 'busy' : 'used');

/** `height` lines of exactly `width` cells. */
export function graphLines(graph: Graph, width: number, height: number): Line[] {
  const { values, level, most, hangs = false, styleAt } = graph;
  const moments = momentsIn(width);
  const full = (value: number | undefined): number => {
    if (value === undefined || Number.isNaN(value) || most <= 0 || value <= 0) return 0;
    return Math.max(1, Math.min(height * PER_LINE, Math.round((value / most) * height * PER_LINE)));
  };
  const at = (series: readonly number[] | undefined, moment: number): number =>
    full(series?.[moment - (moments - series.length)]);
  const heights = Array.from({ length: moments }, (_, i) => at(values, i));
  const levels = Array.from({ length: moments }, (_, i) => at(level, i));
  return Array.from({ length: height }, (_, i) => {
    const fromFoot = hangs ? i : height - 1 - i;
    const spans: Span[] = [];
    const style = styleAt((fromFoot + 0.5) / height);
    for (let cell = 0; cell < width; cell++) {
      const filled = dots(heights, cell, fromFoot, hangs, false);
      const line = filled === 0 ? dots(levels, cell, fromFoot, hangs, true) : 0;
      const bits = filled || line;
      put(spans, bits === 0 ? ' ' : String.fromCharCode(0x2800 + bits), filled ? style : 'held');
    }
    return { spans };
  });
}

function dots(
  heights: readonly number[],
  cell: number,
  line: number,
  hangs: boolean,
  onlyTop: boolean,
): number {
  let bits = 0;
  for (const [side, column] of [LEFT, RIGHT].entries()) {
    const height = heights[cell * PER_CELL + side]! - line * PER_LINE;
    for (let dot = 0; dot < PER_LINE; dot++) {
      const isSet = onlyTop ? dot === height - 1 : dot < height;
      if (isSet) bits |= column[hangs ? PER_LINE - 1 - dot : dot]!;
    }
  }
  return bits;
}

/** Neighbours of one style are one span. */
function put(spans: Span[], text: string, style: Style): void {
  const last = spans.at(-1);
  if (last && (last.style === style || text === ' '))
    spans[spans.length - 1] = span(last.text + text, last.style);
  else spans.push(span(text, style));
}
